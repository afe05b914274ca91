//! JSON Web Keys (RFC 7517), with Entra's `issuer` member.

mod fault;
mod parse;

use std::borrow::Cow;

use serde::Serialize;

use crate::Algorithm;
use crate::json::JsonError;

/// The numbers of a public key, as big-endian bytes without leading zeros for RSA and as
/// fixed-size field elements for curves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519 (`kty` `OKP`).
    Ed25519 {
        /// The 32 bytes of the encoded point.
        x: [u8; 32],
    },
    /// P-256 (`kty` `EC`).
    P256 {
        /// Affine x.
        x: [u8; 32],
        /// Affine y.
        y: [u8; 32],
    },
    /// P-384 (`kty` `EC`).
    P384 {
        /// Affine x.
        x: [u8; 48],
        /// Affine y.
        y: [u8; 48],
    },
    /// RSA (`kty` `RSA`): 2,048 to 8,192 bits, the exponent odd, at least 3 and at most 32 bits.
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Public exponent.
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// The algorithms that a key of this type can verify.
    pub const fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::Ed25519 { .. } => &[Algorithm::EdDsa],
            Self::P256 { .. } => &[Algorithm::Es256],
            Self::P384 { .. } => &[Algorithm::Es384],
            Self::Rsa { .. } => &[
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
                Algorithm::Rs256,
                Algorithm::Rs384,
                Algorithm::Rs512,
            ],
        }
    }
}

/// One signature key of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// Position in the document's `keys`.
    pub index: usize,
    /// `kid`.
    pub key_id: Option<String>,
    /// The key itself.
    pub key: PublicKey,
    /// `alg`, when the set names one.
    pub algorithm: Option<Algorithm>,
    /// Entra's `issuer` member: the issuer (or issuer template) the key is good for.
    pub issuer: Option<String>,
}

impl Jwk {
    /// Whether the key may verify `algorithm`: its type can, and its `alg` does not say another.
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.key.algorithms().contains(&algorithm)
            && self.algorithm.is_none_or(|named| named == algorithm)
    }
}

/// A parsed key set.
///
/// A key that cannot be used is left out and named in [`skipped`](Self::skipped) instead of
/// spoiling the set (RFC 7517 section 5), so that an issuer can publish kinds of keys that are
/// unknown here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    /// Keys that can verify signatures, in document order.
    pub keys: Vec<Jwk>,
    /// Keys left out, and why.
    pub skipped: Vec<SkippedKey>,
}

impl Jwks {
    /// Most keys in a set.
    pub const MAX_KEYS: usize = 200;

    /// Reads a JWK set, as an issuer's `jwks_uri` serves it.
    ///
    /// # Errors
    /// [`JwksError`] when the document as a whole is not a key set or is too large.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksError> {
        parse::key_set(bytes)
    }
}

/// A key of a set that cannot verify signatures here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedKey {
    /// Position in the document's `keys`.
    pub index: usize,
    /// `kid`, if it has one.
    pub key_id: Option<String>,
    /// Why it was left out, in plain words.
    pub why: Cow<'static, str>,
}

/// Why a document is not a key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// Not JSON, not an object, or beyond the limits of [`Limits::KEY_SET`](crate::json::Limits).
    #[error("the key set cannot be read: {0}")]
    Json(#[from] JsonError),
    /// No `keys` member.
    #[error("the document is not a key set: it has no member `keys`")]
    KeysMissing,
    /// `keys` is not an array.
    #[error("the document is not a key set: `keys` is {found}, not an array")]
    KeysNotAnArray {
        /// What it is.
        found: &'static str,
    },
    /// Too many keys.
    #[error("the key set has {count} keys, where at most {} are accepted", Jwks::MAX_KEYS)]
    TooMany {
        /// How many there are.
        count: usize,
    },
}

#[cfg(test)]
mod tests;
