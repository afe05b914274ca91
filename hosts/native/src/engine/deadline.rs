//! The clock that deadlines are kept by.

use std::thread;

use wasmtime::Engine;

use super::{EngineError, Limits};

/// Starts the thread that bumps the engine's epoch every [`Limits::TICK`]. It ends with the
/// engine.
pub(crate) fn start_clock(engine: &Engine) -> Result<(), EngineError> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("vicar-deadlines".to_owned())
        .stack_size(64 << 10)
        .spawn(move || {
            loop {
                thread::sleep(Limits::TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })
        .map(drop)
        .map_err(|error| EngineError::Component(format!("no thread for deadlines: {error}")))
}
