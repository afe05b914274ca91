//! What goes into an evaluation and what comes out.

use crate::{Context, EntityUid, EvaluationError, evaluate::Scratch};

/// A question to the program.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who acts.
    pub principal: &'a EntityUid,
    /// What it wants to do.
    pub action: &'a EntityUid,
    /// What it wants to do it to.
    pub resource: &'a EntityUid,
    /// Everything else the policies may read.
    pub context: Context<'a>,
}

/// The answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Go ahead.
    Allow,
    /// Do not: also the answer when nothing permits.
    #[default]
    Deny,
}

/// The result of an evaluation. Policies are named by their position in the program
/// ([`crate::Program::policy`]) and always in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Vicar's decision: Cedar's, but a deny if any policy whose scope matched errs.
    pub decision: Decision,
    /// Cedar's decision: deny unless a permit and no forbid is satisfied; a policy that errs is
    /// left out.
    pub cedar_decision: Decision,
    /// Cedar's determining policies: the satisfied forbids, else the satisfied permits. Empty
    /// when nothing is satisfied.
    pub determining: Vec<u32>,
    /// The policies that err.
    pub erring: Vec<Erring>,
    /// Every policy whose scope matched.
    pub trace: Vec<Traced>,
}

/// A policy that errs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erring {
    /// The policy.
    pub policy: u32,
    /// Which of its clauses, from 0.
    pub clause: u32,
    /// Why.
    pub error: EvaluationError,
}

/// A policy whose scope matched, and how far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The policy.
    pub policy: u32,
    /// What came of it.
    pub end: TraceEnd,
}

/// Where the evaluation of a policy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEnd {
    /// This clause (from 0) errs.
    Erred(u32),
    /// Every clause is met.
    Satisfied,
    /// This clause (from 0) is not met; those before it are.
    Unmet(u32),
}

/// A buffer to evaluate into again and again without allocating.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    pub(crate) outcome: Outcome,
    pub(crate) scratch: Scratch,
}

impl Evaluation {
    /// The result of the last evaluation.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The result of the last evaluation, taken out.
    pub fn into_outcome(self) -> Outcome {
        self.outcome
    }
}
