//! Why a decision came out as it did: every clause of every policy that applied, what it read
//! and what it wanted, and what would have had to be different.
//!
//! This evaluates again, and more than the decision did (also the clauses Cedar skipped), so it
//! is for the one verdict somebody asks about, not for the data path: there, the trace of an
//! [`crate::Outcome`] says the same in numbers.

use std::fmt;

use crate::{
    Entities, EvaluationError, Program, Request,
    evaluate::{Evaluator, Scratch},
    ir::Effect,
    program::{ClauseView, PolicyView},
};

mod near_miss;
mod reading;
mod render;

pub use near_miss::{Component, NearMiss, ScopeMiss};
pub use reading::{Reading, Seen};

/// A policy whose scope matched.
#[derive(Clone, Debug)]
pub struct PolicyFinding<'p> {
    /// The policy, with its id, effect, annotations and source.
    pub policy: PolicyView<'p>,
    /// What came of it.
    pub result: PolicyResult,
    /// Every clause, in source order.
    pub clauses: Vec<ClauseFinding<'p>>,
}

/// What came of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyResult {
    /// A clause errs. Cedar leaves the policy out, Vicar denies.
    Erred,
    /// Every clause is met.
    Satisfied,
    /// Some clause is not met.
    Unsatisfied,
}

/// A clause and what it came to.
#[derive(Clone, Debug)]
pub struct ClauseFinding<'p> {
    /// The clause, with its text and source.
    pub clause: ClauseView<'p>,
    /// What it came to.
    pub state: ClauseState,
    /// Whether an earlier clause decided, so that the decision did not depend on this one.
    pub skipped_by_cedar: bool,
    /// Each condition in it, in source order.
    pub readings: Vec<Reading>,
}

/// What a clause came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseState {
    /// It has no value.
    Error(EvaluationError),
    /// It is true.
    Met,
    /// It is false.
    Unmet,
}

impl fmt::Display for ClauseState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(formatter, "error: {error}"),
            Self::Met => formatter.write_str("met"),
            Self::Unmet => formatter.write_str("not met"),
        }
    }
}

impl Program {
    /// Explains every policy whose scope matches the request, in program order.
    pub fn explain(
        &self,
        request: &Request<'_>,
        entities: &Entities<'_>,
    ) -> Vec<PolicyFinding<'_>> {
        let mut scratch = Scratch::default();
        let evaluator = Evaluator::new(self, request, entities, &mut scratch.located);
        evaluator.applicable(&mut scratch);
        scratch
            .candidates
            .iter()
            .filter_map(|index| self.policy(*index))
            .map(|policy| finding(&evaluator, policy))
            .collect()
    }

    /// What would have to be different for a permit to be satisfied: first the permits whose
    /// scope matches, then those whose scope fails in one component only; within both, the fewest
    /// unmet clauses first, then program order. At most `limit` of them.
    ///
    /// Looks at every permit of the program, so its time grows with it.
    pub fn near_misses(
        &self,
        request: &Request<'_>,
        entities: &Entities<'_>,
        limit: usize,
    ) -> Vec<NearMiss<'_>> {
        let mut scratch = Scratch::default();
        let evaluator = Evaluator::new(self, request, entities, &mut scratch.located);
        near_miss::find(self, &evaluator, &scratch.located, limit)
    }
}

/// Explains one policy, whether or not its scope matches.
fn finding<'p>(evaluator: &Evaluator<'_>, policy: PolicyView<'p>) -> PolicyFinding<'p> {
    let mut result = PolicyResult::Satisfied;
    let mut clauses = Vec::new();
    for clause in policy.clauses() {
        let skipped_by_cedar = result != PolicyResult::Satisfied;
        let root = clause.expression();
        let state = match evaluator.truth(root) {
            Ok(true) => ClauseState::Met,
            Ok(false) => ClauseState::Unmet,
            Err(error) => ClauseState::Error(*error),
        };
        if !skipped_by_cedar {
            result = match state {
                ClauseState::Error(_) => PolicyResult::Erred,
                ClauseState::Met => PolicyResult::Satisfied,
                ClauseState::Unmet => PolicyResult::Unsatisfied,
            };
        }
        let readings = reading::of_clause(evaluator, root);
        clauses.push(ClauseFinding { clause, state, skipped_by_cedar, readings });
    }
    PolicyFinding { policy, result, clauses }
}

impl PolicyFinding<'_> {
    /// Whether it is a satisfied `forbid`: then it alone decides.
    pub fn forbids(&self) -> bool {
        self.policy.effect() == Effect::Forbid && self.result == PolicyResult::Satisfied
    }

    /// The clauses that are not met or err, also those Cedar did not get to.
    pub fn failed(&self) -> impl Iterator<Item = &ClauseFinding<'_>> {
        self.clauses.iter().filter(|finding| finding.state != ClauseState::Met)
    }
}

#[cfg(test)]
mod tests;
