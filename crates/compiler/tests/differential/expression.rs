//! Cedar expressions as text: mostly well typed, now and then not, and never only literals.

use super::random::Random;
use super::vocabulary::{
    ATTRIBUTES, DATETIMES, DECIMALS, DURATIONS, ENTITIES, IPS, KINDS, Kind, LONGS, PATTERNS,
    STRINGS, TAGS, TYPES,
};

/// Writes expressions of a wanted kind.
pub(crate) struct Writer<'r> {
    pub(crate) random: &'r mut Random,
}

impl Writer<'_> {
    /// An expression that can stand where Cedar wants a member: parenthesised when composed.
    pub(crate) fn expression(&mut self, kind: Kind, depth: usize) -> String {
        let kind = if self.random.one_in(ILL_TYPED) { self.random.pick(KINDS) } else { kind };
        if depth == 0 || self.random.one_in(6) {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        match self.random.below(24) {
            0 => {
                let test = self.expression(Kind::Bool, depth);
                let (yes, no) = (self.expression(kind, depth), self.expression(kind, depth));
                format!("(if {test} then {yes} else {no})")
            }
            1 => {
                let (inside, other) = (self.expression(kind, depth), self.any(depth));
                format!("{{\"x\": {inside}, other: {other}}}.x")
            }
            2 => {
                let (entity, tag) = (self.expression(Kind::Entity, depth), self.tag());
                format!("{entity}.getTag({tag})")
            }
            3 => self.attribute(kind, depth),
            _ => self.composed(kind, depth),
        }
    }

    /// Conjuncts without parentheses around them, as authors write conditions.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        let conjuncts = 1 + self.random.below(3);
        let conjuncts: Vec<String> = (0..conjuncts)
            .map(|_| {
                let one = self.expression(Kind::Bool, depth);
                match self.random.below(5) {
                    // Half of all random conditions are false: more of them should hold.
                    0 | 1 => format!("({one} || {})", self.truth()),
                    2 => self.truth(),
                    _ => one,
                }
            })
            .collect();
        conjuncts.join(" && ")
    }

    /// What tends to hold.
    fn truth(&mut self) -> String {
        match self.random.below(6) {
            0 => "true".to_owned(),
            1 => format!("{} == {}", self.variable(), self.variable()),
            2 => "context has count".to_owned(),
            3 => "principal == principal".to_owned(),
            4 => "action in Action::\"all\"".to_owned(),
            _ => format!("!{}", self.leaf(Kind::Bool)),
        }
    }

    fn any(&mut self, depth: usize) -> String {
        let kind = self.random.pick(KINDS);
        self.expression(kind, depth)
    }

    fn composed(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Bool => self.bool(depth),
            Kind::Long => self.long(depth),
            Kind::Datetime => self.datetime(depth),
            Kind::Duration => self.duration(depth),
            Kind::Record => self.record(depth),
            Kind::SetOfAny => {
                let kinds = [self.random.pick(KINDS), self.random.pick(KINDS)];
                let elements: Vec<String> =
                    kinds.into_iter().map(|kind| self.expression(kind, depth)).collect();
                format!("[{}]", elements.join(", "))
            }
            Kind::SetOfEntity => self.set(Kind::Entity, depth),
            Kind::SetOfLong => self.set(Kind::Long, depth),
            Kind::SetOfString => self.set(Kind::String, depth),
            Kind::Decimal | Kind::Entity | Kind::Ip | Kind::String => self.attribute(kind, depth),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        let random = self.random.below(26);
        let mut of = |kind| self.expression(kind, depth);
        match random {
            0 => format!("({} && {})", of(Kind::Bool), of(Kind::Bool)),
            1 => format!("({} || {})", of(Kind::Bool), of(Kind::Bool)),
            2 => format!("({0} && {1} && {2})", of(Kind::Bool), of(Kind::Bool), of(Kind::Bool)),
            3 => format!("({0} || {1} || {2})", of(Kind::Bool), of(Kind::Bool), of(Kind::Bool)),
            4 => format!("(!{})", of(Kind::Bool)),
            5 | 6 => {
                let kind = self.random.pick(KINDS);
                let operator = self.random.pick(&["==", "!="]);
                let (left, right) = (self.expression(kind, depth), self.expression(kind, depth));
                format!("({left} {operator} {right})")
            }
            7..=9 => {
                let kind =
                    self.random.pick(&[Kind::Long, Kind::Long, Kind::Datetime, Kind::Duration]);
                let operator = self.random.pick(&["<", "<=", ">", ">="]);
                let (left, right) = (self.expression(kind, depth), self.expression(kind, depth));
                format!("({left} {operator} {right})")
            }
            10 => format!("({} in {})", of(Kind::Entity), of(Kind::Entity)),
            11 => format!("({} in {})", of(Kind::Entity), of(Kind::SetOfEntity)),
            12 => {
                let (entity, name) = (of(Kind::Entity), self.random.pick(TYPES));
                format!("({entity} is {name})")
            }
            13 => {
                let (entity, above) = (of(Kind::Entity), of(Kind::Entity));
                format!("({entity} is {} in {above})", self.random.pick(TYPES))
            }
            14 => self.has(depth),
            15 | 16 => self.guarded(depth),
            17 => {
                let (text, pattern) = (of(Kind::String), self.random.pick(PATTERNS));
                format!("({text} like \"{pattern}\")")
            }
            18 => {
                let (set, element) = self.set_and_element();
                let (set, element) = (self.expression(set, depth), self.expression(element, depth));
                format!("{set}.contains({element})")
            }
            19 | 20 => {
                let (kind, _) = self.set_and_element();
                let method = self.random.pick(&["containsAll", "containsAny"]);
                let (left, right) = (self.expression(kind, depth), self.expression(kind, depth));
                format!("{left}.{method}({right})")
            }
            21 => {
                let (kind, _) = self.set_and_element();
                format!("{}.isEmpty()", self.expression(kind, depth))
            }
            22 => {
                let (entity, tag) = (of(Kind::Entity), self.tag());
                if self.random.one_in(2) {
                    format!("{entity}.hasTag({tag})")
                } else {
                    let kind = self.random.pick(KINDS);
                    let wanted = self.leaf(kind);
                    format!("({entity}.hasTag({tag}) && {entity}.getTag({tag}) == {wanted})")
                }
            }
            23 => {
                let method = self.random.pick(&["isIpv4", "isIpv6", "isLoopback", "isMulticast"]);
                format!("{}.{method}()", self.expression(Kind::Ip, depth))
            }
            24 => format!("{}.isInRange({})", of(Kind::Ip), of(Kind::Ip)),
            _ => {
                let method = self.random.pick(&[
                    "lessThan",
                    "lessThanOrEqual",
                    "greaterThan",
                    "greaterThanOrEqual",
                ]);
                let (left, right) =
                    (self.expression(Kind::Decimal, depth), self.expression(Kind::Decimal, depth));
                format!("{left}.{method}({right})")
            }
        }
    }

    fn long(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0 => format!("(-{})", self.expression(Kind::Long, depth)),
            1 | 2 => {
                let unit = self.random.pick(&[
                    "toMilliseconds",
                    "toSeconds",
                    "toMinutes",
                    "toHours",
                    "toDays",
                ]);
                format!("{}.{unit}()", self.expression(Kind::Duration, depth))
            }
            3 => {
                let chain: Vec<String> =
                    (0..3).map(|_| self.expression(Kind::Long, depth)).collect();
                let (one, two) =
                    (self.random.pick(&["+", "-", "*"]), self.random.pick(&["+", "-", "*"]));
                format!("({} {one} {} {two} {})", chain[0], chain[1], chain[2])
            }
            _ => {
                let operator = self.random.pick(&["+", "-", "*"]);
                let (left, right) =
                    (self.expression(Kind::Long, depth), self.expression(Kind::Long, depth));
                format!("({left} {operator} {right})")
            }
        }
    }

    fn datetime(&mut self, depth: usize) -> String {
        if self.random.one_in(2) {
            let time = self.expression(Kind::Datetime, depth);
            format!("{time}.offset({})", self.expression(Kind::Duration, depth))
        } else {
            format!("{}.toDate()", self.expression(Kind::Datetime, depth))
        }
    }

    fn duration(&mut self, depth: usize) -> String {
        let time = self.expression(Kind::Datetime, depth);
        if self.random.one_in(2) {
            format!("{time}.durationSince({})", self.expression(Kind::Datetime, depth))
        } else {
            format!("{time}.toTime()")
        }
    }

    fn record(&mut self, depth: usize) -> String {
        let first = self.random.below(ATTRIBUTES.len());
        let fields: Vec<String> = (0..self.random.below(4))
            .map(|step| {
                let (name, kind) = ATTRIBUTES[(first + step) % ATTRIBUTES.len()];
                format!("{}: {}", quoted(name), self.expression(kind, depth))
            })
            .collect();
        format!("{{{}}}", fields.join(", "))
    }

    fn set(&mut self, kind: Kind, depth: usize) -> String {
        let elements: Vec<String> =
            (0..self.random.below(4)).map(|_| self.expression(kind, depth)).collect();
        format!("[{}]", elements.join(", "))
    }

    fn set_and_element(&mut self) -> (Kind, Kind) {
        self.random.pick(&[
            (Kind::SetOfLong, Kind::Long),
            (Kind::SetOfString, Kind::String),
            (Kind::SetOfEntity, Kind::Entity),
            (Kind::SetOfAny, Kind::Record),
        ])
    }

    /// `of.name` for some attribute of this kind.
    fn attribute(&mut self, kind: Kind, depth: usize) -> String {
        let of = match self.random.below(4) {
            0 if depth > 0 => self.expression(Kind::Record, depth - 1),
            1 if depth > 0 => self.expression(Kind::Entity, depth - 1),
            _ => self.variable().to_owned(),
        };
        format!("{of}{}", access(self.name_of(kind)))
    }

    fn has(&mut self, depth: usize) -> String {
        let of = if self.random.one_in(2) {
            self.variable().to_owned()
        } else {
            let kind = self.random.pick(&[Kind::Record, Kind::Entity]);
            self.expression(kind, depth)
        };
        match self.random.below(3) {
            0 => {
                let path: Vec<&str> = (0..2 + self.random.below(2))
                    .map(|_| self.random.pick(&["deep", "record", "owner", "who", "count"]))
                    .collect();
                format!("({of} has {})", path.join("."))
            }
            _ => format!("({of} has {})", quoted(self.random.pick(ATTRIBUTES).0)),
        }
    }

    /// `of has name && …of.name…`
    fn guarded(&mut self, depth: usize) -> String {
        let (name, kind) = self.random.pick(ATTRIBUTES);
        let of = self.variable();
        let value = format!("{of}{}", access(name));
        let test = match kind {
            Kind::Bool => value,
            Kind::Long | Kind::Datetime | Kind::Duration => {
                let operator = self.random.pick(&["<", ">=", "=="]);
                format!("{value} {operator} {}", self.expression(kind, depth))
            }
            Kind::Decimal => format!("{value}.lessThan({})", self.expression(kind, depth)),
            Kind::Ip => format!("{value}.isInRange({})", self.expression(kind, depth)),
            Kind::SetOfEntity | Kind::SetOfLong | Kind::SetOfString | Kind::SetOfAny => {
                format!("{value}.containsAny({})", self.expression(kind, depth))
            }
            Kind::Entity => format!("{value} in {}", self.expression(kind, depth)),
            Kind::Record => format!("{value} has {}", quoted(self.random.pick(ATTRIBUTES).0)),
            Kind::String => format!("{value} != {}", self.expression(kind, depth)),
        };
        format!("({of} has {} && {test})", quoted(name))
    }

    fn leaf(&mut self, kind: Kind) -> String {
        if self.random.one_in(3) {
            return format!("{}{}", self.variable(), access(self.name_of(kind)));
        }
        match kind {
            Kind::Bool => self.random.pick(&["true", "false"]).to_owned(),
            Kind::Long => match self.random.pick(LONGS) {
                negative if negative < 0 => format!("({negative})"),
                other => other.to_string(),
            },
            Kind::String => quoted(self.random.pick(STRINGS)),
            Kind::Entity => self.entity(),
            Kind::Record => match self.random.below(4) {
                0 => "{}".to_owned(),
                1 => format!("{{count: {}}}", self.random.pick(&[0, 1, 7])),
                _ => "context".to_owned(),
            },
            Kind::SetOfAny => "[1, \"a\", true, User::\"a\", [1], {}]".to_owned(),
            Kind::SetOfEntity => {
                format!("[{}, {}]", self.entity(), self.entity())
            }
            Kind::SetOfLong => "[0, 1, 7]".to_owned(),
            Kind::SetOfString => "[\"a\", \"ab\", \"\"]".to_owned(),
            Kind::Datetime => self.constructed("datetime", DATETIMES),
            Kind::Decimal => self.constructed("decimal", DECIMALS),
            Kind::Duration => self.constructed("duration", DURATIONS),
            Kind::Ip => self.constructed("ip", IPS),
        }
    }

    fn constructed(&mut self, function: &str, texts: &[&str]) -> String {
        let argument = match self.random.below(60) {
            0 => self.expression(Kind::String, 1),
            1 => self.leaf(Kind::Long),
            2 => return format!("{function}(\"a\", \"b\")"),
            3 => return format!("{function}()"),
            4..=9 => quoted(&mutated(self.random, texts)),
            _ => quoted(self.random.pick(texts)),
        };
        format!("{function}({argument})")
    }

    fn entity(&mut self) -> String {
        if self.random.one_in(2) {
            return self.random.pick(&["principal", "resource", "action"]).to_owned();
        }
        entity_text(self.random)
    }

    fn variable(&mut self) -> &'static str {
        self.random.pick(&["principal", "resource", "context", "context", "context", "action"])
    }

    fn name_of(&mut self, kind: Kind) -> &'static str {
        let first = self.random.below(ATTRIBUTES.len());
        ATTRIBUTES
            .iter()
            .cycle()
            .skip(first)
            .take(ATTRIBUTES.len())
            .find(|(_, of)| *of == kind)
            .map_or("count", |(name, _)| name)
    }

    fn tag(&mut self) -> String {
        if self.random.one_in(8) { self.leaf(Kind::String) } else { quoted(self.random.pick(TAGS)) }
    }
}

/// One expression in so many gets another kind than wanted.
const ILL_TYPED: usize = 60;

/// One character of a known text dropped, doubled or replaced.
fn mutated(random: &mut Random, texts: &[&str]) -> String {
    let mut characters: Vec<char> = random.pick(texts).chars().collect();
    let at = random.below(characters.len().max(1));
    match random.below(3) {
        0 if !characters.is_empty() => drop(characters.remove(at)),
        1 if !characters.is_empty() => characters.insert(at, characters[at]),
        _ => {
            let other = random.pick(&['0', '9', '.', ':', '-', '/', 'd', 'Z', ' ', 'f', 'ü']);
            characters.insert(at, other);
        }
    }
    characters.into_iter().collect()
}

/// A known entity, or now and then one that nothing defines.
pub(crate) fn entity_text(random: &mut Random) -> String {
    if random.one_in(12) {
        return "User::\"nobody\"".to_owned();
    }
    let (entity_type, id) = random.pick(ENTITIES);
    format!("{entity_type}::{}", quoted(id))
}

/// A string in Cedar's syntax.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn access(name: &str) -> String {
    if name.chars().all(|character| character.is_ascii_alphanumeric()) {
        format!(".{name}")
    } else {
        format!("[{}]", quoted(name))
    }
}
