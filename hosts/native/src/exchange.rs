//! The exchange of tokens behind one interface, in wasmtime or natively, with the same bytes out
//! of both; and a host that carries out its steps.
//!
//! `WasmExchanger` (feature `wasm`) runs the component of `hosts/exchange`, a new instance for each
//! exchange, with a memory limit and a deadline on every call; [`NativeExchanger`] drives the same
//! machines directly. What is sent, and whether the token that came back is the one asked for, is
//! theirs to say. A [`Runner`] lends them a network, files, keys and a clock; a [`Broker`] keeps
//! the tokens, one flight a key. Policy decides before an exchange, not here.

mod assertion_file;
#[cfg(feature = "wasm")]
mod bindings;
mod broker;
pub mod dry_run;
mod hop;
mod native;
mod runner;
mod signing;
mod step;
#[cfg(feature = "wasm")]
mod wasm;
mod whose;

use vicar_exchange::{Event, Secret};
use vicar_token::UnixSeconds;

pub use broker::{Broker, KeyedSpec, Obtained, Source};
pub(crate) use hop::SPANS;
pub use native::NativeExchanger;
pub use runner::{Granted, Nobody, Prompt, RunError, Runner};
pub use signing::{SigningKey, SigningKeyError, SigningKeys, certificate_thumbprint};
pub use step::{
    Challenge, CheckedIdentity, DevicePrompt, ExchangedToken, Problem, Reading, Refusal, Step,
    TokenRequest,
};
#[cfg(feature = "wasm")]
pub use wasm::WasmExchanger;
pub use whose::{Party, Whose};

use crate::engine::EngineError;

/// Where exchanges run.
pub trait Exchanger: Send + Sync {
    /// Begins what `spec` (JSON, see [`vicar_exchange::Spec`]) asks for, with 32 new random octets,
    /// at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// The guest's limits. A spec that is refused is [`Step::Failed`], not an error.
    fn start(
        &self,
        spec: &Secret,
        randomness: [u8; 32],
        now: UnixSeconds,
    ) -> Result<Started, EngineError>;
}

/// What a start gives: the machine, unless the spec could not be read, and the first step.
pub struct Started {
    /// The exchange; none where there is nothing to resume.
    pub machine: Option<Box<dyn ExchangeMachine>>,
    /// What comes first.
    pub step: Step,
}

/// One exchange under way.
pub trait ExchangeMachine: Send {
    /// Goes on with what the last step asked for.
    ///
    /// # Errors
    /// The guest's limits; the exchange is over then.
    fn resume(&mut self, event: Event, now: UnixSeconds) -> Result<Step, EngineError>;

    /// What every hop sends as `client-request-id`: for the audit line.
    fn correlation_id(&self) -> &str;
}
