//! JSON Web Keys (RFC 7517), with Entra's `issuer` member.

use crate::Algorithm;

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
    /// RSA (`kty` `RSA`).
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Public exponent.
        e: Vec<u8>,
    },
}

/// One signature key of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// `kid`.
    pub key_id: Option<String>,
    /// The key itself.
    pub key: PublicKey,
    /// `alg`, when the set names one.
    pub algorithm: Option<Algorithm>,
    /// Entra's `issuer` member: the issuer (or issuer template) the key is good for.
    pub issuer: Option<String>,
}

/// A parsed key set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    /// Keys that can verify signatures, in document order.
    pub keys: Vec<Jwk>,
    /// Keys left out, and why.
    pub skipped: Vec<SkippedKey>,
}

/// A key of a set that cannot verify signatures here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Position in the document's `keys`.
    pub index: usize,
    /// `kid`, if it has one.
    pub key_id: Option<String>,
    /// Why it was left out, in plain words.
    pub why: &'static str,
}
