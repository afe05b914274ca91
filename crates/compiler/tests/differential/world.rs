//! Generated cases: policies with templates and links, entities in two layers, requests.

use vicar_compiler::cedar::TemplateLink;
use vicar_policy::ir::SourceSpan;
use vicar_policy::value::IpNetwork;
use vicar_policy::{
    Entities, EntityDefinition, EntityStore, EntityUid, Record, Request, Set, Value,
};

use super::expression::{Writer, entity_text, quoted};
use super::random::Random;
use super::vocabulary::{ACTIONS, ATTRIBUTES, ENTITIES, KINDS, Kind, LONGS, STRINGS, TAGS, TYPES};

/// Policies, entities, and the requests to ask.
pub(crate) struct World {
    pub(crate) files: Vec<(String, String)>,
    pub(crate) links: Vec<TemplateLink>,
    pub(crate) base: EntityStore,
    pub(crate) top: EntityStore,
    pub(crate) asks: Vec<Ask>,
}

/// An owned request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) principal: EntityUid,
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) context: Record,
}

impl Ask {
    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            principal: &self.principal,
            action: &self.action,
            resource: &self.resource,
            context: (&self.context).into(),
        }
    }
}

/// How many requests each policy set is asked.
pub(crate) const ASKS: usize = 8;

impl World {
    pub(crate) fn generate(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let random = &mut random;
        let (text, links) = policies(random);
        let (base, top) = entities(random);
        let asks = (0..ASKS).map(|_| ask(random)).collect();
        Self { files: vec![("generated.cedar".to_owned(), text)], links, base, top, asks }
    }
}

fn policies(random: &mut Random) -> (String, Vec<TemplateLink>) {
    let mut text = String::new();
    let mut links = Vec::new();
    for index in 0..2 + random.below(5) {
        let id = format!("p{index}");
        let effect = if random.one_in(5) { "forbid" } else { "permit" };
        let (principal, principal_slot) = scope(random, "principal");
        let (resource, resource_slot) = scope(random, "resource");
        let action = action_scope(random);
        text.push_str(&format!(
            "@id(\"{id}\")\n{effect}({principal}, {action}, {resource})\n{};\n",
            conditions(random)
        ));
        if principal_slot || resource_slot {
            for number in 0..1 + random.below(2) {
                links.push(TemplateLink {
                    id: format!("{id}-{number}"),
                    template: id.clone(),
                    principal: principal_slot.then(|| entity_text(random)),
                    resource: resource_slot.then(|| entity_text(random)),
                    source: SourceSpan { file: "vicar.yaml".to_owned(), line: 1, column: 1 },
                });
            }
        }
    }
    (text, links)
}

fn conditions(random: &mut Random) -> String {
    let mut conditions = String::new();
    for _ in 0..random.below(3) {
        let depth = 1 + random.below(4);
        let keyword = if random.one_in(4) { "unless" } else { "when" };
        let condition = Writer { random }.condition(depth);
        conditions.push_str(&format!("{keyword} {{ {condition} }} "));
    }
    conditions
}

/// A scope, and whether it has a slot.
fn scope(random: &mut Random, variable: &str) -> (String, bool) {
    let slot = random.one_in(8);
    let entity = |random: &mut Random| {
        if slot { format!("?{variable}") } else { entity_text(random) }
    };
    match random.below(12) {
        0 => (format!("{variable} == {}", entity(random)), slot),
        1 | 2 => (format!("{variable} in {}", entity(random)), slot),
        3 => (format!("{variable} is {}", random.pick(TYPES)), false),
        4 => {
            let entity_type = random.pick(TYPES);
            (format!("{variable} is {entity_type} in {}", entity(random)), slot)
        }
        _ => (variable.to_owned(), false),
    }
}

fn action_scope(random: &mut Random) -> String {
    let mut action = || format!("Action::{}", quoted(random.pick(ACTIONS)));
    let (one, two) = (action(), action());
    match random.below(12) {
        0 => format!("action == {one}"),
        1 => format!("action in {one}"),
        2 => format!("action in [{one}, {two}]"),
        3 => "action in []".to_owned(),
        _ => "action".to_owned(),
    }
}

/// Two layers; the top one may redefine entities of the base.
fn entities(random: &mut Random) -> (EntityStore, EntityStore) {
    let mut base = Vec::new();
    let mut top = Vec::new();
    for index in 0..ENTITIES.len() {
        match random.below(10) {
            0 => {}
            1 => {
                base.push(entity(random, index));
                top.push(entity(random, index));
            }
            2..=4 => top.push(entity(random, index)),
            _ => base.push(entity(random, index)),
        }
    }
    let base = EntityStore::new(base, Entities::default()).expect("parents come later");
    let layers = [&base];
    let top = EntityStore::new(top, Entities::new(&layers)).expect("parents come later");
    (base, top)
}

fn entity(random: &mut Random, index: usize) -> EntityDefinition {
    let (entity_type, id) = ENTITIES[index];
    let later = &ENTITIES[index + 1..];
    let is_action = entity_type == "Action";
    let parents: Vec<EntityUid> = later
        .iter()
        .filter(|(parent, _)| (*parent == "Action") == is_action)
        .filter(|_| random.one_in(4))
        .map(|(entity_type, id)| EntityUid::new(*entity_type, *id))
        .collect();
    let tags: Vec<(&str, Value)> = TAGS
        .iter()
        .filter_map(|tag| {
            let kind = random.pick(KINDS);
            random.one_in(2).then(|| (*tag, value(random, kind, 1)))
        })
        .collect();
    EntityDefinition::new(EntityUid::new(entity_type, id))
        .with_attributes(record(random, OUTERMOST))
        .with_tags(tags.into_iter().collect())
        .within(parents)
}

fn ask(random: &mut Random) -> Ask {
    let uid = |random: &mut Random, types: &[&str]| {
        if random.one_in(15) {
            return EntityUid::new("User", "nobody");
        }
        loop {
            let (entity_type, id) = random.pick(ENTITIES);
            if types.contains(&entity_type) {
                return EntityUid::new(entity_type, id);
            }
        }
    };
    Ask {
        principal: uid(random, &["User", "Space::Thing"]),
        action: uid(random, &["Action"]),
        resource: uid(random, &["File", "Folder", "Space::Thing"]),
        context: record(random, OUTERMOST),
    }
}

/// Most attributes at the outermost level, few inside, mostly of their kind.
fn record(random: &mut Random, depth: usize) -> Record {
    let mut attributes = Vec::new();
    for (name, kind) in ATTRIBUTES {
        let kept = if depth >= OUTERMOST { !random.one_in(4) } else { random.one_in(4) };
        if !kept {
            continue;
        }
        let kind = if random.one_in(40) { random.pick(KINDS) } else { *kind };
        attributes.push((*name, value(random, kind, depth)));
    }
    attributes.into_iter().collect()
}

fn value(random: &mut Random, kind: Kind, depth: usize) -> Value {
    let set = |random: &mut Random, kind: Kind| {
        let elements: Set = (0..random.below(4)).map(|_| value(random, kind, 0)).collect();
        Value::Set(elements)
    };
    match kind {
        Kind::Bool => Value::Bool(!random.one_in(3)),
        Kind::Datetime => Value::Datetime(match random.below(6) {
            0 => random.pick(LONGS),
            _ => random.below(4_000_000_000_000) as i64 - 100_000_000,
        }),
        Kind::Decimal => Value::Decimal(match random.below(4) {
            0 => random.pick(LONGS),
            _ => random.pick(&[0, 1, 1000, 10_000, 15_000, -15_000]),
        }),
        Kind::Duration => Value::Duration(match random.below(4) {
            0 => random.pick(LONGS),
            _ => random.pick(&[0, 1, 1000, 60_000, 3_600_000, 86_400_000, -1000]),
        }),
        Kind::Entity => {
            let (entity_type, id) = random.pick(ENTITIES);
            Value::Entity(EntityUid::new(entity_type, id))
        }
        Kind::Ip => Value::Ip(network(random)),
        Kind::Long => Value::Long(match random.below(4) {
            0 => random.pick(LONGS),
            _ => random.below(10) as i64,
        }),
        Kind::Record if depth == 0 => Value::Record(Record::default()),
        Kind::Record => Value::Record(record(random, depth - 1)),
        Kind::SetOfAny => {
            let kind = random.pick(KINDS);
            let kind = if matches!(kind, Kind::SetOfAny) { Kind::Long } else { kind };
            let elements: Set =
                [value(random, kind, 0), value(random, Kind::Long, 0)].into_iter().collect();
            Value::Set(elements)
        }
        Kind::SetOfEntity => set(random, Kind::Entity),
        Kind::SetOfLong => set(random, Kind::Long),
        Kind::SetOfString => set(random, Kind::String),
        Kind::String => Value::String(random.pick(STRINGS).into()),
    }
}

/// The depth of records that stand for a context or an entity.
const OUTERMOST: usize = 2;

fn network(random: &mut Random) -> IpNetwork {
    let (address, longest) = random.pick(&[
        ("10.1.2.3", 32),
        ("127.0.0.1", 32),
        ("224.0.0.1", 32),
        ("::1", 128),
        ("2001:db8::1", 128),
        ("ff02::1", 128),
        ("::ffff:10.1.2.3", 128),
    ]);
    let prefix = if random.one_in(2) { longest } else { random.below(longest as usize + 1) as u8 };
    IpNetwork { address: address.parse().expect("an address"), prefix }
}
