//! The gate in native code: the same core without a guest between, and without its limits.

use vicar::{Call, Gate};
use vicar_token::{KeyReport, Reason};

use super::{Answer, Engine, EngineError, GateEngine, Verification};
use crate::verifier::AwsLc;

/// The core, called directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NativeEngine;

impl Engine for NativeEngine {
    fn load(&self, bundle: &[u8]) -> Result<Box<dyn GateEngine>, EngineError> {
        Gate::load(bundle, AwsLc)
            .map(|gate| Box::new(NativeGate(gate)) as Box<dyn GateEngine>)
            .map_err(|error| problem(error.reason(), &error))
    }

    fn inspect(&self, input: &str, now: Option<u64>) -> Result<String, EngineError> {
        Ok(vicar::inspect(input, now).to_json())
    }
}

/// A gate in native code.
struct NativeGate(Gate<AwsLc>);

impl GateEngine for NativeGate {
    fn set_keys(&mut self, issuer: &str, jwks: &[u8]) -> Result<String, EngineError> {
        self.0
            .set_keys(issuer, jwks)
            .map(|report| KeyReport::to_json(&report))
            .map_err(|error| problem(error.reason(), &error))
    }

    fn verify(&mut self, token: &str, now: u64) -> Result<Verification, EngineError> {
        Ok(match self.0.verify(token, now) {
            Ok(admitted) => Verification::Admitted(admitted.to_json()),
            Err(refusal) => Verification::Refused(refusal.to_json()),
        })
    }

    fn decide(&mut self, call: &Call<'_>, now: u64) -> Result<Answer, EngineError> {
        let decision = self.0.decide(call, now);
        Ok(Answer {
            allow: decision.allowed,
            passes: decision.passes(),
            status: decision.status,
            reason: decision.reason.code.to_owned(),
        })
    }

    fn explain(&mut self, call: &Call<'_>, now: u64) -> Result<String, EngineError> {
        Ok(self.0.explain(call, now).to_json())
    }
}

fn problem(reason: &Reason, error: &dyn std::error::Error) -> EngineError {
    EngineError::Problem { reason: reason.code.to_owned(), message: error.to_string() }
}
