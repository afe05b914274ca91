//! The evaluator: policies over a request, expressions to values.

use crate::{
    Decision, Entities, Entity, EntityUid, Evaluation, EvaluationError, Outcome, Program, Request,
    ir::Effect,
    outcome::{Erring, TraceEnd, Traced},
    program::{Located, PolicyRow},
    value::ValueType,
};

mod call;
mod expression;
mod memo;
mod operand;
mod operator;

use memo::{Memo, Paths};
pub(crate) use operand::{Operand, View};

/// A failure on its way up: boxed, because it is rare and a result travels through every node.
pub(crate) type Failure = Box<EvaluationError>;

/// What an evaluation needs room for; kept between evaluations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) located: [Located; 3],
    pub(crate) candidates: Vec<u32>,
    memo: Memo,
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
        scratch.memo.start(self.shared_clauses());
        let mut deciding = Effect::Permit;
        for policy in scratch.candidates.iter().copied() {
            let Some(row) = self.tables.policy(policy) else { continue };
            let end = match evaluator.policy(row, &mut scratch.memo) {
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
pub(crate) struct Evaluator<'a> {
    pub(crate) program: &'a Program,
    pub(crate) request: &'a Request<'a>,
    entities: &'a Entities<'a>,
    /// The request's own entities: most look-ups are theirs.
    principal: Option<&'a Entity>,
    action: Option<&'a Entity>,
    resource: Option<&'a Entity>,
    paths: Paths<'a>,
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
        Self { program, request, entities, principal, action, resource, paths: Paths::new() }
    }

    /// Leaves the policies whose whole scope matches among the candidates, in program order.
    pub(crate) fn applicable(&self, scratch: &mut Scratch) {
        let Scratch { located, candidates, .. } = scratch;
        let [principal, action, resource] = &*located;
        let Program { index, tables, .. } = self.program;
        index.candidates(principal, action, resource, candidates);
        candidates.retain(|policy| {
            index.matches(*policy, tables, self.request, [principal, action, resource])
        });
    }

    /// How far a policy gets; for an error, the number of its clause with it.
    fn policy(&self, row: &PolicyRow, memo: &mut Memo) -> Result<TraceEnd, (u32, Failure)> {
        for (number, clause) in (0..).zip(self.program.clauses_of(row)) {
            let known = clause.slot.and_then(|slot| memo.recall(slot));
            let is_met = match known.map_or_else(|| self.truth(clause.expression), Ok) {
                Ok(is_met) => is_met,
                Err(error) => return Err((number, error)),
            };
            if let (None, Some(slot)) = (known, clause.slot) {
                memo.keep(slot, is_met);
            }
            if !is_met {
                return Ok(TraceEnd::Unmet(number));
            }
        }
        Ok(TraceEnd::Satisfied)
    }

    /// What is known of an entity. The request's own are recognised by their address.
    #[inline]
    fn entity(&self, uid: &EntityUid) -> Option<&'a Entity> {
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
#[inline]
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

#[cfg(test)]
mod tests;
