//! Texts that must not be seen: tokens, client secrets, refresh tokens, device codes.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serializer};
use vicar_token::{UnixSeconds, base64url};
use zeroize::Zeroizing;

use crate::digest::Digest;

/// A text that is wiped when its last clone is dropped and never shown: `Debug` is redacted, there
/// is no `Display` and no serialisation of its own. [`expose`](Self::expose) is the one way to it.
/// Clones share the text, and what was found out about it.
#[derive(Clone, Default)]
pub struct Secret(Arc<Shared>);

#[derive(Default)]
struct Shared {
    text: Zeroizing<String>,
    digest: OnceLock<Digest>,
    expires_at: OnceLock<Option<UnixSeconds>>,
}

impl Secret {
    /// Takes over `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Shared { text: Zeroizing::new(text.into()), ..Shared::default() }))
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }

    /// SHA-256 of the text: tells secrets apart in a cache key or an audit line.
    pub fn digest(&self) -> Digest {
        *self.0.digest.get_or_init(|| Digest::of(self.0.text.as_bytes()))
    }

    /// What `read` says of the text, asked once: the end of a token, for cache keys.
    pub(crate) fn expires_at(
        &self,
        read: impl FnOnce(&str) -> Option<UnixSeconds>,
    ) -> Option<UnixSeconds> {
        *self.0.expires_at.get_or_init(|| read(&self.0.text))
    }

    /// Writes the text itself, for a field that says so: [`Spec::to_json`](crate::Spec::to_json)
    /// hands a whole spec to a guest.
    pub(crate) fn whole<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }

    /// As [`whole`](Self::whole), or nothing.
    pub(crate) fn whole_if_any<S: Serializer>(
        secret: &Option<Self>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => serializer.serialize_some(secret.expose()),
            None => serializer.serialize_none(),
        }
    }

    /// What stands for it in a dry run: never any of its characters.
    pub const MASK: &'static str = "***";
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Compared by digest, so that the time taken says nothing of the text.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Joins a signing input and its signature to a compact JWS.
pub(crate) fn compact(signing_input: &str, signature: &[u8]) -> Secret {
    let signature = base64url::encode(signature);
    let mut token = String::with_capacity(signing_input.len() + 1 + signature.len());
    token.push_str(signing_input);
    token.push('.');
    token.push_str(&signature);
    Secret::new(token)
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let secret = Secret::new("hunter2-hunter2");
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(***) Secret(***)");
        assert_eq!(secret, Secret::from("hunter2-hunter2"));
        assert_ne!(secret, Secret::from("hunter2-hunter3"));
    }
}
