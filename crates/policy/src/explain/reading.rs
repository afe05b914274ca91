//! The conditions inside a clause: what each read, saw and wanted.

use std::fmt;

use super::render::{self, pattern_text};
use crate::{
    EvaluationError,
    evaluate::Evaluator,
    ir::BinaryOperator,
    program::{Node, NodeId},
    value::Bounded,
};

/// One condition of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it reads, as Cedar source: `context.mode`.
    pub path: String,
    /// What was there.
    pub seen: Seen,
    /// What it wanted of it: `== "on_behalf_of"`, `contains "Tools.Read"`, `present`.
    pub wanted: String,
    /// Whether it got that; nothing if that cannot be said because something is missing or has
    /// the wrong type.
    pub met: Option<bool>,
    /// Whether the clause's value depended on it: `false` behind a `||` or `&&` that was already
    /// decided, and in the other branch of an `if`.
    pub consulted: bool,
}

/// What a condition found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The attribute, tag or entity is not there.
    Absent,
    /// Reading it failed.
    Error(EvaluationError),
    /// It is there; the condition did not ask for its value.
    Present,
    /// A Cedar literal, cut off if it is long.
    Value(String),
}

impl fmt::Display for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("absent"),
            Self::Error(error) => write!(formatter, "error: {error}"),
            Self::Present => formatter.write_str("present"),
            Self::Value(literal) => formatter.write_str(literal),
        }
    }
}

/// The conditions of a clause, in source order.
pub(super) fn of_clause(evaluator: &Evaluator<'_>, root: NodeId) -> Vec<Reading> {
    let mut reader = Reader { evaluator, readings: Vec::new() };
    reader.walk(root, false, true);
    reader.readings
}

struct Reader<'r, 'a> {
    evaluator: &'r Evaluator<'a>,
    readings: Vec<Reading>,
}

impl Reader<'_, '_> {
    /// Follows the logic down to its conditions. `is_negated`: an odd number of `!` stands
    /// above; `is_live`: the evaluation got here. Gives the value, nothing for an error.
    fn walk(&mut self, id: NodeId, is_negated: bool, is_live: bool) -> Option<bool> {
        let tables = &self.evaluator.program.tables;
        match tables.node(id)? {
            Node::All(list) => self.chain(tables.list(list), false, is_negated, is_live),
            Node::Any(list) => self.chain(tables.list(list), true, is_negated, is_live),
            Node::If { test, consequent, alternative } => {
                let test = self.walk(test, false, is_live);
                let live = |wanted| is_live && test == Some(wanted);
                let first = self.walk(consequent, is_negated, live(true));
                let second = self.walk(alternative, is_negated, live(false));
                if test? { first } else { second }
            }
            Node::Not(of) => self.walk(of, !is_negated, is_live).map(|value| !value),
            node => {
                let value = self.evaluator.truth(id).ok();
                self.condition(id, node, is_negated, is_live, value);
                value
            }
        }
    }

    fn chain(
        &mut self,
        operands: &[u32],
        ending: bool,
        is_negated: bool,
        is_live: bool,
    ) -> Option<bool> {
        let mut result = Some(!ending);
        for operand in operands {
            let is_open = result == Some(!ending);
            let value = self.walk(NodeId(*operand), is_negated, is_live && is_open);
            if is_open {
                result = value;
            }
        }
        result
    }

    fn condition(
        &mut self,
        id: NodeId,
        node: Node,
        is_negated: bool,
        consulted: bool,
        value: Option<bool>,
    ) {
        let tables = &self.evaluator.program.tables;
        let not = |wanted: String| if is_negated { format!("not {wanted}") } else { wanted };
        let (path, seen, wanted) = match node {
            // A constant reads nothing.
            Node::Literal(_) => return,
            Node::Binary(BinaryOperator::HasTag, of, name) => {
                let path = format!("{}.getTag({})", self.text(of), self.text(name));
                (path, presence(value), presence_wanted(is_negated))
            }
            Node::Binary(operator, left, right) => {
                let (subject, phrase, object) = self.arrange(operator, left, right, is_negated);
                let mut wanted = format!("{phrase} {}", self.text(object));
                if !self.is_constant(object) {
                    wanted = format!("{wanted} (which is {})", self.seen(object));
                }
                (self.text(subject), self.seen(subject), wanted)
            }
            Node::Call(function, list) => match tables.list(list) {
                [receiver, arguments @ ..] if !function.is_constructor() => {
                    let arguments: Vec<String> =
                        arguments.iter().map(|argument| self.text(NodeId(*argument))).collect();
                    let call = format!("{function}({})", arguments.join(", "));
                    let receiver = NodeId(*receiver);
                    (self.text(receiver), self.seen(receiver), not(call))
                }
                _ => (self.text(id), self.seen(id), (!is_negated).to_string()),
            },
            Node::Has { of, name } => {
                let path = render::attribute(&self.text(of), tables.text(name));
                (path, presence(value), presence_wanted(is_negated))
            }
            Node::Is { of, entity_type } => {
                let wanted = not(format!("is {}", tables.text(entity_type)));
                (self.text(of), self.seen(of), wanted)
            }
            Node::IsEmpty(of) => (self.text(of), self.seen(of), not("empty".to_owned())),
            Node::Like { of, pattern } => {
                let wanted = not(format!("like \"{}\"", pattern_text(tables.pattern(pattern))));
                (self.text(of), self.seen(of), wanted)
            }
            _ => (self.text(id), self.seen(id), (!is_negated).to_string()),
        };
        let met = value.map(|value| value != is_negated);
        self.readings.push(Reading { path, seen, wanted, met, consulted });
    }

    /// Who is the subject of a comparison (what was read, rather than the constant), the phrase
    /// for the operator seen from it, and the object.
    fn arrange(
        &self,
        operator: BinaryOperator,
        left: NodeId,
        right: NodeId,
        is_negated: bool,
    ) -> (NodeId, &'static str, NodeId) {
        let is_swapped = self.is_constant(left) && !self.is_constant(right);
        let phrase = match (operator, is_swapped, is_negated) {
            (BinaryOperator::Equal, _, false) => "==",
            (BinaryOperator::Equal, _, true) => "!=",
            (BinaryOperator::Less, false, false) | (BinaryOperator::LessEqual, true, true) => "<",
            (BinaryOperator::LessEqual, false, false) | (BinaryOperator::Less, true, true) => "<=",
            (BinaryOperator::Less, true, false) | (BinaryOperator::LessEqual, false, true) => ">",
            (BinaryOperator::LessEqual, true, false) | (BinaryOperator::Less, false, true) => ">=",
            (BinaryOperator::In, false, false) => "in",
            (BinaryOperator::In, false, true) => "not in",
            (BinaryOperator::In, true, false) => "an ancestor of",
            (BinaryOperator::In, true, true) => "not an ancestor of",
            (BinaryOperator::Contains, false, false) => "contains",
            (BinaryOperator::Contains, false, true) => "contains not",
            (BinaryOperator::Contains, true, false) => "one of",
            (BinaryOperator::Contains, true, true) => "none of",
            (BinaryOperator::ContainsAll, false, false) => "contains all of",
            (BinaryOperator::ContainsAll, false, true) => "contains not all of",
            (BinaryOperator::ContainsAll, true, false) => "nothing but",
            (BinaryOperator::ContainsAll, true, true) => "something other than",
            (BinaryOperator::ContainsAny, _, false) => "contains any of",
            (BinaryOperator::ContainsAny, _, true) => "contains none of",
            // Not conditions: they have no truth value.
            (BinaryOperator::Add, ..) => "+",
            (BinaryOperator::GetTag | BinaryOperator::HasTag, ..) => "with tag",
            (BinaryOperator::Multiply, ..) => "*",
            (BinaryOperator::Subtract, ..) => "-",
        };
        if is_swapped { (right, phrase, left) } else { (left, phrase, right) }
    }

    fn is_constant(&self, id: NodeId) -> bool {
        matches!(self.evaluator.program.tables.node(id), Some(Node::Literal(_)))
    }

    fn text(&self, id: NodeId) -> String {
        Bounded::new(&render::Expression { program: self.evaluator.program, id }, LONGEST)
            .to_string()
    }

    fn seen(&self, id: NodeId) -> Seen {
        match self.evaluator.value(id).map_err(|error| *error) {
            Ok(operand) => Seen::Value(Bounded::new(&operand.into_value(), LONGEST).to_string()),
            Err(
                EvaluationError::AttributeMissing { .. }
                | EvaluationError::EntityMissing { .. }
                | EvaluationError::TagMissing { .. },
            ) => Seen::Absent,
            Err(error) => Seen::Error(error),
        }
    }
}

fn presence(value: Option<bool>) -> Seen {
    // An error here means that what would hold the attribute is itself absent.
    if value == Some(true) { Seen::Present } else { Seen::Absent }
}

fn presence_wanted(is_negated: bool) -> String {
    if is_negated { "absent" } else { "present" }.to_owned()
}

/// Characters of a value or expression that are shown.
const LONGEST: usize = 200;
