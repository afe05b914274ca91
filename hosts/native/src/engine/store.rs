//! What one guest instance owns on the host's side.

use wasmtime::{ResourceLimiter, Store, Trap};

use super::signatures::Keys;
use super::{EngineError, Limits};

/// The store's data: the guest's keys and its memory limit.
pub(crate) struct Host {
    pub(super) keys: Keys,
    limits: Limits,
    memory_refused: bool,
}

impl Host {
    /// A store for one instance, which lives until a call into it fails.
    pub(crate) fn store(engine: &wasmtime::Engine, limits: Limits) -> Store<Self> {
        let mut store =
            Store::new(engine, Self { keys: Keys::default(), limits, memory_refused: false });
        store.limiter(|host| host);
        store
    }

    /// The typed error for a failed call.
    pub(crate) fn failure(&self, error: &wasmtime::Error) -> EngineError {
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => EngineError::Deadline { limit: self.limits.deadline },
            _ if self.memory_refused => EngineError::Memory { limit: self.limits.memory },
            Some(trap) => EngineError::Trapped(trap.to_string()),
            None => EngineError::Trapped(format!("{error:#}")),
        }
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The guest's allocator turns a refusal into a trap, which says nothing of memory.
        self.memory_refused = desired > self.limits.memory;
        Ok(!self.memory_refused)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= MOST_TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        // The core module and the adapters that a component is made of.
        8
    }

    fn tables(&self) -> usize {
        8
    }

    fn memories(&self) -> usize {
        1
    }
}

/// The guest's function table holds a few thousand and never grows.
const MOST_TABLE_ELEMENTS: usize = 65_536;
