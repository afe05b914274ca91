//! The filter's real module in wasmtime.

mod imports;

use std::sync::OnceLock;

use vicar_envoy_filter::Action;
use wasmtime::{Config, Engine, Instance, Linker, Store, WasmParams, WasmResults};

use crate::{Handle, Machine, machine::Trap};

/// The filter's real module in a world.
pub struct Module {
    store: Store<Handle>,
    instance: Instance,
    world: Handle,
}

impl Module {
    /// A machine of the module in `dist/`, in `world`.
    ///
    /// # Errors
    /// In words, when the module is not there or does not fit the host.
    pub fn new(world: Handle) -> Result<Self, String> {
        let (engine, module) = compiled()?;
        let text = |error: wasmtime::Error| format!("{error:#}");
        let mut linker = Linker::new(engine);
        imports::define(&mut linker).map_err(text)?;
        let mut store = Store::new(engine, world.clone());
        let instance = linker.instantiate(&mut store, module).map_err(text)?;
        let mut machine = Self { store, instance, world };
        machine.call::<(), ()>("_initialize", ()).map_err(|trap| trap.to_string())?;
        Ok(machine)
    }

    fn enter<P: WasmParams, R: WasmResults>(
        &mut self,
        callback: &'static str,
        context: u32,
        parameters: P,
    ) -> Result<R, Trap> {
        self.world.borrow_mut().context = context;
        self.call(callback, parameters)
    }

    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        callback: &'static str,
        parameters: P,
    ) -> Result<R, Trap> {
        let trap = |error: wasmtime::Error| Trap { callback, why: format!("{error:#}") };
        let export =
            self.instance.get_typed_func::<P, R>(&mut self.store, callback).map_err(trap)?;
        export.call(&mut self.store, parameters).map_err(trap)
    }
}

impl Machine for Module {
    fn world(&self) -> &Handle {
        &self.world
    }

    fn create(&mut self, context: u32, parent: u32) -> Result<(), Trap> {
        self.enter::<_, ()>("proxy_on_context_create", context, (context, parent))?;
        if parent == 0 {
            self.enter::<_, u32>("proxy_on_vm_start", context, (context, 0_u32))?;
        }
        Ok(())
    }

    fn configure(&mut self, context: u32) -> Result<bool, Trap> {
        let size = length(self.world.borrow().configuration.len());
        self.enter::<_, u32>("proxy_on_configure", context, (context, size)).map(|ok| ok != 0)
    }

    fn tick(&mut self, context: u32) -> Result<(), Trap> {
        self.enter("proxy_on_tick", context, context)
    }

    fn request_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap> {
        let parameters = (context, 0_u32, u32::from(end));
        self.enter("proxy_on_request_headers", context, parameters).map(action)
    }

    fn request_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap> {
        let parameters = (context, length(size), u32::from(end));
        self.enter("proxy_on_request_body", context, parameters).map(action)
    }

    fn request_trailers(&mut self, context: u32) -> Result<Action, Trap> {
        self.enter("proxy_on_request_trailers", context, (context, 0_u32)).map(action)
    }

    fn response_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap> {
        let parameters = (context, 0_u32, u32::from(end));
        self.enter("proxy_on_response_headers", context, parameters).map(action)
    }

    fn response_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap> {
        let parameters = (context, length(size), u32::from(end));
        let action = self.enter("proxy_on_response_body", context, parameters).map(action)?;
        self.world.borrow_mut().exchange(context).holds_response = action == Action::Pause;
        Ok(action)
    }

    fn response_trailers(&mut self, context: u32) -> Result<Action, Trap> {
        self.world.borrow_mut().response_trailers = true;
        let answer = self.enter("proxy_on_response_trailers", context, (context, 0_u32));
        self.world.borrow_mut().response_trailers = false;
        answer.map(action)
    }

    fn answer(&mut self, context: u32, call: u32, fields: usize, size: usize) -> Result<(), Trap> {
        let parameters = (context, call, length(fields), length(size), 0_u32);
        self.enter("proxy_on_http_call_response", context, parameters)
    }

    fn end(&mut self, context: u32) -> Result<(), Trap> {
        self.enter::<_, u32>("proxy_on_done", context, context)?;
        self.enter("proxy_on_delete", context, context)
    }
}

/// Compiled once for all machines of a process.
fn compiled() -> Result<&'static (Engine, wasmtime::Module), String> {
    static COMPILED: OnceLock<Result<(Engine, wasmtime::Module), String>> = OnceLock::new();
    COMPILED
        .get_or_init(|| {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/vicar-envoy.wasm");
            let engine = Engine::new(&Config::new()).map_err(|error| format!("{error:#}"))?;
            let module = wasmtime::Module::from_file(&engine, path)
                .map_err(|error| format!("{path} (`make filter` makes it): {error:#}"))?;
            Ok((engine, module))
        })
        .as_ref()
        .map_err(Clone::clone)
}

fn action(number: u32) -> Action {
    if number == Action::Continue as u32 { Action::Continue } else { Action::Pause }
}

fn length(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
