//! The rows of the tables. Each has a fixed number of words in the program's bytes.

use crate::ir::{BinaryOperator, ClauseKind, Effect, ExtensionFunction, Variable};

/// A row of the table of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StringId(pub(crate) u32);

/// A row of the table of constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConstantId(pub(crate) u32);

/// A row of the table of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// A stretch of another table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) start: u32,
    pub(crate) count: u32,
}

/// An expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A chain of `&&`; nodes.
    All(List),
    /// A chain of `||`; nodes.
    Any(List),
    Attribute {
        of: NodeId,
        name: StringId,
    },
    Binary(BinaryOperator, NodeId, NodeId),
    /// Nodes.
    Call(ExtensionFunction, List),
    Has {
        of: NodeId,
        name: StringId,
    },
    If {
        test: NodeId,
        consequent: NodeId,
        alternative: NodeId,
    },
    Is {
        of: NodeId,
        entity_type: StringId,
    },
    IsEmpty(NodeId),
    /// Strings and wildcards.
    Like {
        of: NodeId,
        pattern: List,
    },
    Literal(ConstantId),
    Negate(NodeId),
    Not(NodeId),
    /// Pairs of string and node.
    Record(List),
    /// Nodes.
    Set(List),
    Variable(Variable),
}

/// A value known at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Bool(bool),
    Datetime(i64),
    Decimal(i64),
    Duration(i64),
    Entity {
        entity_type: StringId,
        id: StringId,
    },
    /// The prefix length; the address is one word (IPv4) or four words, high first.
    Ip {
        prefix: u8,
        address: List,
    },
    Long(i64),
    /// Pairs of string and constant.
    Record(List),
    /// Constants.
    Set(List),
    String(StringId),
}

/// Scope of `principal` or `resource`; the constants are entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeRow {
    Any,
    Equal(ConstantId),
    In(ConstantId),
    Is(StringId),
    IsIn(StringId, ConstantId),
}

/// Scope of `action`; the constants are entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionRow {
    Any,
    Equal(ConstantId),
    In(List),
}

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceRow {
    pub(crate) file: StringId,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A top-level conjunct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClauseRow {
    pub(crate) kind: ClauseKind,
    pub(crate) expression: NodeId,
    pub(crate) text: StringId,
    pub(crate) source: SourceRow,
}

/// A policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PolicyRow {
    pub(crate) id: StringId,
    pub(crate) effect: Effect,
    pub(crate) reads_groups: bool,
    pub(crate) principal: ScopeRow,
    pub(crate) action: ActionRow,
    pub(crate) resource: ScopeRow,
    /// Rows of the table of clauses.
    pub(crate) clauses: List,
    /// Pairs of strings.
    pub(crate) annotations: List,
    pub(crate) source: SourceRow,
}
