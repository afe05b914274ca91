//! The tables and safe access to them.

use super::row::{ClauseRow, Constant, ConstantId, List, Node, NodeId, PolicyRow, StringId};

/// All tables of a program. Rows refer to each other by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) strings: Strings,
    /// Numbers that rows refer to in stretches ([`List`]).
    pub(crate) lists: Vec<u32>,
    /// A constant refers only to constants before it.
    pub(crate) constants: Vec<Constant>,
    /// A node refers only to nodes before it, and no two to the same one: each clause is a tree.
    /// Clauses that mean the same share it.
    pub(crate) nodes: Vec<Node>,
    /// In the order of their policies.
    pub(crate) clauses: Vec<ClauseRow>,
    pub(crate) policies: Vec<PolicyRow>,
}

impl Tables {
    /// The text of a string; empty for a number out of range, which checked tables do not hold.
    #[inline]
    pub(crate) fn text(&self, id: StringId) -> &str {
        self.strings.get(id).unwrap_or_default()
    }

    /// The numbers of a list; none if it is out of range.
    #[inline]
    pub(crate) fn list(&self, list: List) -> &[u32] {
        let start = list.start as usize;
        let end = start.saturating_add(list.count as usize);
        self.lists.get(start..end).unwrap_or_default()
    }

    /// The numbers of a list, two by two.
    pub(crate) fn pairs(&self, list: List) -> &[[u32; 2]] {
        self.list(list).as_chunks().0
    }

    #[inline]
    pub(crate) fn node(&self, id: NodeId) -> Option<Node> {
        self.nodes.get(id.0 as usize).copied()
    }

    pub(crate) fn constant(&self, id: ConstantId) -> Option<Constant> {
        self.constants.get(id.0 as usize).copied()
    }

    pub(crate) fn policy(&self, index: u32) -> Option<&PolicyRow> {
        self.policies.get(index as usize)
    }

    /// The clauses of a policy.
    pub(crate) fn clauses(&self, policy: &PolicyRow) -> &[ClauseRow] {
        let start = policy.clauses.start as usize;
        let end = start.saturating_add(policy.clauses.count as usize);
        self.clauses.get(start..end).unwrap_or_default()
    }

    /// The parts of a `like` pattern: a text, or nothing for a wildcard.
    pub(crate) fn pattern(&self, parts: List) -> impl Iterator<Item = Option<&str>> {
        self.list(parts).iter().map(|part| match *part {
            WILDCARD => None,
            text => Some(self.text(StringId(text))),
        })
    }
}

/// A wildcard in the list of a pattern.
pub(crate) const WILDCARD: u32 = u32::MAX;

/// Strings, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    pub(crate) blob: String,
    /// Where each string ends.
    pub(crate) ends: Vec<u32>,
}

impl Strings {
    #[inline]
    pub(crate) fn get(&self, id: StringId) -> Option<&str> {
        let index = id.0 as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.blob.get(start as usize..*self.ends.get(index)? as usize)
    }
}
