//! The component that the `vicar` binary carries, compiled ahead of time.

use vicar_native::engine::{EngineError, Limits, WasmEngine};

/// The engine over the embedded component.
#[expect(unsafe_code, reason = "the code was compiled by vicar-pack in this very build")]
pub(crate) fn engine() -> Result<WasmEngine, EngineError> {
    // SAFETY: the bytes are vicar-pack's and part of this binary.
    unsafe { WasmEngine::from_precompiled(COMPONENT, Limits::default()) }
}

static COMPONENT: &[u8] = include_bytes!("../../../dist/vicar.component.cwasm"); // `make component`
