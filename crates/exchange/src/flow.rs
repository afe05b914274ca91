//! One exchange as a machine.

mod check;
mod client;
mod form;
mod hop;
mod land;
mod pause;

use vicar_token::UnixSeconds;

use crate::{Event, Guid, Problem, Randomness, Secret, Spec, Step, answer::DeviceCode, spec::Held};

use hop::Hop;

/// One exchange. It holds secrets and is neither shown nor copied.
///
/// ```
/// # use vicar_exchange::{Event, Machine, Randomness, Spec, Step};
/// fn run(spec: Spec, seed: [u8; 32], now: u64, mut carry_out: impl FnMut(Step) -> Event) -> Step {
///     let (mut machine, mut step) = Machine::start(spec, Randomness::new(seed), now);
///     while !matches!(step, Step::Done(_) | Step::Failed(_)) {
///         let event = carry_out(step);
///         step = machine.resume(event, now); // with the time it is then
///     }
///     step
/// }
/// ```
#[derive(Debug)]
pub struct Machine {
    spec: Spec,
    random: Randomness,
    correlation_id: Guid,
    deadline: UnixSeconds,
    progress: Progress,
    state: State,
}

/// What the hops behind us brought.
#[derive(Debug, Default)]
struct Progress {
    t1: Option<Held>,
    x2: Option<Held>,
    /// Whether T1 or X2 was handed in, and not yet refused by the token endpoint.
    handed_in: bool,
    /// Object id of the user that Tc speaks of.
    user: Option<String>,
    device: Option<DeviceCode>,
    /// The ID-JAG.
    grant: Option<Secret>,
    /// Passing failures so far.
    failures: u8,
}

/// What the machine waits for.
#[derive(Debug)]
enum State {
    Asked(Hop, Asked),
    Over,
    Paused(UnixSeconds),
}

/// What was asked of the host for a hop.
#[derive(Debug)]
enum Asked {
    /// The file with the assertion.
    Assertion,
    /// The managed identity's token.
    Identity,
    /// A signature over this.
    Signature(String),
    /// The hop itself.
    Token,
}

impl Machine {
    /// Begins. What can be refused without asking anyone is refused in the first step.
    pub fn start(spec: Spec, mut random: Randomness, now: UnixSeconds) -> (Self, Step) {
        let correlation_id = spec.correlation_id.clone().unwrap_or_else(|| random.guid());
        let deadline = now.saturating_add(spec.limits.total_seconds);
        let (progress, state) = (Progress::default(), State::Over);
        let mut machine = Self { spec, random, correlation_id, deadline, progress, state };
        let step = machine.check(now).and_then(|()| machine.go_on(now));
        let step = machine.step(step);
        (machine, step)
    }

    /// Goes on with what the last step asked for. After the end, or with anything else, it fails.
    pub fn resume(&mut self, event: Event, now: UnixSeconds) -> Step {
        let state = std::mem::replace(&mut self.state, State::Over);
        let step = self.react(state, event, now);
        self.step(step)
    }

    /// What every hop sends as `client-request-id`: for the audit line.
    pub const fn correlation_id(&self) -> &Guid {
        &self.correlation_id
    }

    fn react(&mut self, state: State, event: Event, now: UnixSeconds) -> Result<Step, Problem> {
        match (state, event) {
            (State::Asked(hop, Asked::Assertion), Event::Assertion(assertion)) => {
                self.assertion_read(hop, assertion, now)
            }
            (State::Asked(hop, Asked::Identity), Event::Response(response)) => {
                self.identity_answered(hop, response, now)
            }
            (State::Asked(hop, Asked::Signature(input)), Event::Signature(signature)) => {
                self.signed(hop, &input, signature, now)
            }
            (State::Asked(hop, Asked::Token), Event::Response(response)) => {
                self.answered(hop, response, now)
            }
            (State::Paused(until), Event::Woken) if now < until => {
                self.state = State::Paused(until);
                Ok(Step::Wait { until })
            }
            (State::Paused(_), Event::Woken) => self.go_on(now),
            (_, event) => Err(Problem::OutOfOrder(event.name())),
        }
    }

    fn step(&mut self, step: Result<Step, Problem>) -> Step {
        let step = step.unwrap_or_else(Step::from);
        if matches!(step, Step::Done(_) | Step::Failed(_)) {
            self.state = State::Over;
            self.progress = Progress::default();
        }
        step
    }
}
