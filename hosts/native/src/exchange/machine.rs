//! The native machine behind the seam.

use vicar_exchange::{
    Event, Exchanged, HttpRequest, Machine, Problem, Randomness, Spec, Step as MachineStep,
};
use vicar_token::UnixSeconds;

use super::{
    Challenge, Errand, Exchange, Exchanger, Granted, Refused, Request, Step, TokenServiceAnswer,
    Whose,
};

/// `vicar-exchange`, called directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineExchanger;

impl Exchanger for MachineExchanger {
    fn start(
        &self,
        spec: Spec,
        seed: [u8; 32],
        now: UnixSeconds,
    ) -> Result<(Box<dyn Exchange>, Step), Box<Refused>> {
        let (machine, step) = Machine::start(spec, Randomness::new(seed), now);
        let step = seen(&machine, step);
        Ok((Box::new(Running(machine)), step))
    }
}

struct Running(Machine);

impl Exchange for Running {
    fn resume(&mut self, event: Event, now: UnixSeconds) -> Step {
        let step = self.0.resume(event, now);
        seen(&self.0, step)
    }
}

fn seen(machine: &Machine, step: MachineStep) -> Step {
    match step {
        MachineStep::Done(exchanged) => {
            Step::Done(Box::new(granted(&exchanged, machine.correlation_id().as_str())))
        }
        MachineStep::Failed(problem) => Step::Failed(Box::new(Refused::from(&*problem))),
        // A sidecar has no terminal: it only waits for the click.
        MachineStep::Prompt(prompt) => Step::Do(Errand::Wait { until: prompt.poll_at }),
        MachineStep::ReadAssertion { file } => Step::Do(Errand::ReadAssertion { file }),
        MachineStep::Send(request) => Step::Do(Errand::Send(request.into())),
        MachineStep::Sign { key, input } => Step::Do(Errand::Sign { key, input }),
        MachineStep::Wait { until } => Step::Do(Errand::Wait { until }),
    }
}

fn granted(exchanged: &Exchanged, correlation_id: &str) -> Granted {
    Granted {
        access_token: exchanged.access_token().clone(),
        expires_at: exchanged.expires_at(),
        whose: exchanged.identity().map(Whose::from),
        t1: exchanged.t1().cloned(),
        x2: exchanged.x2().cloned(),
        correlation_id: correlation_id.to_owned(),
    }
}

impl From<HttpRequest> for Request {
    fn from(request: HttpRequest) -> Self {
        let body = request.body();
        let own = |(name, value): (&str, String)| (name.to_owned(), value);
        Self {
            method: request.method.name(),
            url: request.url,
            headers: request.headers.into_iter().map(own).collect(),
            body,
            max_bytes: request.max_bytes,
            deadline: request.deadline,
        }
    }
}

impl From<&Problem> for Refused {
    fn from(problem: &Problem) -> Self {
        let (mut retry_at, mut token_service) = (None, None);
        match problem {
            Problem::Unavailable { retry_at: at, .. } => retry_at = *at,
            Problem::Refused(refusal) => {
                token_service = Some(Box::new(TokenServiceAnswer {
                    hop: refusal.hop.to_owned(),
                    error: refusal.error.clone(),
                    suberror: refusal.suberror.clone(),
                    code: refusal.code,
                    class: refusal.class.name().to_owned(),
                    correlation_id: refusal.correlation_id.clone(),
                    trace_id: refusal.trace_id.clone(),
                }));
            }
            _ => {}
        }
        Self {
            reason: problem.reason(),
            message: problem.to_string(),
            remedy: problem.remedy().to_owned(),
            challenge: problem.challenge().map(|challenge| Challenge {
                www_authenticate: challenge.www_authenticate(),
                claims: challenge.claims.to_json(),
            }),
            retry_at,
            token_service,
        }
    }
}
