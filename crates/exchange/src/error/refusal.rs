//! The token endpoint's "no".

use std::fmt;

use vicar_token::{Reason, quote::Quoted};

use crate::{
    Claims,
    entra_error::{Advice, Class},
    reason,
};

/// An OAuth error answer (RFC 6749 section 5.2), with what Entra adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which hop was refused, for example `T1`.
    pub hop: &'static str,
    /// HTTP status.
    pub status: u16,
    /// `error`.
    pub error: String,
    /// `suberror`.
    pub suberror: Option<String>,
    /// The first of `error_codes`: for people, never to branch on.
    pub code: Option<u32>,
    /// `correlation_id`, a GUID: what Microsoft's support asks for.
    pub correlation_id: Option<String>,
    /// `trace_id`, a GUID.
    pub trace_id: Option<String>,
    /// What kind of refusal it is, by `error` and `suberror` alone.
    pub class: Class,
    /// What is known of the code.
    pub advice: Option<Advice>,
    /// `claims`, when the user can satisfy them.
    pub challenge: Option<Challenge>,
}

/// What the user's client has to ask for at the next sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The `claims` parameter to send.
    pub claims: Claims,
    /// Where: the authorisation endpoint of the tenant.
    pub authorization_uri: String,
}

impl Challenge {
    /// The `WWW-Authenticate` header that carries it (Microsoft's `insufficient_claims`).
    pub fn www_authenticate(&self) -> String {
        format!(
            "Bearer realm=\"\", authorization_uri=\"{}\", error=\"insufficient_claims\", \
             claims=\"{}\"",
            self.authorization_uri,
            self.claims.to_base64()
        )
    }
}

impl Refusal {
    /// The stable code.
    pub const fn reason(&self) -> Reason {
        match self.class {
            Class::ChallengeUser => reason::INTERACTION_REQUIRED,
            Class::FixConfiguration => reason::EXCHANGE_MISCONFIGURED,
            Class::GetConsent => reason::CONSENT_MISSING,
            Class::Poll => reason::DEVICE_CODE_ENDED,
            Class::Renew => reason::ASSERTION_REFUSED,
            Class::Retry => reason::STS_UNAVAILABLE,
            Class::Stop => reason::EXCHANGE_BLOCKED,
            Class::Unattended => reason::INTERACTION_IMPOSSIBLE,
        }
    }

    /// What would change it: the code's remedy, else the class's.
    pub const fn remedy(&self) -> &'static str {
        match self.advice {
            Some(advice) => advice.remedy,
            None => self.class.remedy(),
        }
    }

    /// The challenge to pass on.
    pub const fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the token endpoint refused {} with {}", self.hop, Quoted(&self.error))?;
        if let Some(suberror) = &self.suberror {
            write!(formatter, " ({})", Quoted(suberror))?;
        }
        match (self.code, &self.advice) {
            (Some(code), Some(advice)) => {
                write!(formatter, ", AADSTS{code}: {}", advice.sentence)
            }
            (Some(code), None) => write!(formatter, ", AADSTS{code}"),
            (None, _) => Ok(()),
        }
    }
}
