//! Why the surroundings could not do their part.

use std::io;

/// Why a part of the harness could not do its work. What Envoy answers is never a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A file or socket.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// Envoy is not installed.
    #[error("no Envoy at `{0}`; `tools/envoy.sh` installs it")]
    Missing(String),
    /// Envoy ended by itself.
    #[error("Envoy ended while it started; its log:\n{0}")]
    Ended(String),
    /// Envoy did not get ready.
    #[error("Envoy was not ready after {seconds} s; its log:\n{log}")]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// What it logged.
        log: String,
    },
    /// A request got no answer that is HTTP.
    #[error("{what}: {why}")]
    Http {
        /// What was asked.
        what: String,
        /// What went wrong.
        why: String,
    },
    /// An answer that is not what it should be.
    #[error("{what} is not as expected: {why}")]
    Answer {
        /// What was read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A test token or key could not be made.
    #[error(transparent)]
    Mint(#[from] vicar_native::mint::MintError),
}

impl Failure {
    /// What the system said when `what` was tried.
    pub fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }

    /// No HTTP answer to `what`.
    pub fn http<E: ToString>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self::Http { what, why: error.to_string() }
    }
}
