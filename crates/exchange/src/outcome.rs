//! The token that came back, read again before anyone gets it.

mod entra;
mod generic;

use std::fmt;

use vicar_identity::Identity;
use vicar_token::{TokenError, UnixSeconds, Unverified, error::Malformed};

pub(crate) use entra::{Expected, Who};

use crate::{
    OutcomeError, Secret,
    answer::TokenAnswer,
    spec::{GenericOutcome, Held, Opaque},
};

/// A token that was checked: it shows the actor, subject, audience, tenant and scopes that were
/// asked for. Only an exchange makes one.
///
/// The signature was not verified: the token came from the authority itself, over TLS, and the
/// resource verifies it.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchanged {
    access_token: Secret,
    expires_at: UnixSeconds,
    refresh_token: Option<Secret>,
    scope: Option<String>,
    reading: Reading,
    t1: Option<Held>,
    x2: Option<Held>,
}

/// What could be read of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Whose it is, and all that was asked for fits.
    Checked(Box<Identity>),
    /// A T1: only good for obtaining other tokens.
    ExchangeToken,
    /// Nothing; the request allowed that.
    Opaque,
}

impl Exchanged {
    pub(crate) fn new(answer: TokenAnswer, reading: Reading, expires_at: UnixSeconds) -> Self {
        let TokenAnswer { access_token, refresh_token, scope, .. } = answer;
        let (t1, x2) = (None, None);
        Self { access_token, expires_at, refresh_token, scope, reading, t1, x2 }
    }

    /// A T1 that was had or handed in, as the result of its own flow.
    pub(crate) fn exchange_token(held: Held) -> Self {
        Self {
            access_token: held.token.clone(),
            expires_at: held.expires_at,
            refresh_token: None,
            scope: None,
            reading: Reading::ExchangeToken,
            t1: Some(held),
            x2: None,
        }
    }

    pub(crate) fn with_exchange_tokens(self, t1: Option<Held>, x2: Option<Held>) -> Self {
        Self { t1, x2, ..self }
    }

    /// The token.
    pub const fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// When it ends, in seconds since 1970: the earlier of `exp` and `expires_in`.
    pub const fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }

    /// The refresh token, where `offline_access` was asked for and granted.
    pub const fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// `scope` of the answer, as written.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// What could be read of it.
    pub const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Who asked and who acts; `None` of an opaque token and of T1.
    pub fn identity(&self) -> Option<&Identity> {
        match &self.reading {
            Reading::Checked(identity) => Some(identity),
            Reading::ExchangeToken | Reading::Opaque => None,
        }
    }

    /// The identity as JSON, members in the order of the type: the same bytes on every host.
    pub fn identity_json(&self) -> Option<String> {
        self.identity().and_then(|identity| serde_json::to_string(identity).ok())
    }

    /// The T1 that was used, for the cache and for [`Agent::t1`](crate::spec::Agent::t1).
    pub const fn t1(&self) -> Option<&Held> {
        self.t1.as_ref()
    }

    /// The X2 that was used.
    pub const fn x2(&self) -> Option<&Held> {
        self.x2.as_ref()
    }
}

impl fmt::Debug for Exchanged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchanged")
            .field("access_token", &self.access_token)
            .field("expires_at", &self.expires_at)
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}

/// Checks a token of Entra's.
pub(crate) fn entra(
    answer: TokenAnswer,
    expected: &Expected<'_>,
    now: UnixSeconds,
) -> Result<Exchanged, OutcomeError> {
    let checked = match read(&answer.access_token, expected.target.opaque)? {
        Some(token) => Some(entra::check(&token, expected)?),
        None => entra::check_scope_field(answer.scope.as_deref(), expected)?,
    };
    finish(answer, checked, now)
}

/// Checks a token of another issuer's.
pub(crate) fn generic(
    answer: TokenAnswer,
    outcome: &GenericOutcome,
    asked: &crate::Scopes,
    actor_sent: bool,
    now: UnixSeconds,
) -> Result<Exchanged, OutcomeError> {
    let checked = match read(&answer.access_token, outcome.opaque)? {
        Some(token) => Some(generic::check(&token, outcome, asked, actor_sent)?),
        None => generic::check_scope_field(answer.scope.as_deref(), outcome, asked)?,
    };
    finish(answer, checked, now)
}

/// The token's parts; `None` when it is opaque and may be.
fn read(token: &Secret, opaque: Opaque) -> Result<Option<Unverified<'_>>, OutcomeError> {
    match Unverified::parse(token.expose()) {
        Ok(token) => Ok(Some(token)),
        // What has the shape of a JWT and cannot be read is not opaque, it is wrong.
        Err(TokenError::Malformed(Malformed::Encrypted | Malformed::Parts { .. })) => {
            match opaque {
                Opaque::Accept => Ok(None),
                Opaque::Refuse => Err(OutcomeError::Opaque),
            }
        }
        Err(problem) => Err(OutcomeError::Unreadable(problem)),
    }
}

fn finish(
    answer: TokenAnswer,
    checked: Option<Identity>,
    now: UnixSeconds,
) -> Result<Exchanged, OutcomeError> {
    let exp = checked
        .as_ref()
        .map_or(u64::MAX, |identity| u64::try_from(identity.token.expires_at).unwrap_or_default());
    let expires_at = answer.expires_at.min(exp);
    if expires_at <= now {
        return Err(OutcomeError::Expired { expires_at, now });
    }
    let reading = checked.map_or(Reading::Opaque, |identity| Reading::Checked(Box::new(identity)));
    Ok(Exchanged::new(answer, reading, expires_at))
}
