//! The host's verifier against the Wycheproof vectors, and against the one that wasm falls back to:
//! the two must say the same of every key and every signature.

#[cfg(test)]
#[path = "../../../crates/rustcrypto/tests/support/signatures.rs"]
mod signatures;
#[cfg(test)]
#[path = "../../../crates/rustcrypto/tests/support/wycheproof.rs"]
mod wycheproof;

use proptest::prelude::*;
use signatures::signatures;
use vicar_native::verifier::AwsLc;
use vicar_rustcrypto::RustCrypto;
use vicar_token::jws::Compact;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier};

#[test]
fn the_verifier_agrees_with_every_vector() {
    wycheproof::run(&AwsLc);
}

#[test]
fn both_verify_every_signature_from_elsewhere() {
    for (algorithm, key, jws) in signatures() {
        let token = Compact::parse(&jws).unwrap();
        let both = Both::prepare(algorithm, &key).unwrap();
        assert!(both.verify(token.signing_input().as_bytes(), token.signature()), "{algorithm}");
    }
}

#[test]
fn both_refuse_every_changed_octet_and_length() {
    for (algorithm, key, jws) in signatures() {
        let token = Compact::parse(&jws).unwrap();
        let both = Both::prepare(algorithm, &key).unwrap();
        let message = token.signing_input().as_bytes();
        let signature = token.signature();
        for position in 0..signature.len() {
            let mut changed = signature.to_vec();
            changed[position] ^= 1 << (position % 8);
            assert!(!both.verify(message, &changed), "{algorithm}, octet {position}");
            assert!(
                !both.verify(message, &signature[..position]),
                "{algorithm}, {position} octets"
            );
        }
        assert!(!both.verify(message, &[signature, &[0]].concat()), "{algorithm}, an octet more");
        assert!(!both.verify(message, &[&[0], signature].concat()), "{algorithm}, an octet before");
    }
}

#[test]
fn both_take_the_same_keys_for_the_same_algorithms() {
    for (_, key, _) in signatures() {
        for algorithm in Algorithm::ALL {
            let both = Both::prepare(algorithm, &key);
            assert_eq!(both.is_some(), key.algorithms().contains(&algorithm), "{algorithm}");
        }
    }
    for key in [
        PublicKey::P256 { x: [0; 32], y: [0; 32] },
        PublicKey::P256 { x: [0xff; 32], y: [0xff; 32] },
        PublicKey::P384 { x: [0; 48], y: [0; 48] },
        PublicKey::P384 { x: [0xff; 48], y: [1; 48] },
        PublicKey::Rsa { n: vec![], e: vec![1, 0, 1] },
        PublicKey::Rsa { n: vec![0xff; 256], e: vec![] },
        PublicKey::Rsa { n: vec![0xff; 255], e: vec![1, 0, 1] },
        PublicKey::Rsa { n: vec![0xff; 1025], e: vec![1, 0, 1] },
        PublicKey::Rsa { n: vec![0xfe; 256], e: vec![1, 0, 1] },
        PublicKey::Rsa { n: vec![0xff; 256], e: vec![1] },
    ] {
        for algorithm in key.algorithms() {
            assert!(Both::prepare(*algorithm, &key).is_none(), "{algorithm} {key:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn both_judge_damaged_signatures_alike(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        message in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
    ) {
        let all = signatures();
        let (algorithm, key, jws) = which.get(&all);
        let token = Compact::parse(jws).unwrap();
        let mut signature = token.signature().to_vec();
        for (position, value) in damage {
            let position = position.index(signature.len());
            signature[position] = value;
        }
        let message = message.unwrap_or_else(|| token.signing_input().as_bytes().to_vec());
        let both = Both::prepare(*algorithm, key).unwrap();
        let intact = signature == token.signature()
            && message == token.signing_input().as_bytes();
        prop_assert_eq!(both.verify(&message, &signature), intact);
    }

    /// About half of all texts of 32 octets are a point of the Edwards curve. Where one is none,
    /// aws-lc says so only by verifying nothing.
    #[test]
    fn a_point_off_the_curve_verifies_nothing(x in any::<[u8; 32]>(), y in any::<[u8; 32]>()) {
        let edwards = PublicKey::Ed25519 { x };
        let host = AwsLc.prepare(Algorithm::EdDsa, &edwards);
        let own = RustCrypto.prepare(Algorithm::EdDsa, &edwards);
        if let Ok(key) = host {
            prop_assert!(!AwsLc.verify(&key, b"message", &[7; 64]));
        } else {
            prop_assert!(own.is_err());
        }
        let off_curve = Both::prepare(Algorithm::Es256, &PublicKey::P256 { x, y });
        prop_assert!(off_curve.is_none());
    }
}

/// Both verifiers' key; every answer is asserted to be the same.
struct Both {
    host: vicar_native::verifier::Key,
    own: vicar_rustcrypto::Key,
}

impl Both {
    fn prepare(algorithm: Algorithm, key: &PublicKey) -> Option<Self> {
        let host = AwsLc.prepare(algorithm, key);
        let own = RustCrypto.prepare(algorithm, key);
        assert_eq!(host.is_ok(), own.is_ok(), "{algorithm} {key:?}: {host:?} {own:?}");
        host.ok().zip(own.ok()).map(|(host, own)| Self { host, own })
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let host = AwsLc.verify(&self.host, message, signature);
        let own = RustCrypto.verify(&self.own, message, signature);
        assert_eq!(host, own, "{:?} {signature:?}", self.host);
        host
    }
}
