//! What the corpus' files cannot say: key sets other than the test keys' own.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use vicar_compiler::compile;
use vicar_conformance::{Component, bundles};
use vicar_native::engine::{Engine, NativeEngine, Verification, WasmEngine};
use vicar_native::mint::{KeyNumber, TestKey, key_id};
use vicar_native::test_runner::presented_token;
use vicar_token::Algorithm;

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const OTHER: &str = "2b4c6d8e-0f1a-4b3c-9d5e-7f8091a2b3c4";

/// Members of a key: names and values; an empty value removes.
type Members<'a> = &'a [(&'a str, &'a str)];

/// A key set with the Entra issuer's test key, each time with these members more.
fn key_set(members: &[Members<'_>]) -> String {
    let key = TestKey { algorithm: Algorithm::Rs256, number: KeyNumber::of_issuer(0) };
    let keys: Vec<String> = members
        .iter()
        .map(|members| {
            let mut jwk = key.public(&key_id("entra", Algorithm::Rs256)).unwrap();
            for (name, value) in *members {
                if value.is_empty() {
                    jwk.as_object_mut().unwrap().remove(*name);
                } else {
                    jwk[*name] = (*value).into();
                }
            }
            jwk.to_string()
        })
        .collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// What each engine says of the corpus' first Entra token under this key set: `verified` or the
/// reason code.
fn answers(keys: Option<&str>) -> [String; 2] {
    static ENGINE: OnceLock<WasmEngine> = OnceLock::new();
    let wasm = ENGINE.get_or_init(|| Component::Hosted.engine().unwrap());
    [answer(&NativeEngine, keys), answer(wasm, keys)]
}

fn answer(engine: &dyn Engine, keys: Option<&str>) -> String {
    let (_, folder) = bundles().unwrap().into_iter().find(|(name, _)| name == "entra").unwrap();
    let compiled = compile(&folder).unwrap();
    let issuers: Vec<_> =
        compiled.bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
    assert_eq!(issuers[0].name, "entra");
    let case = compiled
        .tests
        .iter()
        .find(|file| file.path.ends_with("entra-kinds.yaml"))
        .map(|file| &file.cases[0])
        .unwrap();
    let token = presented_token(case, &issuers).unwrap().unwrap();
    let mut gate = engine.load(&compiled.bundle.to_bytes()).unwrap();
    if let Some(keys) = keys {
        gate.set_keys("entra", keys.as_bytes()).unwrap();
    }
    match gate.verify(&token, case.clock).unwrap() {
        Verification::Admitted(_) => "verified".to_owned(),
        Verification::Refused(json) => {
            let (_, rest) = json.split_once(r#""reason":""#).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        }
    }
}

fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

#[test]
fn a_key_is_good_for_the_issuer_it_is_published_for() {
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let consumers = issuer("9188040d-6c67-4c5b-b112-36a304b66dad");
    let cases: [(&str, &[Members<'_>], &str); 8] = [
        ("no issuer member", &[&[]], "verified"),
        ("the issuer template", &[&[("issuer", template)]], "verified"),
        ("this tenant", &[&[("issuer", &issuer(TENANT))]], "verified"),
        ("another tenant", &[&[("issuer", &issuer(OTHER))]], "key_issuer_mismatch"),
        ("the consumer tenant", &[&[("issuer", &consumers)]], "key_issuer_mismatch"),
        ("an encryption key", &[&[("use", "enc")]], "key_unknown"),
        ("a key for another algorithm", &[&[("alg", "RS512")]], "key_unknown"),
        ("another key id", &[&[("kid", "other")]], "key_unknown"),
    ];
    for (name, members, wanted) in cases {
        assert_eq!(answers(Some(&key_set(members))), [wanted, wanted], "{name}");
    }
}

#[test]
fn without_keys_nothing_is_verified() {
    assert_eq!(answers(None), ["keys_unavailable", "keys_unavailable"]);
    let empty = answers(Some(r#"{"keys":[]}"#));
    assert_eq!(empty[0], empty[1]);
    assert_ne!(empty[0], "verified");
}

#[test]
fn two_keys_of_one_name_are_none() {
    let twice = key_set(&[&[], &[("n", OTHER_MODULUS)]]);
    assert_eq!(answers(Some(&twice)), ["key_ambiguous", "key_ambiguous"]);
}

/// A modulus of 2048 bits that is nobody's key.
const OTHER_MODULUS: &str = concat!(
    "v________________________________________________________________",
    "_________________________________________________________________",
    "_________________________________________________________________",
    "_________________________________________________________________",
    "_________________________________________________________________",
    "________________w"
);
