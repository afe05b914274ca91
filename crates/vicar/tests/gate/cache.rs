//! Tokens that were verified before.

use std::sync::Arc;

use serde_json::json;

use crate::fixture::{NOW, gate, keys, token};

#[test]
fn a_known_token_is_looked_up() {
    let mut gate = gate();
    let token = token(json!({}));
    let first = gate.verify(&token, NOW).unwrap();
    assert!(Arc::ptr_eq(&first, &gate.verify(&token, NOW + 1).unwrap()));
}

#[test]
fn a_known_token_does_not_outlive_its_times() {
    let mut gate = gate();
    let token = token(json!({}));
    gate.verify(&token, NOW).unwrap();
    // `exp` is 1790003600 and the skew 60 seconds.
    assert!(gate.verify(&token, 1_790_003_659).is_ok());
    let refusal = gate.verify(&token, 1_790_003_660).unwrap_err();
    assert_eq!(refusal.reason.code, "token_expired");
    // The clock may go back, the token's start may not be forgotten.
    let refusal = gate.verify(&token, 1_789_999_939).unwrap_err();
    assert!(["token_not_yet_valid", "issued_in_future"].contains(&refusal.reason.code));
}

#[test]
fn a_known_token_does_not_outlive_its_key() {
    let mut gate = gate();
    let token = token(json!({}));
    gate.verify(&token, NOW).unwrap();
    gate.set_keys("entra", keys("key-2").as_bytes()).unwrap();
    assert_eq!(gate.verify(&token, NOW).unwrap_err().reason.code, "key_unknown");
}

#[test]
fn a_forged_token_with_a_known_ending_is_not_the_known_one() {
    let mut gate = gate();
    let known = token(json!({}));
    gate.verify(&known, NOW).unwrap();
    let (_, signature) = known.rsplit_once('.').unwrap();
    let other = token(json!({ "scp": "tools.write" }));
    let (message, _) = other.rsplit_once('.').unwrap();
    let forged = format!("{message}.{signature}");
    let admitted = gate.verify(&forged, NOW).unwrap();
    assert!(admitted.identity().scopes.contains("tools.write"));
    assert!(gate.verify(&known, NOW).unwrap().identity().scopes.contains("tools.read"));
}

#[test]
fn many_tokens_do_not_grow_the_cache_without_bound_nor_lose_the_busy_one() {
    let mut gate = gate();
    let busy = token(json!({}));
    let first = gate.verify(&busy, NOW).unwrap();
    let mut seen = Vec::new();
    for number in 0..6000 {
        let other = token(json!({ "uti": format!("{number:022}") }));
        seen.push(Arc::downgrade(&gate.verify(&other, NOW).unwrap()));
        if number % 1000 == 0 {
            assert!(Arc::ptr_eq(&first, &gate.verify(&busy, NOW).unwrap()));
        }
    }
    let kept = seen.iter().filter(|token| token.strong_count() > 0).count();
    assert!((2048..=4096).contains(&kept), "{kept}");
}

#[test]
fn large_tokens_are_kept_by_their_bytes() {
    let mut gate = gate();
    let mut seen = Vec::new();
    for number in 0..800 {
        let uti = format!("{number:022}");
        let large = token(json!({ "uti": uti, "note": "x".repeat(8000) }));
        seen.push((large.len(), Arc::downgrade(&gate.verify(&large, NOW).unwrap())));
    }
    let kept = seen.iter().filter(|(_, token)| token.strong_count() > 0);
    let bytes: usize = kept.map(|(length, _)| length).sum();
    assert!((1 << 20..=6 << 20).contains(&bytes), "{bytes}");
}

#[test]
fn keys_for_an_unknown_issuer_are_refused() {
    let error = gate().set_keys("okta", keys("key-1").as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the bundle has no issuer `okta`");
}
