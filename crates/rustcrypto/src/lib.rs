//! Signature verification by the RustCrypto crates, for wasm where the host lends no verifier.
//!
//! What it is: [`RustCrypto`], a [`SignatureVerifier`] over `rsa`, `p256`, `p384` and
//! `ed25519-dalek`. What it never does: sign, or ask for randomness, so that a module that links
//! it imports nothing.
//!
//! ```
//! use vicar_rustcrypto::RustCrypto;
//! use vicar_token::{Algorithm, PublicKey, SignatureVerifier};
//!
//! // RFC 8037 appendix A.4.
//! let x = vicar_token::base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
//! let key = PublicKey::Ed25519 { x: x.try_into().unwrap() };
//! let key = RustCrypto.prepare(Algorithm::EdDsa, &key).unwrap();
//! let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
//! let signature = vicar_token::base64url::decode(
//!     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
//! ).unwrap();
//! assert!(RustCrypto.verify(&key, input, &signature));
//! assert!(!RustCrypto.verify(&key, b"another message", &signature));
//! ```

use ed25519_dalek::Verifier;
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest, Sha256, Sha384, Sha512};
use vicar_token::verifier::KeyUnusable;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier};

/// The verifier; it has no state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RustCrypto;

/// A key made ready: curve points are decoded and checked, and the Montgomery form of RSA moduli
/// is computed, once.
#[derive(Clone, Debug)]
pub struct Key(Prepared);

#[derive(Clone, Debug)]
enum Prepared {
    EdDsa(Box<ed25519_dalek::VerifyingKey>),
    Es256(Box<p256::ecdsa::VerifyingKey>),
    Es384(Box<p384::ecdsa::VerifyingKey>),
    Rsa(Box<rsa::PublicKey>, RsaScheme),
}

/// RFC 7518 sections 3.3 and 3.5; the salt of PSS is as long as the hash.
#[derive(Clone, Copy, Debug)]
enum RsaScheme {
    Pkcs1Sha256,
    Pkcs1Sha384,
    Pkcs1Sha512,
    PssSha256,
    PssSha384,
    PssSha512,
}

impl SignatureVerifier for RustCrypto {
    type Key = Key;

    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Key, KeyUnusable> {
        prepare(algorithm, key)
            .map(Key)
            .map_err(|reason| KeyUnusable::Invalid { algorithm, reason })
    }

    fn verify(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        match &key.0 {
            Prepared::EdDsa(key) => ed25519(key, message, signature),
            // `s` may be in the upper half of the group's order: JWS signers do not normalise it.
            Prepared::Es256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Prepared::Es384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Prepared::Rsa(key, scheme) => scheme.verify(key, message, signature),
        }
    }
}

fn prepare(algorithm: Algorithm, key: &PublicKey) -> Result<Prepared, &'static str> {
    if let Some(fault) = key.fault() {
        return Err(fault);
    }
    match (algorithm, key) {
        (Algorithm::EdDsa, PublicKey::Ed25519 { x }) => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(x)
                .map_err(|_| "its `x` is not a point of the curve")?;
            Ok(Prepared::EdDsa(Box::new(key)))
        }
        (Algorithm::Es256, PublicKey::P256 { x, y }) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed(x, y))
                .map_err(|_| OFF_CURVE)?;
            Ok(Prepared::Es256(Box::new(key)))
        }
        (Algorithm::Es384, PublicKey::P384 { x, y }) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed(x, y))
                .map_err(|_| OFF_CURVE)?;
            Ok(Prepared::Es384(Box::new(key)))
        }
        (_, PublicKey::Rsa { n, e }) => {
            let scheme = RsaScheme::of(algorithm).ok_or(WRONG_TYPE)?;
            let key = rsa::PublicKey::new_with_size_limits(
                BoxedUint::from_be_slice_vartime(n),
                BoxedUint::from_be_slice_vartime(e),
                MODULUS_BITS,
            );
            let key = key.map_err(|_| "its modulus or exponent is not that of an RSA key")?;
            Ok(Prepared::Rsa(Box::new(key), scheme))
        }
        _ => Err(WRONG_TYPE),
    }
}

/// The verification of RFC 8032 without cofactor and with `R` compared as bytes, which is what
/// aws-lc and BoringSSL do; dalek's `verify_strict` would in addition refuse an `R` of small order,
/// which only the holder of the key can produce. Keys of small order are refused when prepared.
fn ed25519(key: &ed25519_dalek::VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    ed25519_dalek::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

impl RsaScheme {
    const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Rs256 => Some(Self::Pkcs1Sha256),
            Algorithm::Rs384 => Some(Self::Pkcs1Sha384),
            Algorithm::Rs512 => Some(Self::Pkcs1Sha512),
            Algorithm::Ps256 => Some(Self::PssSha256),
            Algorithm::Ps384 => Some(Self::PssSha384),
            Algorithm::Ps512 => Some(Self::PssSha512),
            Algorithm::EdDsa | Algorithm::Es256 | Algorithm::Es384 => None,
        }
    }

    fn verify(self, key: &rsa::PublicKey, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Pkcs1Sha256 => {
                let padding = Pkcs1v15Sign::new::<Sha256>();
                key.verify(padding, &Sha256::digest(message), signature)
            }
            Self::Pkcs1Sha384 => {
                let padding = Pkcs1v15Sign::new::<Sha384>();
                key.verify(padding, &Sha384::digest(message), signature)
            }
            Self::Pkcs1Sha512 => {
                let padding = Pkcs1v15Sign::new::<Sha512>();
                key.verify(padding, &Sha512::digest(message), signature)
            }
            Self::PssSha256 => key.pss_verify::<Sha256>(message, signature),
            Self::PssSha384 => key.pss_verify::<Sha384>(message, signature),
            Self::PssSha512 => key.pss_verify::<Sha512>(message, signature),
        }
        .is_ok()
    }
}

/// SEC 1 section 2.3.3.
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
const OFF_CURVE: &str = "its `x` and `y` are not a point of the curve";
const WRONG_TYPE: &str = "its type does not fit the algorithm";
