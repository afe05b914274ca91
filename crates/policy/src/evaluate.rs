//! The evaluator: policies over a request, expressions to values.

use crate::{
    Decision, Entities, Entity, EntityUid, Evaluation, EvaluationError, Outcome, Program, Request,
    Value,
    ir::{Effect, Variable},
    outcome::{Erring, TraceEnd, Traced},
    pattern,
    program::{Located, Node, NodeId, StringId},
    value::ValueType,
};

mod call;
mod operand;
mod operator;

pub(crate) use operand::{Operand, View};

/// A failure on its way up: boxed, because it is rare and a result travels through every node.
pub(crate) type Failure = Box<EvaluationError>;

/// What an evaluation needs room for; kept between evaluations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) located: [Located; 3],
    pub(crate) candidates: Vec<u32>,
}

impl Program {
    /// Asks all policies.
    ///
    /// Every policy whose scope matches is evaluated, whatever the others say, as Cedar does:
    /// only so are the determining and the erring policies the same.
    pub fn evaluate(&self, request: &Request<'_>, entities: &Entities<'_>) -> Outcome {
        let mut evaluation = Evaluation::default();
        self.evaluate_into(request, entities, &mut evaluation);
        evaluation.outcome
    }

    /// [`Program::evaluate`] into a buffer: in the common case without an allocation.
    pub fn evaluate_into<'o>(
        &self,
        request: &Request<'_>,
        entities: &Entities<'_>,
        evaluation: &'o mut Evaluation,
    ) -> &'o Outcome {
        let Evaluation { outcome, scratch } = evaluation;
        outcome.determining.clear();
        outcome.erring.clear();
        outcome.trace.clear();

        let evaluator = Evaluator::new(self, request, entities, &mut scratch.located);
        evaluator.applicable(scratch);
        let mut deciding = Effect::Permit;
        for policy in scratch.candidates.iter().copied() {
            let Some(row) = self.tables.policy(policy) else { continue };
            let end = match evaluator.policy(row) {
                Ok(end) => end,
                Err((clause, error)) => {
                    outcome.erring.push(Erring { policy, clause, error: *error });
                    TraceEnd::Erred(clause)
                }
            };
            outcome.trace.push(Traced { policy, end });
            if end == TraceEnd::Satisfied {
                // The first satisfied forbid displaces the permits found so far.
                if row.effect == Effect::Forbid && deciding == Effect::Permit {
                    outcome.determining.clear();
                    deciding = Effect::Forbid;
                }
                if row.effect == deciding {
                    outcome.determining.push(policy);
                }
            }
        }
        let permits = deciding == Effect::Permit && !outcome.determining.is_empty();
        outcome.cedar_decision = if permits { Decision::Allow } else { Decision::Deny };
        outcome.decision =
            if outcome.erring.is_empty() { outcome.cedar_decision } else { Decision::Deny };
        outcome
    }
}

/// Evaluates expressions of one program for one request.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'a> {
    pub(crate) program: &'a Program,
    pub(crate) request: &'a Request<'a>,
    entities: &'a Entities<'a>,
    /// The request's own entities: most look-ups are theirs.
    principal: Option<&'a Entity>,
    action: Option<&'a Entity>,
    resource: Option<&'a Entity>,
}

impl<'a> Evaluator<'a> {
    /// Looks up the request's entities, for itself and (in `located`) for the scope index.
    pub(crate) fn new(
        program: &'a Program,
        request: &'a Request<'a>,
        entities: &'a Entities<'a>,
        located: &mut [Located; 3],
    ) -> Self {
        let uids = [request.principal, request.action, request.resource];
        let stored = uids.map(|uid| entities.find(uid));
        for ((uid, stored), located) in uids.into_iter().zip(stored).zip(located) {
            program.index.locate(uid, stored, &program.constants, located);
        }
        let [principal, action, resource] = stored.map(|stored| stored.map(|found| found.entity));
        Self { program, request, entities, principal, action, resource }
    }

    /// Leaves the policies whose whole scope matches among the candidates, in program order.
    pub(crate) fn applicable(&self, scratch: &mut Scratch) {
        let Scratch { located, candidates } = scratch;
        let [principal, action, resource] = &*located;
        let Program { index, tables, .. } = self.program;
        index.candidates(principal, action, resource, candidates);
        candidates.retain(|policy| {
            index.matched(*policy, tables, self.request, [principal, action, resource]).all()
        });
    }

    /// How far a policy gets; for an error, the number of its clause with it.
    fn policy(&self, row: &crate::program::PolicyRow) -> Result<TraceEnd, (u32, Failure)> {
        for (number, clause) in (0..).zip(self.program.tables.clauses(row)) {
            match self.truth(clause.expression) {
                Ok(true) => {}
                Ok(false) => return Ok(TraceEnd::Unmet(number)),
                Err(error) => return Err((number, error)),
            }
        }
        Ok(TraceEnd::Satisfied)
    }

    /// The value of an expression that must be a bool.
    pub(crate) fn truth(&self, id: NodeId) -> Result<bool, Failure> {
        match self.value(id)?.view() {
            View::Bool(value) => Ok(value),
            other => Err(type_error(&[ValueType::Bool], other)),
        }
    }

    /// The value of an expression.
    ///
    /// Recursion is as deep as the expression, which [`crate::MAX_DEPTH`] bounds. What needs
    /// local space is in functions of its own, to keep the frame of this one small.
    pub(crate) fn value(&self, id: NodeId) -> Result<Operand<'a>, Failure> {
        let tables = &self.program.tables;
        let Some(node) = tables.node(id) else { return Err(invalid_program()) };
        let truth = match node {
            Node::All(list) => self.chain(tables.list(list), false)?,
            Node::Any(list) => self.chain(tables.list(list), true)?,
            Node::Attribute { of, name } => return self.attribute(self.value(of)?, name),
            Node::Binary(operator, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                return self.binary(operator, &left, &right);
            }
            Node::Call(function, list) => return self.call(function, tables.list(list)),
            Node::Has { of, name } => self.has(self.value(of)?.view(), tables.text(name))?,
            Node::If { test, consequent, alternative } => {
                let branch = if self.truth(test)? { consequent } else { alternative };
                return self.value(branch);
            }
            Node::Is { of, entity_type } => {
                let entity = self.value(of)?;
                *entity_of(entity.view())?.entity_type == *tables.text(entity_type)
            }
            Node::IsEmpty(of) => match self.value(of)?.view() {
                View::Set(set) => set.elements().is_empty(),
                other => return Err(type_error(&[ValueType::Set], other)),
            },
            Node::Like { of, pattern } => match self.value(of)?.view() {
                View::String(text) => pattern::matches(tables.pattern(pattern), text),
                other => return Err(type_error(&[ValueType::String], other)),
            },
            Node::Literal(constant) => {
                return match self.program.constants.get(constant.0 as usize) {
                    Some(value) => Ok(Operand::from(value)),
                    None => Err(invalid_program()),
                };
            }
            Node::Negate(of) => return operator::negate(self.value(of)?.view()),
            Node::Not(of) => !self.truth(of)?,
            Node::Record(list) => return self.record(tables.pairs(list)),
            Node::Set(list) => return self.set(tables.list(list)),
            Node::Variable(variable) => {
                let view = match variable {
                    Variable::Action => View::Entity(self.request.action),
                    Variable::Context => View::Record(self.request.context),
                    Variable::Principal => View::Entity(self.request.principal),
                    Variable::Resource => View::Entity(self.request.resource),
                };
                return Ok(view.into());
            }
        };
        Ok(View::Bool(truth).into())
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

    fn attribute(&self, of: Operand<'a>, name: StringId) -> Result<Operand<'a>, Failure> {
        let name = self.program.tables.text(name);
        let missing = |of: String| {
            Err(Failure::new(EvaluationError::AttributeMissing { of, name: name.to_owned() }))
        };
        match of {
            Operand::Borrowed(View::Record(record)) => match record.get(name) {
                Some(value) => Ok(Operand::from(value)),
                None => missing("the record".to_owned()),
            },
            Operand::Borrowed(View::Entity(uid)) => {
                match self.known_entity(uid)?.attributes.get(name) {
                    Some(value) => Ok(Operand::from(value)),
                    None => missing(format!("`{uid}`")),
                }
            }
            Operand::Owned(value) => match &*value {
                Value::Record(record) => match record.get(name) {
                    Some(value) => Ok(Operand::own(value.clone())),
                    None => missing("the record".to_owned()),
                },
                // An entity that the expression itself put into a record.
                Value::Entity(uid) => match self.known_entity(uid)?.attributes.get(name) {
                    Some(value) => Ok(Operand::from(value)),
                    None => missing(format!("`{uid}`")),
                },
                other => Err(type_error(RECORD_OR_ENTITY, View::from(other))),
            },
            Operand::Borrowed(other) => Err(type_error(RECORD_OR_ENTITY, other)),
        }
    }

    fn has(&self, of: View<'_>, name: &str) -> Result<bool, Failure> {
        match of {
            View::Record(record) => Ok(record.get(name).is_some()),
            View::Entity(uid) => {
                Ok(self.entity(uid).is_some_and(|entity| entity.attributes.get(name).is_some()))
            }
            other => Err(type_error(RECORD_OR_ENTITY, other)),
        }
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

    /// What is known of an entity. The request's own are recognised by their address.
    pub(crate) fn entity(&self, uid: &EntityUid) -> Option<&'a Entity> {
        if std::ptr::eq(uid, self.request.principal) {
            self.principal
        } else if std::ptr::eq(uid, self.request.resource) {
            self.resource
        } else if std::ptr::eq(uid, self.request.action) {
            self.action
        } else {
            self.entities.get(uid)
        }
    }

    fn known_entity(&self, uid: &EntityUid) -> Result<&'a Entity, Failure> {
        self.entity(uid)
            .ok_or_else(|| Failure::new(EvaluationError::EntityMissing { entity: uid.to_string() }))
    }
}

/// The entity, or the error that it is none.
fn entity_of(view: View<'_>) -> Result<&EntityUid, Failure> {
    match view {
        View::Entity(uid) => Ok(uid),
        other => Err(type_error(&[ValueType::Entity], other)),
    }
}

#[cold]
fn type_error(wanted: &'static [ValueType], seen: View<'_>) -> Failure {
    Failure::new(EvaluationError::TypeError { wanted, seen: seen.value_type() })
}

#[cold]
fn invalid_program() -> Failure {
    Failure::new(EvaluationError::InvalidProgram)
}

const RECORD_OR_ENTITY: &[ValueType] = &[ValueType::Record, ValueType::Entity];

#[cfg(test)]
mod tests;
