//! The exchange in native code: the same machines without a guest between, and without its limits.

use vicar_exchange::{
    Event, Exchanged, HttpRequest, Machine, Randomness, Secret, Spec, Step as MachineStep,
    outcome::Reading as Read,
};
use vicar_token::UnixSeconds;

use super::{
    CheckedIdentity, ExchangeMachine, ExchangedToken, Exchanger, Problem, Reading, Started, Step,
    TokenRequest,
    step::{Challenge, Refusal},
};
use crate::engine::EngineError;

/// The machines, driven directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NativeExchanger;

impl Exchanger for NativeExchanger {
    fn start(
        &self,
        spec: &Secret,
        randomness: [u8; 32],
        now: UnixSeconds,
    ) -> Result<Started, EngineError> {
        let spec = match Spec::from_json(spec.expose()) {
            Ok(spec) => spec,
            Err(refused) => {
                let step = Step::Failed(Box::new((&vicar_exchange::Problem::Spec(refused)).into()));
                return Ok(Started { machine: None, step });
            }
        };
        let (machine, step) = Machine::start(spec, Randomness::new(randomness), now);
        Ok(Started { machine: Some(Box::new(NativeMachine(machine))), step: step.into() })
    }
}

struct NativeMachine(Machine);

impl ExchangeMachine for NativeMachine {
    fn resume(&mut self, event: Event, now: UnixSeconds) -> Result<Step, EngineError> {
        Ok(self.0.resume(event, now).into())
    }

    fn correlation_id(&self) -> &str {
        self.0.correlation_id().as_str()
    }
}

impl From<MachineStep> for Step {
    fn from(step: MachineStep) -> Self {
        match step {
            MachineStep::Done(exchanged) => Self::Done(Box::new((&*exchanged).into())),
            MachineStep::Failed(problem) => Self::Failed(Box::new((&*problem).into())),
            MachineStep::Prompt(prompt) => Self::Prompt(prompt),
            MachineStep::ReadAssertion { file } => Self::ReadAssertion { file },
            MachineStep::Send(request) => Self::Send(request.into()),
            MachineStep::Sign { key, input } => Self::Sign { key, input },
            MachineStep::Wait { until } => Self::Wait { until },
        }
    }
}

impl From<HttpRequest> for TokenRequest {
    fn from(request: HttpRequest) -> Self {
        let fields = request.form.fields().iter();
        Self {
            method: request.method,
            body: request.body(),
            shown: fields
                .map(|field| (field.name.to_owned(), field.value.shown().to_owned()))
                .collect(),
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            max_bytes: request.max_bytes,
            deadline: request.deadline,
        }
    }
}

impl From<&Exchanged> for ExchangedToken {
    fn from(exchanged: &Exchanged) -> Self {
        Self {
            access_token: exchanged.access_token().clone(),
            expires_at: exchanged.expires_at(),
            refresh_token: exchanged.refresh_token().cloned(),
            scope: exchanged.scope().map(str::to_owned),
            reading: match exchanged.reading() {
                Read::Checked(identity) => Reading::Checked(CheckedIdentity {
                    summary: identity.to_string(),
                    json: exchanged.identity_json().unwrap_or_default(),
                }),
                Read::ExchangeToken => Reading::ExchangeToken,
                Read::Opaque => Reading::Opaque,
            },
            t1: exchanged.t1().cloned(),
            x2: exchanged.x2().cloned(),
        }
    }
}

impl From<&vicar_exchange::Problem> for Problem {
    fn from(problem: &vicar_exchange::Problem) -> Self {
        let reason = problem.reason();
        Self {
            reason: reason.code.to_owned(),
            status: reason.status,
            message: problem.to_string(),
            remedy: problem.remedy().to_owned(),
            challenge: problem.challenge().map(|challenge| Challenge {
                claims: challenge.claims.to_json(),
                authorization_uri: challenge.authorization_uri.clone(),
                www_authenticate: challenge.www_authenticate(),
            }),
            retry_at: problem.retry_at(),
            refusal: match problem {
                vicar_exchange::Problem::Refused(refused) => Some(Box::new((&**refused).into())),
                _ => None,
            },
        }
    }
}

impl From<&vicar_exchange::Refusal> for Refusal {
    fn from(refused: &vicar_exchange::Refusal) -> Self {
        Self {
            hop: refused.hop.to_owned(),
            status: refused.status,
            error: refused.error.clone(),
            suberror: refused.suberror.clone(),
            code: refused.code,
            class: refused.class.name().to_owned(),
            correlation_id: refused.correlation_id.clone(),
            trace_id: refused.trace_id.clone(),
        }
    }
}
