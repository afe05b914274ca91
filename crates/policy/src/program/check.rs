//! Checks tables once, so that what evaluates them can rely on them.
//!
//! Holds afterwards: every reference is in bounds and of the right kind, constants and clauses
//! are trees (no cycle, no sharing, so no evaluation longer than the program), and none is deeper
//! than [`MAX_DEPTH`].

use super::{
    MAX_DEPTH,
    row::{ActionRow, Constant, ConstantId, List, Node, NodeId, ScopeRow, SourceRow, StringId},
    table::{Tables, WILDCARD},
};
use crate::ProgramError;

pub(super) fn check(tables: &Tables) -> Result<(), ProgramError> {
    let at = |table, row| move || ProgramError::InvalidRow { table, row };

    let mut constants = Forest::new(tables.constants.len());
    for (row, constant) in tables.constants.iter().enumerate() {
        check_constant(tables, &mut constants, row, constant).ok_or_else(at("constants", row))?;
    }
    let mut nodes = Forest::new(tables.nodes.len());
    for (row, node) in tables.nodes.iter().enumerate() {
        check_node(tables, &mut nodes, row, *node).ok_or_else(at("nodes", row))?;
    }
    for (row, clause) in tables.clauses.iter().enumerate() {
        let NodeId(root) = clause.expression;
        // Clauses may share a tree, for it is evaluated once for all of them.
        nodes
            .root(root)
            .and_then(|()| tables.strings.get(clause.text))
            .and_then(|_| check_source(tables, clause.source))
            .ok_or_else(at("clauses", row))?;
    }
    let mut next_clause = 0;
    for (row, policy) in tables.policies.iter().enumerate() {
        let clauses_follow = policy.clauses.start == next_clause;
        next_clause = policy.clauses.start.saturating_add(policy.clauses.count);
        (clauses_follow && next_clause as usize <= tables.clauses.len())
            .then(|| tables.strings.get(policy.id))
            .flatten()
            .and_then(|_| check_scope(tables, policy.principal))
            .and_then(|()| check_action(tables, policy.action))
            .and_then(|()| check_scope(tables, policy.resource))
            .and_then(|()| check_strings(tables, policy.annotations))
            .and_then(|()| check_source(tables, policy.source))
            .ok_or_else(at("policies", row))?;
    }
    if next_clause as usize != tables.clauses.len() {
        return Err(ProgramError::InvalidRow { table: "policies", row: tables.policies.len() });
    }
    Ok(())
}

/// Which rows have a parent, and how deep each tree is.
struct Forest {
    heights: Vec<u16>,
    adopted: Vec<bool>,
}

impl Forest {
    fn new(rows: usize) -> Self {
        Self { heights: Vec::with_capacity(rows), adopted: vec![false; rows] }
    }

    /// Makes `child` a child of `parent`: it must stand before it and have no parent yet. Gives
    /// its height.
    fn adopt(&mut self, parent: usize, child: u32) -> Option<u16> {
        let child = child as usize;
        if child >= parent {
            return None;
        }
        let adopted = self.adopted.get_mut(child)?;
        if std::mem::replace(adopted, true) {
            return None;
        }
        self.heights.get(child).copied()
    }

    /// Nothing if a row does not exist or has a parent.
    fn root(&self, row: u32) -> Option<()> {
        (!self.adopted.get(row as usize)?).then_some(())
    }

    /// Records the next row, whose highest child has `below` levels.
    fn push(&mut self, below: u16) -> Option<()> {
        if usize::from(below) >= MAX_DEPTH {
            return None;
        }
        self.heights.push(below + 1);
        Some(())
    }
}

fn check_constant(
    tables: &Tables,
    forest: &mut Forest,
    row: usize,
    constant: &Constant,
) -> Option<()> {
    let mut below = 0;
    let mut child = |id: u32| {
        // Scalars are shared between their users, containers are not.
        let height = match tables.constant(ConstantId(id))? {
            Constant::Record(_) | Constant::Set(_) => forest.adopt(row, id)?,
            _ if (id as usize) < row => 1,
            _ => return None,
        };
        below = height.max(below);
        Some(())
    };
    match *constant {
        Constant::Bool(_)
        | Constant::Datetime(_)
        | Constant::Decimal(_)
        | Constant::Duration(_)
        | Constant::Long(_) => {}
        Constant::Entity { entity_type, id } => {
            tables.strings.get(entity_type)?;
            tables.strings.get(id)?;
        }
        Constant::Ip { prefix, address } => match bounded(tables, address)? {
            [_] if prefix <= 32 => {}
            [_, _, _, _] if prefix <= 128 => {}
            _ => return None,
        },
        Constant::Record(list) => {
            for [name, value] in bounded_pairs(tables, list)? {
                tables.strings.get(StringId(*name))?;
                child(*value)?;
            }
        }
        Constant::Set(list) => {
            for element in bounded(tables, list)? {
                child(*element)?;
            }
        }
        Constant::String(text) => {
            tables.strings.get(text)?;
        }
    }
    forest.push(below)
}

fn check_node(tables: &Tables, forest: &mut Forest, row: usize, node: Node) -> Option<()> {
    let mut below = 0;
    let mut child = |NodeId(id): NodeId| {
        below = forest.adopt(row, id)?.max(below);
        Some(())
    };
    match node {
        Node::All(list) | Node::Any(list) | Node::Call(_, list) | Node::Set(list) => {
            for id in bounded(tables, list)? {
                child(NodeId(*id))?;
            }
        }
        Node::Attribute { of, name } | Node::Has { of, name } => {
            child(of)?;
            tables.strings.get(name)?;
        }
        Node::Binary(_, left, right) => {
            child(left)?;
            child(right)?;
        }
        Node::If { test, consequent, alternative } => {
            child(test)?;
            child(consequent)?;
            child(alternative)?;
        }
        Node::Is { of, entity_type } => {
            child(of)?;
            tables.strings.get(entity_type)?;
        }
        Node::IsEmpty(of) | Node::Negate(of) | Node::Not(of) => child(of)?,
        Node::Like { of, pattern } => {
            child(of)?;
            check_pattern(tables, pattern)?;
        }
        Node::Literal(constant) => {
            tables.constant(constant)?;
        }
        Node::Record(list) => {
            for [name, value] in bounded_pairs(tables, list)? {
                tables.strings.get(StringId(*name))?;
                child(NodeId(*value))?;
            }
        }
        Node::Variable(_) => {}
    }
    forest.push(below)
}

/// Texts and wildcards take turns, and no text is empty.
fn check_pattern(tables: &Tables, pattern: List) -> Option<()> {
    let mut was_text = None;
    for part in bounded(tables, pattern)? {
        let is_text = *part != WILDCARD;
        if was_text == Some(is_text) || (is_text && tables.strings.get(StringId(*part))?.is_empty())
        {
            return None;
        }
        was_text = Some(is_text);
    }
    Some(())
}

fn check_scope(tables: &Tables, scope: ScopeRow) -> Option<()> {
    match scope {
        ScopeRow::Any => Some(()),
        ScopeRow::Equal(uid) | ScopeRow::In(uid) => check_entity(tables, uid),
        ScopeRow::Is(entity_type) => tables.strings.get(entity_type).map(drop),
        ScopeRow::IsIn(entity_type, uid) => {
            tables.strings.get(entity_type)?;
            check_entity(tables, uid)
        }
    }
}

fn check_action(tables: &Tables, action: ActionRow) -> Option<()> {
    match action {
        ActionRow::Any => Some(()),
        ActionRow::Equal(uid) => check_entity(tables, uid),
        ActionRow::In(list) => {
            bounded(tables, list)?.iter().try_for_each(|uid| check_entity(tables, ConstantId(*uid)))
        }
    }
}

fn check_entity(tables: &Tables, id: ConstantId) -> Option<()> {
    matches!(tables.constant(id)?, Constant::Entity { .. }).then_some(())
}

fn check_source(tables: &Tables, source: SourceRow) -> Option<()> {
    tables.strings.get(source.file).map(drop)
}

fn check_strings(tables: &Tables, list: List) -> Option<()> {
    let pairs = bounded_pairs(tables, list)?;
    pairs.as_flattened().iter().try_for_each(|id| tables.strings.get(StringId(*id)).map(drop))
}

/// The list, if it lies within the table.
fn bounded(tables: &Tables, list: List) -> Option<&[u32]> {
    let end = list.start.checked_add(list.count)?;
    tables.lists.get(list.start as usize..end as usize)
}

fn bounded_pairs(tables: &Tables, list: List) -> Option<&[[u32; 2]]> {
    match bounded(tables, list)?.as_chunks() {
        (pairs, []) => Some(pairs),
        _ => None,
    }
}
