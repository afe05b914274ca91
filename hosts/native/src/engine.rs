//! The gate behind one interface, in wasmtime or natively, with the same bytes out of both.
//!
//! `WasmEngine` (feature `wasm`) runs the component of `hosts/component` with a memory limit and a deadline on
//! every call; [`NativeEngine`] calls the same core directly and is the reference in tests. Both
//! verify signatures with aws-lc, unless the component is the one that verifies by itself.

#[cfg(feature = "wasm")]
mod bindings;
#[cfg(feature = "wasm")]
mod component;
#[cfg(feature = "wasm")]
pub mod configuration;
#[cfg(feature = "wasm")]
mod deadline;
mod error;
#[cfg(feature = "wasm")]
mod limits;
mod native;
#[cfg(feature = "wasm")]
pub mod signatures;
#[cfg(feature = "wasm")]
mod store;
#[cfg(feature = "wasm")]
mod wasm;

use vicar::Call;

/// What every guest of this process needs, whatever its world.
#[cfg(feature = "wasm")]
pub(crate) mod guest {
    pub(crate) use super::{
        component::{compile, precompiled, unusable},
        deadline::start_clock,
        store::Host,
    };
}

pub use error::EngineError;
#[cfg(feature = "wasm")]
pub use limits::Limits;
pub use native::NativeEngine;
#[cfg(feature = "wasm")]
pub use wasm::WasmEngine;

/// Where the core runs.
pub trait Engine {
    /// Loads a bundle file into a gate without keys.
    ///
    /// # Errors
    /// [`EngineError::Problem`] when the bundle is not taken; otherwise the guest's limits.
    fn load(&self, bundle: &[u8]) -> Result<Box<dyn GateEngine>, EngineError>;

    /// Decodes a token without verifying it; JSON.
    ///
    /// # Errors
    /// The guest's limits.
    fn inspect(&self, input: &str, now: Option<u64>) -> Result<String, EngineError>;
}

/// A loaded gate. All JSON is canonical and the same on every engine.
pub trait GateEngine: Send {
    /// Replaces the keys of one issuer (by its name in the bundle); the key report as JSON.
    ///
    /// # Errors
    /// [`EngineError::Problem`] when the key set is not taken; otherwise the guest's limits.
    fn set_keys(&mut self, issuer: &str, jwks: &[u8]) -> Result<String, EngineError>;

    /// Verifies a token at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// The guest's limits. A refused token is [`Verification::Refused`], not an error.
    fn verify(&mut self, token: &str, now: u64) -> Result<Verification, EngineError>;

    /// The data path: decides and says no more than a gateway needs.
    ///
    /// # Errors
    /// The guest's limits. A deny is an answer, not an error.
    fn decide(&mut self, call: &Call<'_>, now: u64) -> Result<Answer, EngineError>;

    /// Decides and explains: the whole verdict as JSON.
    ///
    /// # Errors
    /// The guest's limits.
    fn explain(&mut self, call: &Call<'_>, now: u64) -> Result<String, EngineError>;
}

/// What became of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The identity as JSON.
    Admitted(String),
    /// The refusal as JSON.
    Refused(String),
}

/// A verdict without its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What policy says of the call.
    pub allow: bool,
    /// Whether the host lets the call through: a bundle in shadow mode only observes.
    pub passes: bool,
    /// The HTTP status that goes with it: 200, 401 or 403.
    pub status: u16,
    /// A stable reason code, see `docs/reasons.md`.
    pub reason: String,
}
