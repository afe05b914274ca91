//! The gate in wasmtime.

use std::collections::BTreeMap;

use vicar::{Call, call::Operation};
use wasmtime::component::{Component, Linker, ResourceAny};
use wasmtime::{Engine as Wasmtime, Store};

use super::bindings::exports::vicar::gate::gate as world;
use super::bindings::{Vicar, VicarPre};
use super::store::Host;
use super::{Answer, Engine, EngineError, GateEngine, Limits, Verification};
use super::{
    component::{self, unusable},
    deadline, signatures,
};

/// The component, ready to be instantiated.
#[derive(Clone)]
pub struct WasmEngine {
    engine: Wasmtime,
    component: VicarPre<Host>,
    limits: Limits,
}

impl WasmEngine {
    /// Compiles a component (a `.wasm` file). Takes seconds: hosts ship a precompiled one.
    ///
    /// # Errors
    /// [`EngineError::Component`] when it is not a component of the `vicar:gate` world.
    pub fn compile(component: &[u8], limits: Limits) -> Result<Self, EngineError> {
        let (engine, component) = component::compile(component)?;
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
        let (engine, component) = unsafe { component::precompiled(code) }?;
        Self::new(engine, &component, limits)
    }

    fn new(engine: Wasmtime, component: &Component, limits: Limits) -> Result<Self, EngineError> {
        let mut linker = Linker::new(&engine);
        signatures::add_to_linker(&mut linker, |host: &mut Host| &mut host.keys)
            .map_err(unusable)?;
        let component =
            linker.instantiate_pre(component).and_then(VicarPre::new).map_err(unusable)?;
        deadline::start_clock(&engine)?;
        Ok(Self { engine, component, limits })
    }

    fn instantiate(&self) -> Result<Instance, EngineError> {
        let mut store = Host::store(&self.engine, self.limits);
        store.set_epoch_deadline(self.limits.ticks());
        match self.component.instantiate(&mut store) {
            Ok(exports) => Ok(Instance { store, exports, deadline: self.limits.ticks() }),
            Err(error) => Err(store.data().failure(&error)),
        }
    }
}

impl Engine for WasmEngine {
    fn load(&self, bundle: &[u8]) -> Result<Box<dyn GateEngine>, EngineError> {
        let mut gate = WasmGate {
            engine: self.clone(),
            bundle: bundle.to_owned(),
            keys: BTreeMap::new(),
            loaded: None,
        };
        gate.loaded = Some(gate.load()?);
        Ok(Box::new(gate))
    }

    fn inspect(&self, input: &str, now: Option<u64>) -> Result<String, EngineError> {
        self.instantiate()?.call(|store, exports| exports.call_inspect(store, input, now))
    }
}

/// A guest instance. It must not be used after a call into it has failed.
struct Instance {
    store: Store<Host>,
    exports: Vicar,
    deadline: u64,
}

impl Instance {
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Store<Host>, &world::Guest) -> wasmtime::Result<T>,
    ) -> Result<T, EngineError> {
        self.store.set_epoch_deadline(self.deadline);
        call(&mut self.store, self.exports.vicar_gate_gate())
            .map_err(|error| self.store.data().failure(&error))
    }
}

/// A gate in a guest.
struct WasmGate {
    engine: WasmEngine,
    // What a new instance is given after one was discarded.
    bundle: Vec<u8>,
    keys: BTreeMap<String, Vec<u8>>,
    loaded: Option<Loaded>,
}

struct Loaded {
    instance: Instance,
    gate: ResourceAny,
}

impl WasmGate {
    fn load(&self) -> Result<Loaded, EngineError> {
        let mut instance = self.engine.instantiate()?;
        let gate = instance
            .call(|store, exports| exports.gate().call_load(store, &self.bundle))?
            .map_err(problem)?;
        for (issuer, jwks) in &self.keys {
            instance
                .call(|store, exports| exports.gate().call_set_keys(store, gate, issuer, jwks))?
                .map_err(problem)?;
        }
        Ok(Loaded { instance, gate })
    }

    /// Calls into the instance, or a fresh one; discards it when the call fails.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Store<Host>, &world::Guest, ResourceAny) -> wasmtime::Result<T>,
    ) -> Result<T, EngineError> {
        let mut loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.load()?,
        };
        let gate = loaded.gate;
        let returned = loaded.instance.call(|store, exports| call(store, exports, gate))?;
        self.loaded = Some(loaded);
        Ok(returned)
    }
}

impl GateEngine for WasmGate {
    fn set_keys(&mut self, issuer: &str, jwks: &[u8]) -> Result<String, EngineError> {
        let report = self
            .call(|store, exports, gate| exports.gate().call_set_keys(store, gate, issuer, jwks))?
            .map_err(problem)?;
        self.keys.insert(issuer.to_owned(), jwks.to_owned());
        Ok(report)
    }

    fn verify(&mut self, token: &str, now: u64) -> Result<Verification, EngineError> {
        self.call(|store, exports, gate| exports.gate().call_verify(store, gate, token, now)).map(
            |outcome| match outcome {
                Ok(identity) => Verification::Admitted(identity),
                Err(refusal) => Verification::Refused(refusal),
            },
        )
    }

    fn decide(&mut self, call: &Call<'_>, now: u64) -> Result<Answer, EngineError> {
        let call = world_call(call);
        self.call(|store, exports, gate| exports.gate().call_decide(store, gate, call, now)).map(
            |answer| Answer {
                allow: answer.decision == world::Decision::Allow,
                passes: answer.passes,
                status: answer.status,
                reason: answer.reason,
            },
        )
    }

    fn explain(&mut self, call: &Call<'_>, now: u64) -> Result<String, EngineError> {
        let call = world_call(call);
        self.call(|store, exports, gate| exports.gate().call_explain(store, gate, call, now))
    }
}

fn world_call<'a>(call: &Call<'a>) -> world::Call<'a> {
    world::Call {
        token: call.token,
        method: world_method(call.method),
        scheme: world_scheme(call.scheme),
        host: call.host,
        path: call.path,
        headers: call.headers,
        operation: match call.operation {
            Operation::Http => world::Operation::Http,
            Operation::Llm { model } => world::Operation::Llm(model),
            Operation::Mcp { method, name, arguments } => {
                world::Operation::Mcp(world::McpMessage { method, name, arguments })
            }
        },
    }
}

fn world_method(method: &str) -> world::Method<'_> {
    match method {
        "GET" => world::Method::Get,
        "HEAD" => world::Method::Head,
        "POST" => world::Method::Post,
        "PUT" => world::Method::Put,
        "DELETE" => world::Method::Delete,
        "CONNECT" => world::Method::Connect,
        "OPTIONS" => world::Method::Options,
        "TRACE" => world::Method::Trace,
        "PATCH" => world::Method::Patch,
        other => world::Method::Other(other),
    }
}

fn world_scheme(scheme: &str) -> world::Scheme<'_> {
    match scheme {
        "http" => world::Scheme::Http,
        "https" => world::Scheme::Https,
        other => world::Scheme::Other(other),
    }
}

fn problem(world::Problem { reason, message }: world::Problem) -> EngineError {
    EngineError::Problem { reason, message }
}
