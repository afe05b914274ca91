//! What passes between the machine and its host.

use std::sync::Arc;

use vicar_token::UnixSeconds;

use crate::{Address, FetchError};

/// What [`KeyKeeper::poll`](crate::KeyKeeper::poll) has for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Something happened.
    Event(Event),
    /// Carry this out and answer with [`KeyKeeper::respond`](crate::KeyKeeper::respond).
    Request(Request),
}

/// The name of a request; never used twice by one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

/// An HTTP GET for the host to carry out: no redirects, no cookies, no credentials, `Accept:
/// application/json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name, for the answer.
    pub id: RequestId,
    /// The bundle's name of the issuer.
    pub issuer: String,
    /// What to fetch.
    pub address: Address,
    /// Give up reading beyond this many bytes.
    pub max_bytes: usize,
    /// Give up at this time; an answer after it is ignored.
    pub deadline: UnixSeconds,
}

/// A complete HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// `max-age` of `Cache-Control`, in seconds, where given.
    pub max_age: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why the host has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchFailure {
    /// The deadline passed.
    #[error("the server did not answer in time")]
    Deadline,
    /// The host's own rules forbid this address.
    #[error("the host's settings forbid this address: {0}")]
    Forbidden(&'static str),
    /// More bytes than the request permits.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The request's `max_bytes`.
        limit: usize,
    },
    /// No connection, no trusted certificate, or a broken answer.
    #[error("the server cannot be reached: {detail}")]
    Unreachable {
        /// What the host's HTTP client says.
        detail: String,
    },
}

/// Something a host acts on or logs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A fetch failed; the last good set stays in use while it is young enough.
    FetchFailed {
        /// The bundle's name of the issuer.
        issuer: String,
        /// What was asked.
        address: Address,
        /// What went wrong.
        why: FetchError,
        /// When the next attempt is due.
        next_try: UnixSeconds,
    },
    /// The last good set reached the hard age limit: stop using it now.
    KeysExpired {
        /// The bundle's name of the issuer.
        issuer: String,
    },
    /// A new key set: use it instead of the one before.
    KeysReplaced {
        /// The bundle's name of the issuer.
        issuer: String,
        /// The key set as the issuer sent it, Entra's `issuer` members included.
        document: Arc<[u8]>,
        /// How many of its keys can verify signatures.
        usable: usize,
        /// How many were left out (encryption keys, unsupported types).
        skipped: usize,
    },
    /// A fetch brought the same bytes: nothing to do, tokens cached under these keys stay good.
    KeysUnchanged {
        /// The bundle's name of the issuer.
        issuer: String,
    },
}
