//! Carries out what an exchange asks for, until it ends.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use tracing::Instrument as _;
use vicar_exchange::{Event, Secret};
use vicar_token::UnixSeconds;
use zeroize::Zeroizing;

use super::{
    DevicePrompt, ExchangedToken, Exchanger, Problem, SigningKeys, Step, assertion_file, hop,
};
use crate::{
    engine::EngineError,
    http::{Carrier, unix_now},
};

/// Shows a person what to type and where.
pub trait Prompt: Send {
    /// Called once, when the code is there.
    fn show(&mut self, prompt: &DevicePrompt);
}

/// Where no person is: a code is shown to nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Prompt for Nobody {
    fn show(&mut self, _: &DevicePrompt) {}
}

/// Runs exchanges on this machine's network, files and keys.
#[derive(Clone, Debug)]
pub struct Runner {
    carrier: Carrier,
    keys: Arc<SigningKeys>,
}

/// A token, and the exchange that it came from.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The token.
    pub token: ExchangedToken,
    /// What every hop sent as `client-request-id`.
    pub correlation_id: String,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The guest broke down or ran into its limits.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The exchange ended without one.
    #[error("{}", .problem.message)]
    Problem {
        /// Why.
        problem: Box<Problem>,
        /// What every hop sent as `client-request-id`; none where nothing began.
        correlation_id: Option<String>,
    },
    /// The system gives no random numbers.
    #[error("this machine gives no random numbers")]
    Randomness,
    /// The exchange that this call waited for did not end.
    #[error("the exchange that this call waited for did not end")]
    Abandoned,
}

impl Runner {
    /// A runner with the private keys of certificate credentials.
    pub const fn new(carrier: Carrier, keys: Arc<SigningKeys>) -> Self {
        Self { carrier, keys }
    }

    /// Runs one exchange to its end, at most as long as the spec's limits say.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn run(
        &self,
        exchanger: &dyn Exchanger,
        spec: &Secret,
        prompt: &mut dyn Prompt,
    ) -> Result<Granted, RunError> {
        let mut randomness = Zeroizing::new([0; 32]);
        rand::fill(&mut *randomness).map_err(|_| RunError::Randomness)?;
        let started = exchanger.start(spec, *randomness, unix_now())?;
        let (mut machine, mut step) = (started.machine, started.step);
        if let Step::Failed(problem) = step {
            return Err(RunError::Problem { problem, correlation_id: None });
        }
        let correlation_id = machine.as_ref().map(|machine| machine.correlation_id().to_owned());
        for _ in 0..MOST_STEPS {
            let event = match step {
                Step::Done(token) => {
                    let correlation_id = correlation_id.unwrap_or_default();
                    return Ok(Granted { token: *token, correlation_id });
                }
                Step::Failed(problem) => return Err(RunError::Problem { problem, correlation_id }),
                Step::Prompt(shown) => {
                    prompt.show(&shown);
                    sleep_until(shown.poll_at).await;
                    Event::Woken
                }
                Step::ReadAssertion { file } => {
                    // A file may be a pipe, or far away.
                    let read = tokio::task::spawn_blocking(move || assertion_file::read(&file));
                    Event::Assertion(read.await.ok().flatten())
                }
                Step::Send(request) => {
                    let span = hop::span(&request, correlation_id.as_deref());
                    let sent = self.carrier.exchange(&request, unix_now());
                    let answer = sent.instrument(span.clone()).await;
                    hop::ended(&span, &answer);
                    Event::Response(answer)
                }
                Step::Sign { key, input } => {
                    Event::Signature(self.keys.sign(&key, input.as_bytes()))
                }
                Step::Wait { until } => {
                    sleep_until(until).await;
                    Event::Woken
                }
            };
            let Some(machine) = &mut machine else { break };
            step = machine.resume(event, unix_now())?;
        }
        Err(EngineError::Trapped("the exchange does not end".to_owned()).into())
    }
}

async fn sleep_until(time: UnixSeconds) {
    tokio::time::sleep(Duration::from_secs(time.saturating_sub(unix_now()))).await;
}

/// Far more than polling for any device code takes: a machine that never ends is stopped.
const MOST_STEPS: usize = 200_000;
