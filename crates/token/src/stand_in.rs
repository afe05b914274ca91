//! Stands in for cryptography in this crate's tests: a signature is the key's first octets and a
//! checksum of the message. What it accepts no real verifier need accept; the real ones have tests
//! of their own.

use crate::verifier::KeyUnusable;
use crate::{Algorithm, Jwks, PublicKey, SignatureVerifier, base64url};

/// A verifier that refuses RS512 and keys whose number starts with `0xbad0`.
pub(crate) struct StandIn;

#[derive(Debug)]
pub(crate) struct Key {
    algorithm: Algorithm,
    mark: [u8; 4],
}

impl SignatureVerifier for StandIn {
    type Key = Key;

    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Key, KeyUnusable> {
        let mark = match key {
            PublicKey::Ed25519 { x } | PublicKey::P256 { x, .. } => mark(x),
            PublicKey::P384 { x, .. } => mark(x),
            PublicKey::Rsa { n, .. } => mark(n),
        };
        match (algorithm, mark) {
            (Algorithm::Rs512, _) => Err(KeyUnusable::AlgorithmUnsupported(algorithm)),
            (_, [0xba, 0xd0, ..]) => {
                Err(KeyUnusable::Invalid { algorithm, reason: "it is a bad key" })
            }
            _ => Ok(Key { algorithm, mark }),
        }
    }

    fn verify(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        signature == self::signature(key.algorithm, key.mark, message)
    }
}

fn mark(number: &[u8]) -> [u8; 4] {
    number[..4].try_into().unwrap()
}

fn signature(algorithm: Algorithm, mark: [u8; 4], message: &[u8]) -> Vec<u8> {
    let checksum = message.iter().fold(0u64, |sum, octet| {
        sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(*octet))
    });
    [&mark[..], algorithm.name().as_bytes(), &checksum.to_be_bytes()].concat()
}

/// A compact token over these JSON texts, signed by the key whose number starts with `mark`.
pub(crate) fn token(algorithm: Algorithm, mark: [u8; 4], header: &str, claims: &str) -> String {
    let part = |text: &str| base64url::encode(text.as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = signature(algorithm, mark, input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature))
}

/// The members of an RSA key whose modulus starts with `mark`.
pub(crate) fn rsa(mark: [u8; 4]) -> String {
    let modulus = [&mark[..], &[0x55; 252]].concat();
    format!(r#""kty":"RSA","e":"AQAB","n":"{}""#, base64url::encode(&modulus))
}

/// The members of a P-256 key whose `x` starts with `mark`.
pub(crate) fn p256(mark: [u8; 4]) -> String {
    let x = base64url::encode(&[&mark[..], &[0x55; 28]].concat());
    format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{x}""#)
}

/// A key set of keys given by their members.
pub(crate) fn key_set(keys: &[String]) -> Jwks {
    Jwks::parse(format!("{{\"keys\":[{{{}}}]}}", keys.join("},{")).as_bytes()).unwrap()
}
