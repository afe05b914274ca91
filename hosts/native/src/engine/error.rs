//! What can go wrong between the host and a guest.

use std::time::Duration;

/// Why an engine gave no answer. None of them is a verdict: a host denies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The component does not fit this runtime (another wasmtime version, settings or processor,
    /// or not the `vicar:gate` world).
    #[error("the component cannot be used: {0}")]
    Component(String),
    /// The call took longer than its limit; the instance was discarded.
    #[error("the guest was stopped after {} ms", .limit.as_millis())]
    Deadline {
        /// The limit it ran into.
        limit: Duration,
    },
    /// The guest wanted more memory than its limit; the instance was discarded.
    #[error("the guest was stopped at {} MiB of memory", .limit >> 20)]
    Memory {
        /// The limit it ran into, in bytes.
        limit: usize,
    },
    /// The gate refused its input; the input is at fault.
    #[error("{message}")]
    Problem {
        /// A stable reason code, see `docs/reasons.md`.
        reason: String,
        /// One sentence: what was seen, what was wanted.
        message: String,
    },
    /// The guest broke down; the instance was discarded. The core is at fault, never the input.
    #[error("the guest broke down: {0}")]
    Trapped(String),
}
