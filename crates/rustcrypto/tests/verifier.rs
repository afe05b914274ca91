//! The verifier on its own: published signatures, keys it must not take, and signatures changed in
//! every octet.

#[cfg(test)]
#[path = "support/signatures.rs"]
mod signatures;

use signatures::signatures;
use vicar_rustcrypto::RustCrypto;
use vicar_token::jws::Compact;
use vicar_token::verifier::KeyUnusable;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier};

#[test]
fn every_algorithm_verifies_a_signature_from_elsewhere() {
    let mut seen: Vec<_> = signatures()
        .into_iter()
        .map(|(algorithm, key, jws)| {
            let token = Compact::parse(&jws).unwrap();
            let key = RustCrypto.prepare(algorithm, &key).unwrap();
            let message = token.signing_input().as_bytes();
            assert!(RustCrypto.verify(&key, message, token.signature()), "{algorithm}");
            assert!(!RustCrypto.verify(&key, &message[1..], token.signature()), "{algorithm}");
            algorithm
        })
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, Algorithm::ALL);
}

#[test]
fn no_octet_of_a_signature_can_change() {
    for (algorithm, key, jws) in signatures() {
        let token = Compact::parse(&jws).unwrap();
        let key = RustCrypto.prepare(algorithm, &key).unwrap();
        let verify =
            |signature: &[u8]| RustCrypto.verify(&key, token.signing_input().as_bytes(), signature);
        let signature = token.signature();
        for position in 0..signature.len() {
            let mut changed = signature.to_vec();
            changed[position] ^= 1 << (position % 8);
            assert!(!verify(&changed), "{algorithm}, octet {position}");
        }
        for length in 0..signature.len() {
            assert!(!verify(&signature[..length]), "{algorithm}, {length} octets");
        }
        assert!(!verify(&[signature, &[0]].concat()), "{algorithm}, an octet more");
        assert!(!verify(&[&[0], signature].concat()), "{algorithm}, an octet before");
        assert!(!verify(&vec![0; signature.len()]), "{algorithm}, zeros");
        assert!(!verify(&vec![0xff; signature.len()]), "{algorithm}, ones");
    }
}

#[test]
fn a_key_serves_no_algorithm_but_its_own() {
    for (_, key, _) in signatures() {
        for algorithm in Algorithm::ALL {
            let outcome = RustCrypto.prepare(algorithm, &key);
            assert_eq!(outcome.is_ok(), key.algorithms().contains(&algorithm), "{algorithm}");
        }
    }
}

#[test]
fn a_signature_of_one_rsa_algorithm_is_none_of_another() {
    for (own, key, jws) in signatures() {
        let token = Compact::parse(&jws).unwrap();
        for algorithm in key.algorithms().iter().filter(|algorithm| **algorithm != own) {
            let key = RustCrypto.prepare(*algorithm, &key).unwrap();
            let message = token.signing_input().as_bytes();
            assert!(!RustCrypto.verify(&key, message, token.signature()), "{own} as {algorithm}");
        }
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let refused = |algorithm, key: &PublicKey| match RustCrypto.prepare(algorithm, key) {
        Err(KeyUnusable::Invalid { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    let off_curve = "its `x` and `y` are not a point of the curve";
    assert_eq!(refused(Algorithm::Es256, &PublicKey::P256 { x: [1; 32], y: [1; 32] }), off_curve);
    assert_eq!(refused(Algorithm::Es256, &PublicKey::P256 { x: [0; 32], y: [0; 32] }), off_curve);
    assert_eq!(refused(Algorithm::Es256, &PublicKey::P256 { x: [255; 32], y: [1; 32] }), off_curve);
    assert_eq!(refused(Algorithm::Es384, &PublicKey::P384 { x: [1; 48], y: [1; 48] }), off_curve);
    let mut two = [0; 32];
    two[0] = 2;
    assert_eq!(
        refused(Algorithm::EdDsa, &PublicKey::Ed25519 { x: two }),
        "its `x` is not a point of the curve"
    );
    assert_eq!(
        refused(Algorithm::EdDsa, &PublicKey::Ed25519 { x: [0; 32] }),
        "its `x` is a point of small order, for which anybody can sign"
    );
    let refused_rsa =
        |n: Vec<u8>, e: &[u8]| refused(Algorithm::Rs256, &PublicKey::Rsa { n, e: e.to_vec() });
    let short = "its modulus is shorter than 2048 bits";
    let exponent = "its exponent is not an odd number from 3 to 32 bits";
    assert_eq!(refused_rsa(vec![0xff; 255], &[1, 0, 1]), short);
    assert_eq!(refused_rsa(vec![], &[1, 0, 1]), short);
    assert_eq!(refused_rsa(vec![0xff; 1025], &[1, 0, 1]), "its modulus is longer than 8192 bits");
    assert_eq!(
        refused_rsa(vec![0xfe; 256], &[1, 0, 1]),
        "its modulus is even, so it is no RSA modulus"
    );
    assert_eq!(refused_rsa(vec![0xff; 256], &[]), exponent);
    assert_eq!(refused_rsa(vec![0xff; 256], &[1]), exponent);
}
