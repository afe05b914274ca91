//! The two verifiers a gate may be loaded with.

use vicar_rustcrypto::RustCrypto;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier, verifier::KeyUnusable};

use crate::bindings::exports::vicar::gate::gate as world;
use crate::bindings::vicar::gate::signatures;

/// Verification by the host or by the guest itself, chosen when a bundle is loaded.
#[derive(Debug)]
pub(crate) enum Verifier {
    /// The host, through the component's import.
    Host,
    /// The RustCrypto crates, here.
    Guest(RustCrypto),
}

/// A key prepared by the verifier it belongs to.
pub(crate) enum Key {
    Host(signatures::Key),
    Guest(<RustCrypto as SignatureVerifier>::Key),
}

impl From<world::Verifier> for Verifier {
    fn from(choice: world::Verifier) -> Self {
        match choice {
            world::Verifier::Host => Self::Host,
            world::Verifier::Guest => Self::Guest(RustCrypto),
        }
    }
}

impl SignatureVerifier for Verifier {
    type Key = Key;

    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Key, KeyUnusable> {
        match self {
            Self::Host => signatures::prepare(algorithm.into(), &key.into())
                .map(Key::Host)
                .map_err(|unusable| match unusable {
                    signatures::KeyUnusable::AlgorithmUnsupported => {
                        KeyUnusable::AlgorithmUnsupported(algorithm)
                    }
                    signatures::KeyUnusable::Invalid(reason) => {
                        KeyUnusable::Refused { algorithm, reason }
                    }
                }),
            Self::Guest(verifier) => verifier.prepare(algorithm, key).map(Key::Guest),
        }
    }

    fn verify(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        match (self, key) {
            (Self::Host, Key::Host(key)) => key.verify(message, signature),
            (Self::Guest(verifier), Key::Guest(key)) => verifier.verify(key, message, signature),
            // INVARIANT: a gate keeps the verifier that prepared its keys.
            (Self::Host, Key::Guest(_)) | (Self::Guest(_), Key::Host(_)) => false,
        }
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
