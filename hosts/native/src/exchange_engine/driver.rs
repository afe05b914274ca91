//! Carries out what an exchange asks for, on the thread that asks.

use std::{fs::File, io::Read, thread, time::Duration};

use aws_lc_rs::rand;
use vicar_exchange::{Event, Secret};
use vicar_token::UnixSeconds;
use zeroize::Zeroizing;

use super::{DevicePrompt, ExchangedToken, Exchanger, Problem, SigningKeys, Step, TokenCarrier};
use crate::{engine::EngineError, http::unix_now};

/// Shows a person what to type and where.
pub trait Prompt {
    /// Called once, when the code is there.
    fn show(&mut self, prompt: &DevicePrompt);
}

/// What an exchange is lent: a network, keys, someone to show a code to, this machine's files and
/// clock.
pub struct Driver<'a> {
    carrier: &'a TokenCarrier,
    keys: &'a SigningKeys,
    prompt: &'a mut dyn Prompt,
    correlation_id: Option<String>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The guest broke down or ran into its limits.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The exchange ended without one.
    #[error("{}", .0.message)]
    Problem(Box<Problem>),
    /// The system gives no random numbers.
    #[error("this machine gives no random numbers")]
    Randomness,
}

impl<'a> Driver<'a> {
    /// Over these.
    pub fn new(
        carrier: &'a TokenCarrier,
        keys: &'a SigningKeys,
        prompt: &'a mut dyn Prompt,
    ) -> Self {
        Self { carrier, keys, prompt, correlation_id: None }
    }

    /// What every hop of the last exchange sent as `client-request-id`.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// Runs one exchange to its end. Blocks, at most as long as the spec's limits say.
    ///
    /// # Errors
    /// [`DriveError`].
    pub fn run(
        &mut self,
        exchanger: &dyn Exchanger,
        spec: &Secret,
    ) -> Result<ExchangedToken, DriveError> {
        let mut randomness = Zeroizing::new([0; 32]);
        rand::fill(&mut *randomness).map_err(|_| DriveError::Randomness)?;
        let started = exchanger.start(spec, *randomness, unix_now())?;
        let (mut machine, mut step) = (started.machine, started.step);
        self.correlation_id = machine.as_ref().map(|machine| machine.correlation_id().to_owned());
        for _ in 0..MOST_STEPS {
            let event = match step {
                Step::Done(token) => return Ok(*token),
                Step::Failed(problem) => return Err(DriveError::Problem(problem)),
                Step::Prompt(prompt) => {
                    self.prompt.show(&prompt);
                    sleep_until(prompt.poll_at);
                    Event::Woken
                }
                Step::ReadAssertion { file } => Event::Assertion(read_assertion(&file)),
                Step::Send(request) => Event::Response(self.carrier.carry(&request, unix_now())),
                Step::Sign { key, input } => {
                    Event::Signature(self.keys.sign(&key, input.as_bytes()))
                }
                Step::Wait { until } => {
                    sleep_until(until);
                    Event::Woken
                }
            };
            let Some(machine) = &mut machine else { break };
            step = machine.resume(event, unix_now())?;
        }
        Err(EngineError::Trapped("the exchange does not end".to_owned()).into())
    }
}

/// The file's content, read anew; `None` when it cannot be read or is no token by its length.
pub(super) fn read_assertion(path: &str) -> Option<Secret> {
    let mut text = Zeroizing::new(String::with_capacity(ASSERTION_BYTES));
    let most = u64::try_from(ASSERTION_BYTES).unwrap_or(u64::MAX);
    File::open(path).ok()?.take(most.saturating_add(1)).read_to_string(&mut text).ok()?;
    (text.len() <= ASSERTION_BYTES).then(|| Secret::new(text.as_str()))
}

fn sleep_until(time: UnixSeconds) {
    thread::sleep(Duration::from_secs(time.saturating_sub(unix_now())));
}

/// Far more than polling for any device code takes: a machine that never ends is stopped.
const MOST_STEPS: usize = 200_000;

/// Far above any token; the machine refuses sooner.
const ASSERTION_BYTES: usize = 64 * 1024;
