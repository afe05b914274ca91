//! The exchange in wasmtime: a new instance for each, gone with its secrets when it ends.

use vicar_exchange::{Carriage, Event, Secret, spec::Held, step::Method};
use vicar_token::UnixSeconds;
use wasmtime::component::{Component, Linker, ResourceAny};
use wasmtime::{Engine as Wasmtime, Store};

use super::bindings::exports::vicar::exchange::exchange as world;
use super::bindings::{VicarExchange, VicarExchangePre};
use super::{
    CheckedIdentity, DevicePrompt, ExchangeMachine, ExchangedToken, Exchanger, Problem, Reading,
    Started, Step, TokenRequest,
    step::{Challenge, Refusal},
};
use crate::engine::{
    EngineError, Limits,
    guest::{self, unusable},
};

/// The component, ready to be instantiated.
#[derive(Clone)]
pub struct WasmExchanger {
    engine: Wasmtime,
    component: VicarExchangePre<guest::Host>,
    limits: Limits,
}

impl WasmExchanger {
    /// 16 MiB and one second a call: the largest answer that a spec allows by default is 128 KiB.
    pub const LIMITS: Limits =
        Limits { memory: 16 << 20, deadline: std::time::Duration::from_secs(1) };

    /// Compiles a component (a `.wasm` file). Takes seconds: hosts ship a precompiled one.
    ///
    /// # Errors
    /// [`EngineError::Component`] when it is not a component of the `vicar-exchange` world.
    pub fn compile(component: &[u8], limits: Limits) -> Result<Self, EngineError> {
        let (engine, component) = guest::compile(component)?;
        Self::new(engine, &component, limits)
    }

    /// Loads what `vicar-pack` compiled ahead of time.
    ///
    /// # Safety
    /// The bytes are machine code that will be run. They must come, unaltered, from
    /// [`crate::pack::precompile`]; code for another wasmtime version or processor is refused, but
    /// nothing else about them is checked.
    ///
    /// # Errors
    /// [`EngineError::Component`] when they were made for another wasmtime or processor.
    #[expect(unsafe_code, reason = "native code cannot be checked; the caller vouches for it")]
    pub unsafe fn from_precompiled(code: &[u8], limits: Limits) -> Result<Self, EngineError> {
        // SAFETY: passed on to the caller.
        let (engine, component) = unsafe { guest::precompiled(code) }?;
        Self::new(engine, &component, limits)
    }

    fn new(engine: Wasmtime, component: &Component, limits: Limits) -> Result<Self, EngineError> {
        // An empty linker: a component that imports anything is refused here.
        let component = Linker::new(&engine)
            .instantiate_pre(component)
            .and_then(VicarExchangePre::new)
            .map_err(unusable)?;
        guest::start_clock(&engine)?;
        Ok(Self { engine, component, limits })
    }
}

impl Exchanger for WasmExchanger {
    fn start(
        &self,
        spec: &Secret,
        randomness: [u8; 32],
        now: UnixSeconds,
    ) -> Result<Started, EngineError> {
        let mut store = guest::Host::store(&self.engine, self.limits);
        store.set_epoch_deadline(self.limits.ticks());
        let exports = match self.component.instantiate(&mut store) {
            Ok(exports) => exports,
            Err(error) => return Err(store.data().failure(&error)),
        };
        let mut guest = Guest { store, exports, ticks: self.limits.ticks() };
        let started = guest.call(|store, exports| {
            exports.machine().call_start(store, spec.expose(), &randomness, now)
        })?;
        let (machine, first) = match started {
            Ok(started) => started,
            Err(refused) => {
                let step = Step::Failed(Box::new(refused.into()));
                return Ok(Started { machine: None, step });
            }
        };
        let correlation_id =
            guest.call(|store, exports| exports.machine().call_correlation_id(store, machine))?;
        let machine = WasmMachine { running: Some((guest, machine)), correlation_id };
        Ok(Started { machine: Some(Box::new(machine)), step: first.into() })
    }
}

struct Guest {
    store: Store<guest::Host>,
    exports: VicarExchange,
    ticks: u64,
}

impl Guest {
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Store<guest::Host>, &world::Guest) -> wasmtime::Result<T>,
    ) -> Result<T, EngineError> {
        self.store.set_epoch_deadline(self.ticks);
        call(&mut self.store, self.exports.vicar_exchange_exchange())
            .map_err(|error| self.store.data().failure(&error))
    }
}

struct WasmMachine {
    /// None after a call has failed: the instance is in no defined state.
    running: Option<(Guest, ResourceAny)>,
    correlation_id: String,
}

impl ExchangeMachine for WasmMachine {
    fn resume(&mut self, event: Event, now: UnixSeconds) -> Result<Step, EngineError> {
        let Some((mut guest, machine)) = self.running.take() else {
            return Err(EngineError::Trapped("the exchange had ended in a failure".to_owned()));
        };
        let step = guest.call(|store, exports| {
            exports.machine().call_resume(store, machine, brought(&event), now)
        })?;
        self.running = Some((guest, machine));
        Ok(step.into())
    }

    fn correlation_id(&self) -> &str {
        &self.correlation_id
    }
}

fn brought(event: &Event) -> world::Event<'_> {
    match event {
        Event::Assertion(assertion) => {
            world::Event::Assertion(assertion.as_ref().map(Secret::expose))
        }
        Event::Response(Ok(answer)) => world::Event::Response(Ok(world::HttpResponse {
            status: answer.status,
            content_type: answer.content_type.as_deref(),
            retry_after: answer.retry_after.as_deref(),
            body: &answer.body,
        })),
        Event::Response(Err(carriage)) => world::Event::Response(Err(match carriage {
            Carriage::Deadline => world::Carriage::Deadline,
            Carriage::TooLarge => world::Carriage::TooLarge,
            Carriage::Untrusted => world::Carriage::Untrusted,
            _ => world::Carriage::Connection,
        })),
        Event::Signature(signature) => world::Event::Signature(signature.as_deref()),
        Event::Woken => world::Event::Woken,
    }
}

impl From<world::Step> for Step {
    fn from(step: world::Step) -> Self {
        match step {
            world::Step::Done(done) => Self::Done(Box::new(ExchangedToken {
                access_token: Secret::new(done.access_token),
                expires_at: done.expires_at,
                refresh_token: done.refresh_token.map(Secret::new),
                scope: done.scope,
                reading: match done.reading {
                    world::Reading::Checked(world::CheckedIdentity { summary, json }) => {
                        Reading::Checked(CheckedIdentity { summary, json })
                    }
                    world::Reading::ExchangeToken => Reading::ExchangeToken,
                    world::Reading::Opaque => Reading::Opaque,
                },
                t1: done.t1.map(Held::from),
                x2: done.x2.map(Held::from),
            })),
            world::Step::Failed(problem) => Self::Failed(Box::new(problem.into())),
            world::Step::Prompt(prompt) => Self::Prompt(DevicePrompt {
                user_code: prompt.user_code,
                verification_uri: prompt.verification_uri,
                expires_at: prompt.expires_at,
                poll_at: prompt.poll_at,
            }),
            world::Step::ReadAssertion(file) => Self::ReadAssertion { file },
            world::Step::Send(request) => Self::Send(TokenRequest {
                method: match request.method {
                    world::Method::Get => Method::Get,
                    world::Method::Post => Method::Post,
                },
                url: request.url,
                headers: request.headers,
                body: Secret::new(request.body),
                shown: request.shown,
                max_bytes: usize::try_from(request.max_bytes).unwrap_or(usize::MAX),
                deadline: request.deadline,
            }),
            world::Step::Sign(world::Signing { key, input }) => Self::Sign { key, input },
            world::Step::Wait(until) => Self::Wait { until },
        }
    }
}

impl From<world::Held> for Held {
    fn from(held: world::Held) -> Self {
        Self { token: Secret::new(held.token), expires_at: held.expires_at }
    }
}

impl From<world::Problem> for Problem {
    fn from(problem: world::Problem) -> Self {
        Self {
            reason: problem.reason,
            status: problem.status,
            message: problem.message,
            remedy: problem.remedy,
            challenge: problem.challenge.map(|challenge| Challenge {
                claims: challenge.claims,
                authorization_uri: challenge.authorization_uri,
                www_authenticate: challenge.www_authenticate,
            }),
            retry_at: problem.retry_at,
            refusal: problem.refusal.map(|refused| {
                Box::new(Refusal {
                    hop: refused.hop,
                    status: refused.status,
                    error: refused.error,
                    suberror: refused.suberror,
                    code: refused.code,
                    class: refused.class,
                    correlation_id: refused.correlation_id,
                    trace_id: refused.trace_id,
                })
            }),
        }
    }
}
