//! Steps as a host sees them, from either engine. Nothing in them shows a secret.

use serde::Serialize;
use vicar_exchange::{Secret, spec::Held, step::Method};
use vicar_token::UnixSeconds;

pub use vicar_exchange::step::DevicePrompt;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// The end: a token that was checked.
    Done(Box<ExchangedToken>),
    /// The end: no token.
    Failed(Box<Problem>),
    /// Show this to the person, wait until `poll_at`, then `Event::Woken`.
    Prompt(DevicePrompt),
    /// Read this file, each time anew, then `Event::Assertion`.
    ReadAssertion {
        /// Its path, as the credential names it.
        file: String,
    },
    /// Send this, then `Event::Response`.
    Send(TokenRequest),
    /// Sign with `PS256`, then `Event::Signature`.
    Sign {
        /// The host's name of the private key.
        key: String,
        /// The octets to sign.
        input: String,
    },
    /// Sleep until then, then `Event::Woken`.
    Wait {
        /// Seconds since 1970.
        until: UnixSeconds,
    },
}

/// A request to send; redirects are never followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The method.
    pub method: Method,
    /// The absolute address; holds no secret.
    pub url: String,
    /// Names (lower case) and values; none holds a secret.
    pub headers: Vec<(String, String)>,
    /// The body, octet for octet; empty for none.
    pub body: Secret,
    /// The body's fields as they may be shown, secrets masked.
    pub shown: Vec<(String, String)>,
    /// Longest answer to read, in bytes.
    pub max_bytes: usize,
    /// When the whole answer must be there, in seconds since 1970.
    pub deadline: UnixSeconds,
}

/// A token that was checked: what [`vicar_exchange::Exchanged`] carries, as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangedToken {
    /// The token.
    pub access_token: Secret,
    /// When it ends, in seconds since 1970.
    pub expires_at: UnixSeconds,
    /// The refresh token, where one was asked for and granted.
    pub refresh_token: Option<Secret>,
    /// `scope` of the answer, as written.
    pub scope: Option<String>,
    /// What could be read of it.
    pub reading: Reading,
    /// The T1 that was used, for a cache.
    pub t1: Option<Held>,
    /// The X2 that was used, for a cache.
    pub x2: Option<Held>,
}

/// What could be read of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Whose it is, and all that was asked for fits.
    Checked(CheckedIdentity),
    /// A T1: only good for obtaining other tokens.
    ExchangeToken,
    /// Nothing; the request allowed that.
    Opaque,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedIdentity {
    /// In words.
    pub summary: String,
    /// [`vicar_identity::Identity`] as JSON.
    pub json: String,
}

/// Why there is no token; holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "exchange_problem")]
pub struct Problem {
    /// The stable reason code, see `docs/reasons.md`.
    pub reason: String,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// What was seen and what was wanted.
    pub message: String,
    /// What would change it.
    pub remedy: String,
    /// What to pass on to the user's client, if that would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// When trying again makes sense, if the token endpoint said so, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<UnixSeconds>,
    /// What the token endpoint said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Box<Refusal>>,
}

/// An OAuth error answer, with what Entra adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "exchange_refusal")]
pub struct Refusal {
    /// Which hop was refused, for example `T1`.
    pub hop: String,
    /// HTTP status.
    pub status: u16,
    /// `error`.
    pub error: String,
    /// `suberror`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suberror: Option<String>,
    /// The first of `error_codes`: for people, never to branch on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// What kind of refusal it is, for example `get_consent`.
    pub class: String,
    /// `correlation_id`: what Microsoft's support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// `trace_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// What the user's client has to ask for at the next sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "exchange_challenge")]
pub struct Challenge {
    /// The `claims` parameter, as JSON.
    pub claims: String,
    /// The authorisation endpoint of the tenant.
    pub authorization_uri: String,
    /// The `WWW-Authenticate` header that carries both.
    pub www_authenticate: String,
}
