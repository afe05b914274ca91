//! Vicar's evaluator and Cedar's own, side by side on one workload.
//!
//! The same code runs natively (as a library) and in wasmtime (as a component), so that the
//! ratios of `make bench` compare engines and not machines.

#[cfg(target_arch = "wasm32")]
mod component;
mod workload;

use cedar_policy::{Authorizer, Decision as CedarDecision, PolicySet, Request as CedarRequest};
use vicar_policy::{Decision, Entities, EntityStore, Evaluation, Program, Request};

pub use workload::policies;
use workload::{Asked, Workload};

/// Both engines, loaded and with every request prepared.
pub struct Duel {
    workload: Workload,
    program: Program,
    evaluation: Evaluation,
    cedar: PolicySet,
    authorizer: Authorizer,
}

impl Duel {
    /// Loads a compiled program and the text it was compiled from.
    ///
    /// # Errors
    /// In words, when either engine refuses them.
    pub fn new(program: &[u8], policies: &str) -> Result<Self, String> {
        Ok(Self {
            workload: Workload::new()?,
            program: Program::from_bytes(program).map_err(|error| error.to_string())?,
            evaluation: Evaluation::default(),
            cedar: policies.parse().map_err(|error| format!("{error}"))?,
            authorizer: Authorizer::new(),
        })
    }

    /// Asks Vicar every request, `rounds` times, each with its trace recorded; the number of
    /// allows.
    pub fn vicar(&mut self, rounds: u32) -> u32 {
        let layers: [&EntityStore; 1] = [&self.workload.entities];
        let entities = Entities::new(&layers);
        let mut allowed = 0;
        for _ in 0..rounds {
            for Asked { principal, action, resource, context, .. } in &self.workload.asked {
                let request = Request { principal, action, resource, context: context.into() };
                self.program.evaluate_into(&request, &entities, &mut self.evaluation);
                let outcome = std::hint::black_box(self.evaluation.outcome());
                allowed += u32::from(outcome.decision == Decision::Allow);
            }
        }
        allowed
    }

    /// Asks Cedar the same.
    pub fn cedar(&self, rounds: u32) -> u32 {
        let mut allowed = 0;
        for _ in 0..rounds {
            for asked in &self.workload.asked {
                let request: &CedarRequest = &asked.cedar;
                let response = std::hint::black_box(self.authorizer.is_authorized(
                    request,
                    &self.cedar,
                    &self.workload.cedar_entities,
                ));
                allowed += u32::from(response.decision() == CedarDecision::Allow);
            }
        }
        allowed
    }
}

/// Requests of the workload.
pub const REQUESTS: u32 = 16;
