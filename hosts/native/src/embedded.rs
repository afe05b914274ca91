//! The components that the `vicar` binary carries, compiled ahead of time.

use vicar_native::{
    cli::Components,
    engine::{EngineError, Limits, WasmEngine},
    exchange::WasmExchanger,
};

/// Both; neither is touched before a command asks for it.
pub(crate) const COMPONENTS: Components = Components { gate, exchange };

/// The gate's engine.
#[expect(unsafe_code, reason = "the code was compiled by vicar-pack in this very build")]
fn gate() -> Result<WasmEngine, EngineError> {
    // SAFETY: the bytes are vicar-pack's and part of this binary.
    unsafe { WasmEngine::from_precompiled(GATE, Limits::default()) }
}

/// Where exchanges run.
#[expect(unsafe_code, reason = "the code was compiled by vicar-pack in this very build")]
fn exchange() -> Result<WasmExchanger, EngineError> {
    // SAFETY: the bytes are vicar-pack's and part of this binary.
    unsafe { WasmExchanger::from_precompiled(EXCHANGE, WasmExchanger::LIMITS) }
}

// `make component` leaves them there.
static GATE: &[u8] = include_bytes!("../../../dist/vicar.component.cwasm");
static EXCHANGE: &[u8] = include_bytes!("../../../dist/vicar-exchange.component.cwasm");
