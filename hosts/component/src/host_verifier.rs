//! Verification by the host, through the component's only import.

use vicar_token::{Algorithm, PublicKey, SignatureVerifier, verifier::KeyUnusable};

use crate::bindings::vicar::gate::signatures;

/// The host; it has no state on this side.
#[derive(Debug)]
pub(crate) struct HostVerifier;

impl SignatureVerifier for HostVerifier {
    type Key = signatures::Key;

    fn prepare(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
    ) -> Result<signatures::Key, KeyUnusable> {
        signatures::prepare(algorithm.into(), &key.into()).map_err(|unusable| match unusable {
            signatures::KeyUnusable::AlgorithmUnsupported => {
                KeyUnusable::AlgorithmUnsupported(algorithm)
            }
            signatures::KeyUnusable::Invalid(reason) => KeyUnusable::Refused { algorithm, reason },
        })
    }

    fn verify(&self, key: &signatures::Key, message: &[u8], signature: &[u8]) -> bool {
        key.verify(message, signature)
    }
}

impl From<Algorithm> for signatures::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::EdDsa => Self::EdDsa,
            Algorithm::Es256 => Self::Es256,
            Algorithm::Es384 => Self::Es384,
            Algorithm::Ps256 => Self::Ps256,
            Algorithm::Ps384 => Self::Ps384,
            Algorithm::Ps512 => Self::Ps512,
            Algorithm::Rs256 => Self::Rs256,
            Algorithm::Rs384 => Self::Rs384,
            Algorithm::Rs512 => Self::Rs512,
        }
    }
}

impl From<&PublicKey> for signatures::PublicKey {
    fn from(key: &PublicKey) -> Self {
        match key {
            PublicKey::Ed25519 { x } => Self::Ed25519(x.to_vec()),
            PublicKey::P256 { x, y } => {
                Self::P256(signatures::Point { x: x.to_vec(), y: y.to_vec() })
            }
            PublicKey::P384 { x, y } => {
                Self::P384(signatures::Point { x: x.to_vec(), y: y.to_vec() })
            }
            PublicKey::Rsa { n, e } => {
                Self::Rsa(signatures::RsaKey { modulus: n.clone(), exponent: e.clone() })
            }
        }
    }
}
