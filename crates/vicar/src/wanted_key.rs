//! Which keys a refused token would need, for hosts that fetch them.

use vicar_token::{Reason, SignatureVerifier, Unverified, issuer::select};

use crate::Gate;

/// Keys that a token's verification lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedKey {
    /// The bundle's name of the issuer.
    pub issuer: String,
    /// The `kid` that the issuer's set lacks; nothing when no set is loaded. Unverified: anyone
    /// can write one.
    pub key_id: Option<String>,
}

impl<V: SignatureVerifier> Gate<V> {
    /// The keys that a fetch could bring, when `token` was refused for `reason`; nothing when keys
    /// were not what was missing.
    pub fn wanted_key(&self, token: &str, reason: &'static Reason) -> Option<WantedKey> {
        let unknown = reason == &vicar_token::reason::KEY_UNKNOWN;
        if !unknown && reason != &vicar_token::reason::KEYS_UNAVAILABLE {
            return None;
        }
        let unverified = Unverified::parse(token).ok()?;
        let issuer = select(&self.issuers, unverified.claims()).ok()?.issuer.name.clone();
        let key_id = unverified.header().key_id.clone();
        match unknown {
            // A token that names no key is not helped by a newer set.
            true => key_id.map(|key_id| WantedKey { issuer, key_id: Some(key_id) }),
            false => Some(WantedKey { issuer, key_id: None }),
        }
    }
}
