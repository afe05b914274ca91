//! The program as bytes: magic, version, then everything as numbers of seven bits a byte (LEB128,
//! each in its shortest form): the counts, each table row by row, and last the text of the strings.
//! Most numbers are small, so a bundle is half of what it would be with words of 32 bits, and
//! loads in less time.
//!
//! ```text
//! magic ×4  version
//! strings  lists  constants  nodes  clauses  policies  text bytes
//! lengths of strings | lists | constants ×4 | nodes ×4 | clauses ×6 | policies ×18 | text
//! ```

use super::{
    row::{
        ActionRow, ClauseRow, Constant, ConstantId, List, Node, NodeId, PolicyRow, ScopeRow,
        SourceRow, StringId,
    },
    table::{Strings, Tables},
};
use crate::{
    ProgramError,
    ir::{BinaryOperator, ClauseKind, Effect, ExtensionFunction, Variable},
};

/// A row of a table as `N` numbers.
trait Row<const N: usize>: Sized {
    const TABLE: &'static str;
    fn to_words(&self) -> [u32; N];
    /// Nothing if a tag is unknown or an unused number is not 0, so that each program has exactly
    /// one form.
    fn from_words(words: &[u32; N]) -> Option<Self>;
}

pub(super) fn encode(tables: &Tables) -> Vec<u8> {
    let counts = [
        tables.strings.ends.len(),
        tables.lists.len(),
        tables.constants.len(),
        tables.nodes.len(),
        tables.clauses.len(),
        tables.policies.len(),
        tables.strings.blob.len(),
    ];
    let mut bytes = MAGIC.to_vec();
    write(&mut bytes, [VERSION]);
    // Lowering numbers all rows with 32 bits, so the counts fit.
    write(&mut bytes, counts.map(|count| u32::try_from(count).unwrap_or(u32::MAX)));
    write(&mut bytes, lengths(&tables.strings.ends));
    write(&mut bytes, tables.lists.iter().copied());
    write(&mut bytes, tables.constants.iter().flat_map(Row::to_words));
    write(&mut bytes, tables.nodes.iter().flat_map(Row::to_words));
    write(&mut bytes, tables.clauses.iter().flat_map(Row::to_words));
    write(&mut bytes, tables.policies.iter().flat_map(Row::to_words));
    bytes.extend_from_slice(tables.strings.blob.as_bytes());
    bytes
}

fn write(bytes: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    for mut number in numbers {
        while number > SEVEN_BITS {
            bytes.push((number & SEVEN_BITS) as u8 | MORE);
            number >>= 7;
        }
        bytes.push(number as u8);
    }
}

fn lengths(ends: &[u32]) -> impl Iterator<Item = u32> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    ends.iter().zip(starts).map(|(end, start)| end.saturating_sub(start))
}

/// Tables whose rows have valid tags. What the rows refer to is for [`super::check`].
pub(super) fn decode(bytes: &[u8]) -> Result<Tables, ProgramError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(ProgramError::NotAProgram)?;
    let mut numbers = Numbers(rest);
    let version = numbers.next().ok_or(ProgramError::NotAProgram)?;
    if version != VERSION {
        return Err(ProgramError::WrongVersion { wanted: VERSION, seen: version });
    }
    let counts: [u32; 7] = numbers.row().ok_or(ProgramError::NotAProgram)?;
    let [strings, lists, constants, nodes, clauses, policies, text] = counts.map(u64::from);
    let least = strings + lists + constants * 4 + nodes * 4 + clauses * 6 + policies * 18 + text;
    let seen = numbers.0.len() as u64;
    if seen < least {
        return Err(ProgramError::WrongLength { wanted: least, seen });
    }
    // The counts are now no larger than the input, so allocating by them is safe.
    let lengths = numbers.take("strings", counts[0])?;
    let tables = Tables {
        strings: Strings::default(),
        lists: numbers.take("lists", counts[1])?,
        constants: numbers.rows(counts[2])?,
        nodes: numbers.rows(counts[3])?,
        clauses: numbers.rows(counts[4])?,
        policies: numbers.rows(counts[5])?,
    };
    let seen = numbers.0.len() as u64;
    if seen != text {
        return Err(ProgramError::WrongLength { wanted: text, seen });
    }
    Ok(Tables { strings: strings_of(numbers.0, lengths)?, ..tables })
}

/// The strings of these lengths, which must fill the text.
fn strings_of(text: &[u8], lengths: Vec<u32>) -> Result<Strings, ProgramError> {
    let blob = std::str::from_utf8(text).map_err(|_| ProgramError::InvalidString)?.to_owned();
    let mut end = 0_u32;
    let mut ends = lengths;
    for length in &mut ends {
        end = end
            .checked_add(*length)
            .filter(|end| blob.is_char_boundary(*end as usize))
            .ok_or(ProgramError::InvalidString)?;
        *length = end;
    }
    if end as usize != blob.len() {
        return Err(ProgramError::InvalidString);
    }
    Ok(Strings { blob, ends })
}

/// Reads numbers from the front of bytes.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// Nothing at the end, and for a number that is longer than it need be or than 32 bits.
    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        match first & MORE {
            0 => Some(u32::from(*first)),
            _ => self.continued(u32::from(first & !MORE)),
        }
    }

    fn continued(&mut self, mut number: u32) -> Option<u32> {
        for shift in [7, 14, 21, 28] {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u32::from(byte & !MORE);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return None;
            }
            number |= shifted;
            if byte & MORE == 0 {
                return (bits != 0).then_some(number);
            }
        }
        None
    }

    fn take(&mut self, table: &'static str, count: u32) -> Result<Vec<u32>, ProgramError> {
        let mut taken = Vec::with_capacity(count as usize);
        for row in 0..count as usize {
            taken.push(self.next().ok_or(ProgramError::InvalidRow { table, row })?);
        }
        Ok(taken)
    }

    fn row<const N: usize>(&mut self) -> Option<[u32; N]> {
        let mut row = [0; N];
        for number in &mut row {
            *number = self.next()?;
        }
        Some(row)
    }

    fn rows<const N: usize, R: Row<N>>(&mut self, count: u32) -> Result<Vec<R>, ProgramError> {
        let mut rows = Vec::with_capacity(count as usize);
        for row in 0..count as usize {
            let decoded = self.row().and_then(|words| R::from_words(&words));
            rows.push(decoded.ok_or(ProgramError::InvalidRow { table: R::TABLE, row })?);
        }
        Ok(rows)
    }
}

impl Row<4> for Constant {
    const TABLE: &'static str = "constants";

    fn to_words(&self) -> [u32; 4] {
        let long = |tag, value: i64| [tag, value as u32, (value >> 32) as u32, 0];
        match *self {
            Self::Bool(value) => [0, value.into(), 0, 0],
            Self::Datetime(value) => long(1, value),
            Self::Decimal(value) => long(2, value),
            Self::Duration(value) => long(3, value),
            Self::Entity { entity_type, id } => [4, entity_type.0, id.0, 0],
            Self::Ip { prefix, address } => [5, prefix.into(), address.start, address.count],
            Self::Long(value) => long(6, value),
            Self::Record(list) => [7, list.start, list.count, 0],
            Self::Set(list) => [8, list.start, list.count, 0],
            Self::String(text) => [9, text.0, 0, 0],
        }
    }

    fn from_words(words: &[u32; 4]) -> Option<Self> {
        let long = |low: u32, high: u32| i64::from(low) | (i64::from(high) << 32);
        Some(match *words {
            [0, value @ (0 | 1), 0, 0] => Self::Bool(value == 1),
            [1, low, high, 0] => Self::Datetime(long(low, high)),
            [2, low, high, 0] => Self::Decimal(long(low, high)),
            [3, low, high, 0] => Self::Duration(long(low, high)),
            [4, entity_type, id, 0] => {
                Self::Entity { entity_type: StringId(entity_type), id: StringId(id) }
            }
            [5, prefix, start, count] => {
                Self::Ip { prefix: prefix.try_into().ok()?, address: List { start, count } }
            }
            [6, low, high, 0] => Self::Long(long(low, high)),
            [7, start, count, 0] => Self::Record(List { start, count }),
            [8, start, count, 0] => Self::Set(List { start, count }),
            [9, text, 0, 0] => Self::String(StringId(text)),
            _ => return None,
        })
    }
}

impl Row<4> for Node {
    const TABLE: &'static str = "nodes";

    fn to_words(&self) -> [u32; 4] {
        let tag = |tag: u32, operator: u32| tag | (operator << 8);
        match *self {
            Self::All(list) => [0, list.start, list.count, 0],
            Self::Any(list) => [1, list.start, list.count, 0],
            Self::Attribute { of, name } => [2, of.0, name.0, 0],
            Self::Binary(operator, left, right) => {
                [tag(3, position(&BinaryOperator::ALL, operator)), left.0, right.0, 0]
            }
            Self::Call(function, list) => {
                [tag(4, position(&ExtensionFunction::ALL, function)), list.start, list.count, 0]
            }
            Self::Has { of, name } => [5, of.0, name.0, 0],
            Self::If { test, consequent, alternative } => [6, test.0, consequent.0, alternative.0],
            Self::Is { of, entity_type } => [7, of.0, entity_type.0, 0],
            Self::IsEmpty(of) => [8, of.0, 0, 0],
            Self::Like { of, pattern } => [9, of.0, pattern.start, pattern.count],
            Self::Literal(constant) => [10, constant.0, 0, 0],
            Self::Negate(of) => [11, of.0, 0, 0],
            Self::Not(of) => [12, of.0, 0, 0],
            Self::Record(list) => [13, list.start, list.count, 0],
            Self::Set(list) => [14, list.start, list.count, 0],
            Self::Variable(variable) => [tag(15, position(&Variable::ALL, variable)), 0, 0, 0],
        }
    }

    fn from_words(words: &[u32; 4]) -> Option<Self> {
        let [tag, a, b, c] = *words;
        let operator = (tag >> 8) as usize;
        let node = match (tag & 0xff, a, b, c) {
            (0, start, count, 0) => Self::All(List { start, count }),
            (1, start, count, 0) => Self::Any(List { start, count }),
            (2, of, name, 0) => Self::Attribute { of: NodeId(of), name: StringId(name) },
            (3, left, right, 0) => {
                let operator = *BinaryOperator::ALL.get(operator)?;
                return Some(Self::Binary(operator, NodeId(left), NodeId(right)));
            }
            (4, start, count, 0) => {
                let function = *ExtensionFunction::ALL.get(operator)?;
                return Some(Self::Call(function, List { start, count }));
            }
            (5, of, name, 0) => Self::Has { of: NodeId(of), name: StringId(name) },
            (6, test, consequent, alternative) => Self::If {
                test: NodeId(test),
                consequent: NodeId(consequent),
                alternative: NodeId(alternative),
            },
            (7, of, entity_type, 0) => {
                Self::Is { of: NodeId(of), entity_type: StringId(entity_type) }
            }
            (8, of, 0, 0) => Self::IsEmpty(NodeId(of)),
            (9, of, start, count) => Self::Like { of: NodeId(of), pattern: List { start, count } },
            (10, constant, 0, 0) => Self::Literal(ConstantId(constant)),
            (11, of, 0, 0) => Self::Negate(NodeId(of)),
            (12, of, 0, 0) => Self::Not(NodeId(of)),
            (13, start, count, 0) => Self::Record(List { start, count }),
            (14, start, count, 0) => Self::Set(List { start, count }),
            (15, 0, 0, 0) => return Some(Self::Variable(*Variable::ALL.get(operator)?)),
            _ => return None,
        };
        (operator == 0).then_some(node)
    }
}

impl Row<6> for ClauseRow {
    const TABLE: &'static str = "clauses";

    fn to_words(&self) -> [u32; 6] {
        let kind = match self.kind {
            ClauseKind::Unless => 0,
            ClauseKind::When => 1,
        };
        let SourceRow { file, line, column } = self.source;
        [kind, self.expression.0, self.text.0, file.0, line, column]
    }

    fn from_words(words: &[u32; 6]) -> Option<Self> {
        let [kind, expression, text, file, line, column] = *words;
        Some(Self {
            kind: match kind {
                0 => ClauseKind::Unless,
                1 => ClauseKind::When,
                _ => return None,
            },
            expression: NodeId(expression),
            text: StringId(text),
            source: SourceRow { file: StringId(file), line, column },
        })
    }
}

impl Row<18> for PolicyRow {
    const TABLE: &'static str = "policies";

    fn to_words(&self) -> [u32; 18] {
        let effect = match self.effect {
            Effect::Forbid => 0,
            Effect::Permit => 1,
        };
        let action = match self.action {
            ActionRow::Any => [0, 0, 0],
            ActionRow::Equal(uid) => [1, uid.0, 0],
            ActionRow::In(list) => [2, list.start, list.count],
        };
        let [principal_tag, principal_a, principal_b] = scope_words(self.principal);
        let [action_tag, action_a, action_b] = action;
        let [resource_tag, resource_a, resource_b] = scope_words(self.resource);
        [
            self.id.0,
            effect | (u32::from(self.reads_groups) << 1),
            principal_tag,
            principal_a,
            principal_b,
            action_tag,
            action_a,
            action_b,
            resource_tag,
            resource_a,
            resource_b,
            self.clauses.start,
            self.clauses.count,
            self.annotations.start,
            self.annotations.count,
            self.source.file.0,
            self.source.line,
            self.source.column,
        ]
    }

    fn from_words(words: &[u32; 18]) -> Option<Self> {
        let [id, flags, p0, p1, p2, a0, a1, a2, r0, r1, r2, rest @ ..] = *words;
        let [clause, clauses, annotation, annotations, file, line, column] = rest;
        let (effect, reads_groups) = match flags {
            0 => (Effect::Forbid, false),
            1 => (Effect::Permit, false),
            2 => (Effect::Forbid, true),
            3 => (Effect::Permit, true),
            _ => return None,
        };
        Some(Self {
            id: StringId(id),
            effect,
            reads_groups,
            principal: scope_of([p0, p1, p2])?,
            action: match [a0, a1, a2] {
                [0, 0, 0] => ActionRow::Any,
                [1, uid, 0] => ActionRow::Equal(ConstantId(uid)),
                [2, start, count] => ActionRow::In(List { start, count }),
                _ => return None,
            },
            resource: scope_of([r0, r1, r2])?,
            clauses: List { start: clause, count: clauses },
            annotations: List { start: annotation, count: annotations },
            source: SourceRow { file: StringId(file), line, column },
        })
    }
}

fn scope_words(scope: ScopeRow) -> [u32; 3] {
    match scope {
        ScopeRow::Any => [0, 0, 0],
        ScopeRow::Equal(uid) => [1, uid.0, 0],
        ScopeRow::In(uid) => [2, uid.0, 0],
        ScopeRow::Is(entity_type) => [3, entity_type.0, 0],
        ScopeRow::IsIn(entity_type, uid) => [4, entity_type.0, uid.0],
    }
}

fn scope_of(words: [u32; 3]) -> Option<ScopeRow> {
    Some(match words {
        [0, 0, 0] => ScopeRow::Any,
        [1, uid, 0] => ScopeRow::Equal(ConstantId(uid)),
        [2, uid, 0] => ScopeRow::In(ConstantId(uid)),
        [3, entity_type, 0] => ScopeRow::Is(StringId(entity_type)),
        [4, entity_type, uid] => ScopeRow::IsIn(StringId(entity_type), ConstantId(uid)),
        _ => return None,
    })
}

/// The place of `wanted` in the list of all its kind: its number in the bytes.
fn position<T: PartialEq>(all: &[T], wanted: T) -> u32 {
    all.iter().zip(0..).find_map(|(at, number)| (*at == wanted).then_some(number)).unwrap_or(0xff)
}

const MAGIC: [u8; 4] = *b"VCPP";
const VERSION: u32 = 1;
/// Set in every byte of a number but its last.
const MORE: u8 = 0x80;
const SEVEN_BITS: u32 = 0x7f;
