//! Expressions: what gives a truth, and what gives any value.
//!
//! Recursion is as deep as the expression, which [`crate::MAX_DEPTH`] bounds. What needs local
//! space is in functions of its own, to keep the frames of these two small.

use super::{Evaluator, Failure, Operand, View, entity_of, invalid_program, operator, type_error};
use crate::{
    EvaluationError, Value,
    ir::Variable,
    pattern,
    program::{Node, NodeId, StringId},
    value::ValueType,
};

impl<'a> Evaluator<'a> {
    /// The value of an expression that must be a bool.
    pub(crate) fn truth(&self, id: NodeId) -> Result<bool, Failure> {
        let tables = &self.program.tables;
        match tables.node(id) {
            Some(Node::All(list)) => self.chain(tables.list(list), false),
            Some(Node::Any(list)) => self.chain(tables.list(list), true),
            Some(Node::Binary(operator, left, right)) if operator.is_relation() => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                self.relation(operator, left.view(), right.view())
            }
            Some(Node::Has { of, name }) => self.has(id, of, name),
            Some(Node::If { test, consequent, alternative }) => {
                let branch = if self.truth(test)? { consequent } else { alternative };
                self.truth(branch)
            }
            Some(Node::Is { of, entity_type }) => {
                let entity = self.value(of)?;
                Ok(*entity_of(entity.view())?.entity_type == *tables.text(entity_type))
            }
            Some(Node::IsEmpty(of)) => match self.value(of)?.view() {
                View::Set(set) => Ok(set.elements().is_empty()),
                other => Err(type_error(&[ValueType::Set], other)),
            },
            Some(Node::Like { of, pattern }) => match self.value(of)?.view() {
                View::String(text) => Ok(pattern::matches(tables.pattern(pattern), text)),
                other => Err(type_error(&[ValueType::String], other)),
            },
            Some(Node::Not(of)) => self.truth(of).map(|value| !value),
            // The others are not in need of a truth to have a value.
            Some(_) => match self.value(id)?.view() {
                View::Bool(value) => Ok(value),
                other => Err(type_error(&[ValueType::Bool], other)),
            },
            None => Err(invalid_program()),
        }
    }

    /// The value of an expression.
    pub(crate) fn value(&self, id: NodeId) -> Result<Operand<'a>, Failure> {
        let tables = &self.program.tables;
        match tables.node(id) {
            Some(Node::Attribute { of, name }) => self.attribute(id, of, name),
            Some(Node::Binary(operator, left, right)) if !operator.is_relation() => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                self.operation(operator, left.view(), right.view())
            }
            Some(Node::Call(function, list)) => self.call(function, tables.list(list)),
            Some(Node::If { test, consequent, alternative }) => {
                let branch = if self.truth(test)? { consequent } else { alternative };
                self.value(branch)
            }
            Some(Node::Literal(constant)) => {
                let value = self.program.constants.get(constant.0 as usize);
                value.map(Operand::from).ok_or_else(invalid_program)
            }
            Some(Node::Negate(of)) => operator::negate(self.value(of)?.view()),
            Some(Node::Record(list)) => self.record(tables.pairs(list)),
            Some(Node::Set(list)) => self.set(tables.list(list)),
            Some(Node::Variable(variable)) => Ok(Operand::Borrowed(match variable {
                Variable::Action => View::Entity(self.request.action),
                Variable::Context => return Ok(self.whole_context()),
                Variable::Principal => View::Entity(self.request.principal),
                Variable::Resource => View::Entity(self.request.resource),
            })),
            Some(
                Node::All(_)
                | Node::Any(_)
                | Node::Binary(..)
                | Node::Has { .. }
                | Node::Is { .. }
                | Node::IsEmpty(_)
                | Node::Like { .. }
                | Node::Not(_),
            ) => self.truth(id).map(|value| View::Bool(value).into()),
            None => Err(invalid_program()),
        }
    }

    /// A chain of `&&` (which `false` ends) or of `||` (which `true` ends).
    fn chain(&self, operands: &[u32], ending: bool) -> Result<bool, Failure> {
        for operand in operands {
            if self.truth(NodeId(*operand))? == ending {
                return Ok(ending);
            }
        }
        Ok(!ending)
    }

    fn attribute(&self, id: NodeId, of: NodeId, name: StringId) -> Result<Operand<'a>, Failure> {
        let path = self.program.path(id);
        if let Some(value) = self.paths.recall(path) {
            return Ok(Operand::from(value));
        }
        let name = self.program.tables.text(name);
        if self.is_context(of) {
            let found = self.request.context.get(name);
            let found =
                found.ok_or_else(|| attribute_missing(self.whole_context().view(), name))?;
            self.paths.keep(path, found);
            return Ok(Operand::from(found));
        }
        let of = self.value(of)?;
        let found = match &of {
            Operand::Borrowed(View::Record(record)) => record.get(name),
            Operand::Owned(value) => match (&**value, of.view()) {
                // The record will be gone: what it holds must be kept.
                (Value::Record(record), _) => match record.get(name) {
                    Some(value) => return Ok(Operand::own(value.clone())),
                    None => None,
                },
                (_, View::Entity(uid)) => self.known_entity(uid)?.attributes.get(name),
                (_, other) => return Err(type_error(RECORD_OR_ENTITY, other)),
            },
            Operand::Borrowed(View::Entity(uid)) => self.known_entity(uid)?.attributes.get(name),
            Operand::Borrowed(other) => return Err(type_error(RECORD_OR_ENTITY, *other)),
        };
        match found {
            Some(value) => {
                self.paths.keep(path, value);
                Ok(Operand::from(value))
            }
            None => Err(attribute_missing(of.view(), name)),
        }
    }

    fn has(&self, id: NodeId, of: NodeId, name: StringId) -> Result<bool, Failure> {
        let path = self.program.path(id);
        if self.paths.recall(path).is_some() {
            return Ok(true);
        }
        let name = self.program.tables.text(name);
        if self.is_context(of) {
            return Ok(self.request.context.get(name).is_some());
        }
        let of = self.value(of)?;
        match of.view() {
            View::Record(record) => Ok(record.get(name).is_some()),
            View::Entity(uid) => {
                let found = self.entity(uid).and_then(|entity| entity.attributes.get(name));
                Ok(found.is_some())
            }
            other => Err(type_error(RECORD_OR_ENTITY, other)),
        }
    }

    fn is_context(&self, of: NodeId) -> bool {
        matches!(self.program.tables.node(of), Some(Node::Variable(Variable::Context)))
    }

    /// The context as a value: rare, nearly always only an attribute of it is read.
    #[cold]
    fn whole_context(&self) -> Operand<'a> {
        Operand::own(Value::Record(self.request.context.to_record()))
    }

    fn record(&self, pairs: &[[u32; 2]]) -> Result<Operand<'a>, Failure> {
        let mut attributes = Vec::with_capacity(pairs.len());
        for [name, value] in pairs {
            let value = self.value(NodeId(*value))?.into_value();
            attributes.push((self.program.tables.text(StringId(*name)), value));
        }
        Ok(Operand::own(Value::Record(attributes.into_iter().collect())))
    }

    fn set(&self, elements: &[u32]) -> Result<Operand<'a>, Failure> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            values.push(self.value(NodeId(*element))?.into_value());
        }
        Ok(Operand::own(Value::Set(values.into_iter().collect())))
    }
}

#[cold]
fn attribute_missing(of: View<'_>, name: &str) -> Failure {
    let of = match of {
        View::Entity(uid) => format!("`{uid}`"),
        _ => "the record".to_owned(),
    };
    Failure::new(EvaluationError::AttributeMissing { of, name: name.to_owned() })
}

const RECORD_OR_ENTITY: &[ValueType] = &[ValueType::Record, ValueType::Entity];
