//! What the machine asks of the host, and what the host brings back: plain data.

mod form;
mod http;

use serde::Serialize;
use vicar_token::UnixSeconds;

pub use form::{Field, Form, Value};
pub use http::{HttpRequest, HttpResponse, Masked, Method, Redirects};

use crate::{Carriage, Exchanged, Problem, Secret};

/// What comes next.
#[derive(Clone, Debug)]
#[must_use]
pub enum Step {
    /// The end: a token that was checked.
    Done(Box<Exchanged>),
    /// The end: no token.
    Failed(Box<Problem>),
    /// Show this to the person, wait until [`poll_at`](DevicePrompt::poll_at), then
    /// [`Event::Woken`].
    Prompt(DevicePrompt),
    /// Read this file, each time anew, then [`Event::Assertion`].
    ReadAssertion {
        /// Its path, as the credential names it.
        file: String,
    },
    /// Send this, then [`Event::Response`].
    Send(HttpRequest),
    /// Sign with RSASSA-PSS, SHA-256 and MGF1 (`PS256`), then [`Event::Signature`].
    Sign {
        /// The host's name of the private key.
        key: String,
        /// The octets to sign (ASCII).
        input: String,
    },
    /// Sleep until then, then [`Event::Woken`].
    Wait {
        /// Seconds since 1970.
        until: UnixSeconds,
    },
}

/// What the host brings.
#[derive(Clone, Debug)]
pub enum Event {
    /// The content of the file; `None` when it cannot be read.
    Assertion(Option<Secret>),
    /// The answer, or why there is none.
    Response(Result<HttpResponse, Carriage>),
    /// The signature; `None` when there is no such key.
    Signature(Option<Vec<u8>>),
    /// The time has come.
    Woken,
}

impl Event {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Assertion(_) => "an assertion",
            Self::Response(_) => "an answer",
            Self::Signature(_) => "a signature",
            Self::Woken => "the end of a pause",
        }
    }
}

/// What a person needs to sign in on another device (RFC 8628 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevicePrompt {
    /// The code to type.
    pub user_code: String,
    /// The address to open.
    pub verification_uri: String,
    /// When the code ends, in seconds since 1970.
    pub expires_at: UnixSeconds,
    /// When to resume.
    pub poll_at: UnixSeconds,
}
