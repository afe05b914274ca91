//! The seam through which a host lends its cryptography.

use crate::{Algorithm, PublicKey};

/// Signature verification by a host (aws-lc, BoringSSL) or by the RustCrypto crates in wasm.
///
/// Keys are prepared once and kept beside the key set; [`verify`](Self::verify) is on the path
/// of each new token.
pub trait SignatureVerifier {
    /// A key made ready for one algorithm.
    type Key;

    /// Prepares `key` for `algorithm`.
    ///
    /// # Errors
    /// [`KeyUnusable`] when this verifier lacks the algorithm or refuses the key (for example an
    /// RSA modulus under 2048 bits, or a point off the curve).
    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Self::Key, KeyUnusable>;

    /// Whether `signature` (JWS form: ECDSA as `r || s`) is `key`'s over `message`.
    fn verify(&self, key: &Self::Key, message: &[u8], signature: &[u8]) -> bool;
}

/// Why a verifier will not use a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyUnusable {
    /// This verifier does not implement the algorithm.
    #[error("this verifier does not offer {}", .0.name())]
    AlgorithmUnsupported(Algorithm),
    /// The key's type does not fit the algorithm, or its numbers are not a valid key.
    #[error("the key cannot be used with {}: {reason}", .algorithm.name())]
    Invalid {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What is wrong with the key, in plain words.
        reason: &'static str,
    },
    /// The same, in the words of a verifier beyond the process's own types (a component's host).
    #[error("the key cannot be used with {}: {reason}", .algorithm.name())]
    Refused {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What is wrong with the key, in plain words.
        reason: String,
    },
}
