//! `--engine`: where the core runs.

use super::screen::Screen;
use crate::{
    engine::{Engine, EngineError, NativeEngine, WasmEngine},
    exchange::{Exchanger, NativeExchanger},
    failure::Failure,
};

/// `--engine`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct EngineArguments {
    /// Where the core runs: as a WebAssembly component in a sandbox, or as machine code of this
    /// program; both give the same bytes
    #[arg(long, value_name = "ENGINE", default_value = "wasm", help_heading = "Evaluation")]
    engine: EngineChoice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum EngineChoice {
    Native,
    #[default]
    Wasm,
}

impl EngineArguments {
    pub(super) fn open(self, screen: &Screen) -> Result<Box<dyn Engine>, Failure> {
        match self.engine {
            EngineChoice::Native => Ok(Box::new(NativeEngine)),
            EngineChoice::Wasm => Ok(Box::new((screen.components.gate)()?)),
        }
    }

    pub(super) fn open_exchanger(self, screen: &Screen) -> Result<Box<dyn Exchanger>, Failure> {
        match self.engine {
            EngineChoice::Native => Ok(Box::new(NativeExchanger)),
            EngineChoice::Wasm => Ok(Box::new((screen.components.exchange)()?)),
        }
    }

    /// For a server: an engine that many threads share.
    pub(super) fn shared(
        self,
        gate: fn() -> Result<WasmEngine, EngineError>,
    ) -> Result<crate::serve::SharedEngine, Failure> {
        match self.engine {
            EngineChoice::Native => Ok(std::sync::Arc::new(NativeEngine)),
            EngineChoice::Wasm => Ok(std::sync::Arc::new(gate()?)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self.engine {
            EngineChoice::Native => "native",
            EngineChoice::Wasm => "wasm",
        }
    }
}
