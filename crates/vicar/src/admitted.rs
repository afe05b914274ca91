//! A token that was verified and identified, with all that policies need of it.

use serde::Serialize;
use vicar_identity::Identity;
use vicar_token::{UnixSeconds, Verified};

use crate::vocabulary::subject::Subject;

/// A verified token with its identity, made ready for decisions. Only [`crate::Gate`] makes one.
#[derive(Debug)]
pub struct Admitted {
    pub(crate) token: String,
    pub(crate) verified: Verified,
    pub(crate) identity: Identity,
    pub(crate) subject: Subject,
    pub(crate) valid_from: UnixSeconds,
    pub(crate) valid_until: UnixSeconds,
}

impl Admitted {
    /// Who asked and who acts.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The verified claims.
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// Whether the token is within its times at `now`, clock skew included.
    pub const fn valid_at(&self, now: UnixSeconds) -> bool {
        self.valid_from <= now && now <= self.valid_until
    }

    /// Canonical JSON: the identity, how it was verified, and until when it holds.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            verified: bool,
            issuer: &'a str,
            key_id: Option<&'a str>,
            algorithm: &'a str,
            expires_at: UnixSeconds,
            summary: String,
            identity: &'a Identity,
        }
        crate::canonical::to_json(&Document {
            verified: true,
            issuer: self.verified.issuer_name(),
            key_id: self.verified.key_id(),
            algorithm: &self.verified.header().algorithm,
            expires_at: self.verified.expires_at(),
            summary: self.identity.to_string(),
            identity: &self.identity,
        })
    }
}
