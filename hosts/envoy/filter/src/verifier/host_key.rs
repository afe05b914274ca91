//! Keys and signatures in the forms that the proxy's function reads.

use der::{
    Encode,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef},
};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use vicar_token::{Algorithm, PublicKey};

/// A key as DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1), with the hash its algorithm fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostKey {
    hash: &'static str,
    /// Length of `r` and of `s`, for ECDSA.
    scalar: Option<usize>,
    subject_public_key_info: Vec<u8>,
}

impl HostKey {
    /// The key for one algorithm, where the proxy offers it.
    pub(crate) fn new(algorithm: Algorithm, key: &PublicKey) -> Option<Self> {
        let hash = Self::hash(algorithm)?;
        let (scalar, info) = match key {
            PublicKey::Rsa { n, e } => (None, rsa(n, e)),
            PublicKey::P256 { x, y } => (Some(x.len()), curve(PRIME256V1, x, y)),
            PublicKey::P384 { x, y } => (Some(x.len()), curve(SECP384R1, x, y)),
            PublicKey::Ed25519 { .. } => return None,
        };
        info.ok().map(|subject_public_key_info| Self { hash, scalar, subject_public_key_info })
    }

    /// The hash that goes with an algorithm, where the proxy offers the algorithm: PKCS #1 v1.5
    /// and ECDSA. From this table only, never from a token: the proxy would take SHA-1 as well.
    pub(crate) const fn hash(algorithm: Algorithm) -> Option<&'static str> {
        match algorithm {
            Algorithm::Rs256 | Algorithm::Es256 => Some("sha256"),
            Algorithm::Rs384 | Algorithm::Es384 => Some("sha384"),
            Algorithm::Rs512 => Some("sha512"),
            Algorithm::Ps256 | Algorithm::Ps384 | Algorithm::Ps512 | Algorithm::EdDsa => None,
        }
    }

    pub(crate) const fn hash_function(&self) -> &'static str {
        self.hash
    }

    pub(crate) fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    /// A JWS signature in the proxy's form: ECDSA's `r || s` (RFC 7518 section 3.4) as DER.
    /// `None` when it cannot be this key's.
    pub(crate) fn encode(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let Some(scalar) = self.scalar else { return Some(signature.to_vec()) };
        let (r, s) = signature.split_at_checked(scalar)?;
        if s.len() != scalar {
            return None;
        }
        integers(r, s).ok()
    }
}

/// RFC 8017 appendix A.1.1.
fn rsa(n: &[u8], e: &[u8]) -> der::Result<Vec<u8>> {
    let key = integers(n, e)?;
    info(RSA_ENCRYPTION, AnyRef::NULL, &key)
}

/// RFC 5480 section 2.
fn curve(name: ObjectIdentifier, x: &[u8], y: &[u8]) -> der::Result<Vec<u8>> {
    let point = [&[4], x, y].concat();
    info(EC_PUBLIC_KEY, AnyRef::from(&name), &point)
}

fn info(oid: ObjectIdentifier, parameters: AnyRef<'_>, key: &[u8]) -> der::Result<Vec<u8>> {
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters: Some(parameters) },
        subject_public_key: BitStringRef::from_bytes(key)?,
    }
    .to_der()
}

/// `SEQUENCE { INTEGER, INTEGER }`: an RSA public key, and an ECDSA signature (RFC 3279 section
/// 2.2.3).
fn integers(one: &[u8], other: &[u8]) -> der::Result<Vec<u8>> {
    [UintRef::new(one)?, UintRef::new(other)?].to_der()
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
