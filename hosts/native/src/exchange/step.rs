//! What passes between the logic of an exchange and its host: plain data, so that a guest can
//! stand where the native machine stands.

use std::fmt;

use serde::Serialize;
use vicar_exchange::{Secret, spec::Held};
use vicar_identity::Identity;
use vicar_token::{Reason, UnixSeconds};

/// What comes next.
#[derive(Debug)]
#[must_use]
pub enum Step {
    /// Carry this out and resume.
    Do(Errand),
    /// The end: a token that was checked.
    Done(Box<Granted>),
    /// The end: no token.
    Failed(Box<Refused>),
}

/// What an exchange asks of its host. Each is answered by one `vicar_exchange::Event`.
#[derive(Debug)]
pub enum Errand {
    /// Read this file, each time anew.
    ReadAssertion {
        /// Its path.
        file: String,
    },
    /// Send this.
    Send(Request),
    /// Sign with `PS256`.
    Sign {
        /// The host's name of the private key.
        key: String,
        /// The octets to sign (ASCII).
        input: String,
    },
    /// Sleep.
    Wait {
        /// Seconds since 1970.
        until: UnixSeconds,
    },
}

/// An HTTP request; a redirect is an answer like any other.
#[derive(Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The absolute address; holds no secret.
    pub url: String,
    /// Headers, names in lower case; none holds a secret.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Secret,
    /// Longest answer to read.
    pub max_bytes: usize,
    /// When the whole answer must be there, in seconds since 1970.
    pub deadline: UnixSeconds,
}

/// A token that the exchange has checked against what was asked for.
#[derive(Clone)]
pub struct Granted {
    /// The token.
    pub access_token: Secret,
    /// When it ends, in seconds since 1970.
    pub expires_at: UnixSeconds,
    /// Whose it is; nothing for an opaque token and for T1.
    pub whose: Option<Whose>,
    /// The T1 that was used.
    pub t1: Option<Held>,
    /// The X2 that was used.
    pub x2: Option<Held>,
    /// What every hop sent as `client-request-id`.
    pub correlation_id: String,
}

impl fmt::Debug for Granted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Granted")
            .field("expires_at", &self.expires_at)
            .field("whose", &self.whose)
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

/// Whom a token speaks of, for the audit line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Whose {
    /// In words.
    pub summary: String,
    /// How the actor acts, for example `on_behalf_of`.
    pub mode: String,
    /// On whose behalf.
    pub subject: Party,
    /// Who acts.
    pub actor: Party,
    /// App id of the blueprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The token's own id (`uti` or `jti`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// For example `agent` or `user`.
    pub kind: String,
    /// Its id in the realm.
    pub id: String,
    /// The tenant.
    pub realm: String,
}

impl From<&Identity> for Whose {
    fn from(identity: &Identity) -> Self {
        let party = |principal: &vicar_identity::Principal| Party {
            kind: principal.kind.name().to_owned(),
            id: principal.id.clone(),
            realm: principal.realm.clone(),
        };
        Self {
            summary: identity.to_string(),
            mode: identity.mode.name().to_owned(),
            subject: party(&identity.subject),
            actor: party(&identity.actor),
            blueprint: identity.blueprint.as_ref().map(|blueprint| blueprint.id.clone()),
            tenant: identity.tenant.as_ref().map(|tenant| tenant.id.clone()),
            token: identity.token.id.clone(),
        }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The stable code, with its HTTP status.
    pub reason: Reason,
    /// What was seen and what was wanted.
    pub message: String,
    /// What would change it.
    pub remedy: String,
    /// To be passed on to the user's client.
    pub challenge: Option<Challenge>,
    /// When asking again makes sense, in seconds since 1970.
    pub retry_at: Option<UnixSeconds>,
    /// What the token service said.
    pub token_service: Option<Box<TokenServiceAnswer>>,
}

/// A claims challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The `WWW-Authenticate` field.
    pub www_authenticate: String,
    /// The `claims` parameter, as JSON text.
    pub claims: String,
}

/// The token service's refusal, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenServiceAnswer {
    /// Which hop was refused.
    pub hop: String,
    /// `error`.
    pub error: String,
    /// `suberror`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suberror: Option<String>,
    /// The first of `error_codes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// What kind of refusal it is.
    pub class: String,
    /// `correlation_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// `trace_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}
