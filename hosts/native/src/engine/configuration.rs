//! The one wasmtime configuration, shared by ahead-of-time compilation and by the runtime: code
//! compiled under another one is refused when it is loaded.

use wasmtime::{Config, Engine};

use super::EngineError;

/// The runtime's engine.
///
/// # Errors
/// [`EngineError::Component`] when this processor or system is not one wasmtime supports.
pub fn runtime() -> Result<Engine, EngineError> {
    Engine::new(&shared()).map_err(|error| EngineError::Component(format!("{error:#}")))
}

/// An engine that compiles for every processor of a target (a triple such as
/// `x86_64-unknown-linux-gnu`), not for the one it runs on.
///
/// # Errors
/// [`EngineError::Component`] when `target` is not one wasmtime compiles for.
pub fn portable(target: &str) -> Result<Engine, EngineError> {
    let mut config = shared();
    config
        .target(target)
        .and_then(|config| Engine::new(config))
        .map_err(|error| EngineError::Component(format!("{error:#}")))
}

fn shared() -> Config {
    let mut config = Config::new();
    // Deadlines: an epoch check at each loop and function entry, and a clock that bumps the epoch.
    // Decoding a token took 95 us without any deadline, 118 us so, and 132 us with fuel.
    config.epoch_interruption(true);
    // A guest's code addresses are of no use without its names, which are stripped.
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config
}
