//! What is made of the tables when a program is loaded: values, shared clauses, paths.

use std::{net::IpAddr, sync::Arc};

use super::{
    row::{Constant, Node, NodeId, StringId},
    table::Tables,
};
use crate::{EntityUid, Value, ir::Variable, value::IpNetwork};

/// The values of checked tables' constants. Equal strings are one allocation.
pub(super) fn constants(tables: &Tables) -> Vec<Value> {
    let mut texts = vec![None; tables.strings.ends.len()];
    let mut values: Vec<Value> = Vec::with_capacity(tables.constants.len());
    for constant in &tables.constants {
        let value_of = |row: &u32| values.get(*row as usize).cloned().unwrap_or(Value::Bool(false));
        let value = match *constant {
            Constant::Bool(value) => Value::Bool(value),
            Constant::Datetime(value) => Value::Datetime(value),
            Constant::Decimal(value) => Value::Decimal(value),
            Constant::Duration(value) => Value::Duration(value),
            Constant::Entity { entity_type, id } => Value::Entity(EntityUid::new(
                shared(tables, &mut texts, entity_type),
                shared(tables, &mut texts, id),
            )),
            Constant::Ip { prefix, address } => {
                Value::Ip(IpNetwork { address: read_address(tables.list(address)), prefix })
            }
            Constant::Long(value) => Value::Long(value),
            Constant::Record(list) => {
                let attributes = tables.pairs(list).iter().map(|[name, value]| {
                    (shared(tables, &mut texts, StringId(*name)), value_of(value))
                });
                Value::Record(attributes.collect())
            }
            Constant::Set(list) => Value::Set(tables.list(list).iter().map(value_of).collect()),
            Constant::String(text) => Value::String(shared(tables, &mut texts, text)),
        };
        values.push(value);
    }
    values
}

/// A clause as the evaluator needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkedClause {
    pub(crate) expression: NodeId,
    /// Where its truth is kept for the other clauses with the same expression, if there are any.
    pub(crate) slot: Option<u32>,
}

/// The table of clauses, and the number of slots.
pub(super) fn clauses(tables: &Tables) -> (Vec<LinkedClause>, usize) {
    let mut uses = vec![0_u32; tables.nodes.len()];
    for clause in &tables.clauses {
        if let Some(count) = uses.get_mut(clause.expression.0 as usize) {
            *count += 1;
        }
    }
    // From here on: the slot, for roots used twice or more.
    let mut slots = 0;
    let slot_of: Vec<Option<u32>> = uses
        .into_iter()
        .map(|count| {
            let slot = (count > 1).then_some(slots);
            slots += u32::from(count > 1);
            slot
        })
        .collect();
    let linked = tables.clauses.iter().map(|clause| LinkedClause {
        expression: clause.expression,
        slot: slot_of.get(clause.expression.0 as usize).copied().flatten(),
    });
    (linked.collect(), slots as usize)
}

/// What a program reads of the context.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContextReads {
    /// Some expression takes the context as one value.
    whole: bool,
    names: Vec<StringId>,
}

impl ContextReads {
    /// Whether an attribute is read, by its name or with the whole.
    pub(super) fn attribute(&self, tables: &Tables, name: &str) -> bool {
        self.whole || self.names.iter().any(|id| tables.text(*id) == name)
    }
}

/// What checked tables read of the context. Every node has one parent at most, so the context is
/// only read by attribute when as many nodes read attributes of it as there are nodes that are it.
pub(super) fn context_reads(tables: &Tables) -> ContextReads {
    let mut names: Vec<StringId> = Vec::new();
    let mut unread = 0_usize;
    for node in &tables.nodes {
        match *node {
            Node::Variable(Variable::Context) => unread += 1,
            Node::Attribute { of, name } | Node::Has { of, name }
                if tables.node(of) == Some(Node::Variable(Variable::Context)) =>
            {
                unread = unread.saturating_sub(1);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            _ => {}
        }
    }
    ContextReads { whole: unread > 0, names }
}

/// How many paths are remembered during an evaluation.
pub(crate) const PATHS: usize = 32;

/// Per node, the number of the path it reads: attributes of attributes of a request variable,
/// such as `context.subject.id` (or `context.subject has id`), that several nodes may read. The
/// first [`PATHS`] of a program are numbered.
pub(super) fn paths(tables: &Tables) -> Vec<Option<u8>> {
    let mut known: Vec<(PathStart, StringId)> = Vec::with_capacity(PATHS);
    let mut paths: Vec<Option<u8>> = Vec::with_capacity(tables.nodes.len());
    for node in &tables.nodes {
        let path = match *node {
            Node::Attribute { of, name } | Node::Has { of, name } => {
                let start = match tables.node(of) {
                    Some(Node::Variable(variable)) => Some(PathStart::Variable(variable)),
                    Some(Node::Attribute { .. }) => {
                        paths.get(of.0 as usize).copied().flatten().map(PathStart::Path)
                    }
                    _ => None,
                };
                start.and_then(|start| number(&mut known, (start, name)))
            }
            _ => None,
        };
        paths.push(path);
    }
    paths
}

/// What a path reads an attribute of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathStart {
    Path(u8),
    Variable(Variable),
}

fn number(known: &mut Vec<(PathStart, StringId)>, path: (PathStart, StringId)) -> Option<u8> {
    let number = known.iter().position(|found| *found == path).unwrap_or(known.len());
    if number == known.len() {
        if known.len() == PATHS {
            return None;
        }
        known.push(path);
    }
    u8::try_from(number).ok()
}

fn shared(tables: &Tables, texts: &mut [Option<Arc<str>>], id: StringId) -> Arc<str> {
    match texts.get_mut(id.0 as usize) {
        Some(Some(text)) => Arc::clone(text),
        Some(slot) => Arc::clone(slot.insert(tables.text(id).into())),
        None => Arc::default(),
    }
}

fn read_address(words: &[u32]) -> IpAddr {
    let bits = words.iter().fold(0_u128, |bits, word| (bits << 32) | u128::from(*word));
    match u32::try_from(bits) {
        Ok(bits) if words.len() == 1 => IpAddr::V4(bits.into()),
        _ => IpAddr::V6(bits.into()),
    }
}
