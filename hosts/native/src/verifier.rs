//! Signature verification by aws-lc, the host's own.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use vicar_token::verifier::KeyUnusable;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier};

/// The verifier; it has no state.
///
/// It stands on `aws-lc-rs` itself, the library below `jsonwebtoken`: that crate builds the key
/// anew from its numbers for each signature and takes the signature as base64 only, while a
/// [`ParsedPublicKey`] is built once and kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwsLc;

/// A key as aws-lc holds it, for one algorithm.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl SignatureVerifier for AwsLc {
    type Key = Key;

    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Key, KeyUnusable> {
        parse(algorithm, key)
            .map(|key| Key { algorithm, key })
            .map_err(|reason| KeyUnusable::Invalid { algorithm, reason })
    }

    fn verify(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        key.key.verify_sig(message, signature).is_ok()
    }
}

/// aws-lc looks at the size of an RSA modulus, and whether an Ed25519 key is a point of the curve,
/// only when it verifies; the first is asked for here, the second makes every signature invalid.
fn parse(algorithm: Algorithm, key: &PublicKey) -> Result<ParsedPublicKey, &'static str> {
    if let Some(fault) = key.fault() {
        return Err(fault);
    }
    match (algorithm, key) {
        (Algorithm::EdDsa, PublicKey::Ed25519 { x }) => {
            ParsedPublicKey::new(&ED25519, x).map_err(|_| "its `x` is not a point of the curve")
        }
        (Algorithm::Es256, PublicKey::P256 { x, y }) => {
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(x, y))
                .map_err(|_| OFF_CURVE)
        }
        (Algorithm::Es384, PublicKey::P384 { x, y }) => {
            ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, uncompressed(x, y))
                .map_err(|_| OFF_CURVE)
        }
        (_, PublicKey::Rsa { n, e }) => {
            let parameters = rsa(algorithm).ok_or(WRONG_TYPE)?;
            RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(parameters)
                .map_err(|_| "its modulus or exponent is not that of an RSA key")
        }
        _ => Err(WRONG_TYPE),
    }
}

/// The salt of PSS is as long as the hash (RFC 7518 section 3.5).
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::EdDsa | Algorithm::Es256 | Algorithm::Es384 => None,
    }
}

/// SEC 1 section 2.3.3.
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

const OFF_CURVE: &str = "its `x` and `y` are not a point of the curve";
const WRONG_TYPE: &str = "its type does not fit the algorithm";
