//! A component from its bytes, whatever its world.

use wasmtime::{Engine, component::Component};

use super::{EngineError, configuration};

/// Compiles a component (a `.wasm` file). Takes seconds: hosts ship a precompiled one.
pub(crate) fn compile(component: &[u8]) -> Result<(Engine, Component), EngineError> {
    let engine = configuration::runtime()?;
    let component = Component::from_binary(&engine, component).map_err(unusable)?;
    Ok((engine, component))
}

/// Loads what `vicar-pack` compiled ahead of time.
///
/// # Safety
/// The bytes are machine code that will be run. They must come, unaltered, from
/// [`crate::pack::precompile`]; code for another wasmtime version or processor is refused, but
/// nothing else about them is checked.
#[expect(unsafe_code, reason = "native code cannot be checked; the caller vouches for it")]
pub(crate) unsafe fn precompiled(code: &[u8]) -> Result<(Engine, Component), EngineError> {
    let engine = configuration::runtime()?;
    // SAFETY: passed on to the caller.
    let component = unsafe { Component::deserialize(&engine, code) }.map_err(unusable)?;
    Ok((engine, component))
}

/// Why wasmtime does not take a component.
pub(crate) fn unusable(error: wasmtime::Error) -> EngineError {
    EngineError::Component(format!("{error:#}"))
}
