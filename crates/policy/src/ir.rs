//! What the compiler hands over: policies as trees, not yet a program.

use std::fmt;

use crate::{EntityUid, Value};

/// One policy (a static one, or a template with its slots filled).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `@id`, or the compiler's name for it; unique in the program.
    pub id: String,
    /// `permit` or `forbid`.
    pub effect: Effect,
    /// Scope of `principal`.
    pub principal: EntityScope,
    /// Scope of `action`.
    pub action: ActionScope,
    /// Scope of `resource`.
    pub resource: EntityScope,
    /// Top-level conjuncts of the conditions, in source order. They are evaluated in order; the
    /// first that is false or errs ends the policy, as Cedar's `&&` does.
    pub clauses: Vec<Clause>,
    /// All annotations, sorted by name (`reason`, `advice`, `challenge`, …).
    pub annotations: Vec<(String, String)>,
    /// Where the policy stands.
    pub source: SourceSpan,
    /// Whether a condition or scope reads `Group` membership: a token whose groups are unknown
    /// (overage) must not pass through it.
    pub reads_groups: bool,
}

/// What a policy does when it is satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `forbid`
    Forbid,
    /// `permit`
    Permit,
}

/// Scope constraint on `principal` or `resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityScope {
    /// unconstrained
    Any,
    /// `== uid`
    Equal(EntityUid),
    /// `in uid`
    In(EntityUid),
    /// `is Type`
    Is(String),
    /// `is Type in uid`
    IsIn(String, EntityUid),
}

/// Scope constraint on `action`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionScope {
    /// unconstrained
    Any,
    /// `== uid`
    Equal(EntityUid),
    /// `in [uid, …]` (and `in uid` as a list of one)
    In(Vec<EntityUid>),
}

impl fmt::Display for EntityScope {
    /// As in a scope behind the variable: `== Agent::"a"`. Empty for [`EntityScope::Any`].
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Equal(uid) => write!(formatter, "== {uid}"),
            Self::In(uid) => write!(formatter, "in {uid}"),
            Self::Is(entity_type) => write!(formatter, "is {entity_type}"),
            Self::IsIn(entity_type, uid) => write!(formatter, "is {entity_type} in {uid}"),
        }
    }
}

impl fmt::Display for ActionScope {
    /// As in a scope behind the variable: `in [Action::"a"]`. Empty for [`ActionScope::Any`].
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Equal(uid) => write!(formatter, "== {uid}"),
            Self::In(uids) => {
                let uids: Vec<String> = uids.iter().map(ToString::to_string).collect();
                write!(formatter, "in [{}]", uids.join(", "))
            }
        }
    }
}

/// A stretch of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// Path inside the bundle folder, with forward slashes.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
}

/// One top-level conjunct of a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// Whether it came from `when` or `unless`. An `unless` body is one clause whose expression
    /// is already negated: a clause is met when its expression is `true`.
    pub kind: ClauseKind,
    /// Its expression.
    pub expression: Expr,
    /// Its source text as written (for `unless`: the body without the braces).
    pub text: String,
    /// Where it stands.
    pub source: SourceSpan,
}

/// The keyword in front of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// `unless { … }`
    Unless,
    /// `when { … }`
    When,
}

/// A request variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// `action`
    Action,
    /// `context`
    Context,
    /// `principal`
    Principal,
    /// `resource`
    Resource,
}

impl Variable {
    /// Every variable, in the order of the numbers in a program's bytes.
    pub(crate) const ALL: [Self; 4] =
        [Self::Action, Self::Context, Self::Principal, Self::Resource];

    /// Its name in Cedar source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Context => "context",
            Self::Principal => "principal",
            Self::Resource => "resource",
        }
    }
}

/// An expression. Operand order is Cedar's: left before right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expr {
    /// `left && right`
    And(Box<Expr>, Box<Expr>),
    /// `of.name`
    Attribute(Box<Expr>, String),
    /// a binary operator or method
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// an extension function or method, receiver first
    Call(ExtensionFunction, Vec<Expr>),
    /// `of has name`
    Has(Box<Expr>, String),
    /// `if test then consequent else alternative`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `of is Type`
    Is(Box<Expr>, String),
    /// `of.isEmpty()`
    IsEmpty(Box<Expr>),
    /// `of like "pattern"`
    Like(Box<Expr>, Vec<PatternPart>),
    /// a constant
    Literal(Value),
    /// `-of`
    Negate(Box<Expr>),
    /// `!of`
    Not(Box<Expr>),
    /// `left || right`
    Or(Box<Expr>, Box<Expr>),
    /// `{name: value, …}`
    Record(Vec<(String, Expr)>),
    /// `[value, …]`
    Set(Vec<Expr>),
    /// `principal`, `action`, `resource`, `context`
    Variable(Variable),
}

/// Binary operators and methods with one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `.contains()`
    Contains,
    /// `.containsAll()`
    ContainsAll,
    /// `.containsAny()`
    ContainsAny,
    /// `==`
    Equal,
    /// `.getTag()`
    GetTag,
    /// `.hasTag()`
    HasTag,
    /// `in`
    In,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `*`
    Multiply,
    /// `-`
    Subtract,
}

impl BinaryOperator {
    /// Every operator, in the order of the numbers in a program's bytes.
    pub(crate) const ALL: [Self; 12] = [
        Self::Add,
        Self::Contains,
        Self::ContainsAll,
        Self::ContainsAny,
        Self::Equal,
        Self::GetTag,
        Self::HasTag,
        Self::In,
        Self::Less,
        Self::LessEqual,
        Self::Multiply,
        Self::Subtract,
    ];

    /// Whether it gives a bool.
    pub(crate) fn is_relation(self) -> bool {
        !matches!(self, Self::Add | Self::GetTag | Self::Multiply | Self::Subtract)
    }
}

/// Extension functions and methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtensionFunction {
    /// `datetime("…")`
    Datetime,
    /// `decimal("…")`
    Decimal,
    /// `duration("…")`
    Duration,
    /// `.durationSince()`
    DurationSince,
    /// `.greaterThan()`
    GreaterThan,
    /// `.greaterThanOrEqual()`
    GreaterThanOrEqual,
    /// `ip("…")`
    Ip,
    /// `.isInRange()`
    IsInRange,
    /// `.isIpv4()`
    IsIpv4,
    /// `.isIpv6()`
    IsIpv6,
    /// `.isLoopback()`
    IsLoopback,
    /// `.isMulticast()`
    IsMulticast,
    /// `.lessThan()`
    LessThan,
    /// `.lessThanOrEqual()`
    LessThanOrEqual,
    /// `.offset()`
    Offset,
    /// `.toDate()`
    ToDate,
    /// `.toDays()`
    ToDays,
    /// `.toHours()`
    ToHours,
    /// `.toMilliseconds()`
    ToMilliseconds,
    /// `.toMinutes()`
    ToMinutes,
    /// `.toSeconds()`
    ToSeconds,
    /// `.toTime()`
    ToTime,
}

/// A part of a `like` pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatternPart {
    /// This text.
    Text(String),
    /// `*`: any text, also none.
    Wildcard,
}
