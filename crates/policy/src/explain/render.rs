//! Expressions as Cedar source, from the nodes.

use std::fmt::{self, Write};

use crate::{
    Program,
    ir::BinaryOperator,
    program::{Node, NodeId, StringId},
    value::{is_identifier, write_name, write_string},
};

/// An expression that displays as Cedar source.
pub(super) struct Expression<'p> {
    pub(super) program: &'p Program,
    pub(super) id: NodeId,
}

/// `of.name`, or `of["na me"]`.
pub(super) fn attribute(of: &str, name: &str) -> String {
    let mut text = of.to_owned();
    // Writing to a string cannot fail.
    let _ = write_attribute(name, &mut text);
    text
}

/// The text of a `like` pattern, without its quotes.
pub(super) fn pattern_text<'p>(parts: impl Iterator<Item = Option<&'p str>>) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            None => text.push('*'),
            Some(part) => {
                text.push_str(&part.escape_debug().to_string().replace('*', "\\*"));
            }
        }
    }
    text
}

impl fmt::Display for Expression<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = &self.program.tables;
        let Some(node) = tables.node(self.id) else { return Ok(()) };
        match node {
            Node::All(list) => self.joined(tables.list(list), " && ", out),
            Node::Any(list) => self.joined(tables.list(list), " || ", out),
            Node::Attribute { of, name } => {
                write!(out, "{}", self.inner(of))?;
                write_attribute(tables.text(name), out)
            }
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.inner(left), self.inner(right));
                match operator {
                    BinaryOperator::Add => write!(out, "{left} + {right}"),
                    BinaryOperator::Contains => write!(out, "{left}.contains({right})"),
                    BinaryOperator::ContainsAll => write!(out, "{left}.containsAll({right})"),
                    BinaryOperator::ContainsAny => write!(out, "{left}.containsAny({right})"),
                    BinaryOperator::Equal => write!(out, "{left} == {right}"),
                    BinaryOperator::GetTag => write!(out, "{left}.getTag({right})"),
                    BinaryOperator::HasTag => write!(out, "{left}.hasTag({right})"),
                    BinaryOperator::In => write!(out, "{left} in {right}"),
                    BinaryOperator::Less => write!(out, "{left} < {right}"),
                    BinaryOperator::LessEqual => write!(out, "{left} <= {right}"),
                    BinaryOperator::Multiply => write!(out, "{left} * {right}"),
                    BinaryOperator::Subtract => write!(out, "{left} - {right}"),
                }
            }
            Node::Call(function, list) => {
                let arguments = match tables.list(list) {
                    [receiver, arguments @ ..] if !function.is_constructor() => {
                        write!(out, "{}.", self.inner(NodeId(*receiver)))?;
                        arguments
                    }
                    arguments => arguments,
                };
                write!(out, "{function}(")?;
                self.joined(arguments, ", ", out)?;
                out.write_char(')')
            }
            Node::Has { of, name } => {
                write!(out, "{} has ", self.inner(of))?;
                write_name(tables.text(name), out)
            }
            Node::If { test, consequent, alternative } => {
                let [test, consequent, alternative] =
                    [test, consequent, alternative].map(|id| self.at(id));
                write!(out, "if {test} then {consequent} else {alternative}")
            }
            Node::Is { of, entity_type } => {
                write!(out, "{} is {}", self.inner(of), tables.text(entity_type))
            }
            Node::IsEmpty(of) => write!(out, "{}.isEmpty()", self.inner(of)),
            Node::Like { of, pattern } => {
                write!(out, "{} like \"{}\"", self.inner(of), pattern_text(tables.pattern(pattern)))
            }
            Node::Literal(constant) => match self.program.constants.get(constant.0 as usize) {
                Some(value) => value.fmt(out),
                None => Ok(()),
            },
            Node::Negate(of) => write!(out, "-{}", self.inner(of)),
            Node::Not(of) => write!(out, "!{}", self.inner(of)),
            Node::Record(list) => {
                out.write_char('{')?;
                for (index, [name, value]) in tables.pairs(list).iter().enumerate() {
                    out.write_str(if index > 0 { ", " } else { "" })?;
                    write_name(tables.text(StringId(*name)), out)?;
                    write!(out, ": {}", self.at(NodeId(*value)))?;
                }
                out.write_char('}')
            }
            Node::Set(list) => {
                out.write_char('[')?;
                self.joined(tables.list(list), ", ", out)?;
                out.write_char(']')
            }
            Node::Variable(variable) => out.write_str(variable.name()),
        }
    }
}

impl<'p> Expression<'p> {
    fn at(&self, id: NodeId) -> Self {
        Expression { program: self.program, id }
    }

    /// An operand, in parentheses unless it binds tighter than any operator.
    fn inner(&self, id: NodeId) -> Parenthesised<'p> {
        let is_tight = match self.program.tables.node(id) {
            Some(Node::Binary(operator, ..)) => matches!(
                operator,
                BinaryOperator::Contains
                    | BinaryOperator::ContainsAll
                    | BinaryOperator::ContainsAny
                    | BinaryOperator::GetTag
                    | BinaryOperator::HasTag
            ),
            Some(
                Node::All(_)
                | Node::Any(_)
                | Node::Has { .. }
                | Node::If { .. }
                | Node::Is { .. }
                | Node::Like { .. }
                | Node::Negate(_)
                | Node::Not(_),
            ) => false,
            _ => true,
        };
        Parenthesised { expression: self.at(id), is_tight }
    }

    fn joined(&self, ids: &[u32], with: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, id) in ids.iter().enumerate() {
            out.write_str(if index > 0 { with } else { "" })?;
            if with == ", " {
                write!(out, "{}", self.at(NodeId(*id)))?;
            } else {
                write!(out, "{}", self.inner(NodeId(*id)))?;
            }
        }
        Ok(())
    }
}

struct Parenthesised<'p> {
    expression: Expression<'p>,
    is_tight: bool,
}

impl fmt::Display for Parenthesised<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_tight { self.expression.fmt(out) } else { write!(out, "({})", self.expression) }
    }
}

fn write_attribute(name: &str, out: &mut impl Write) -> fmt::Result {
    if is_identifier(name) {
        out.write_char('.')?;
        out.write_str(name)
    } else {
        out.write_char('[')?;
        write_string(name, out)?;
        out.write_char(']')
    }
}
