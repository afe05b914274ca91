//! Key sets from files, addresses and bundles.

use super::support::{NOW, office, token, vicar, vicar_reading};

#[test]
fn keys_show_lists_a_set_and_what_is_left_out() {
    let set = include_str!("../../../../crates/keys/tests/data/entra.json");
    let run = vicar_reading(&["keys", "show", "-"], set);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("keys-show", run.out);
}

#[test]
fn keys_of_a_bundles_issuers_are_named_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let jwks = folder.path().join("jwks.json");
    let jwks = jwks.to_str().unwrap();
    assert_eq!(vicar(&["mint", "--issuer", "entra", "--jwks", jwks]).status, 0);
    let (token, office) = (token(&[]), office());
    let verify =
        |keys: &str| vicar(&["verify", &token, "--bundle", &office, "--now", NOW, "--keys", keys]);
    assert_eq!(verify(&format!("entra={jwks}")).status, 0);
    let run = verify(jwks);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("the bundle's issuers: `entra`, `partner`"), "{run:?}");
    let run = verify(&format!("partner={jwks}"));
    assert_ne!(run.status, 0, "partner's keys do not verify Entra's tokens");
}

#[test]
fn nothing_is_fetched_offline_or_from_odd_addresses() {
    let (token, office) = (token(&[]), office());
    let run = vicar(&["verify", &token, "--bundle", &office, "--offline"]);
    assert_eq!((run.status, run.err.contains("[keys_unavailable]")), (2, true), "{run:?}");
    for address in ["http://id.example/keys", "http://127.0.0.1:1/keys", "file:///etc/passwd"] {
        let run = vicar(&["keys", "fetch", address]);
        assert_eq!((run.status, run.err.contains("[address_refused]")), (2, true), "{run:?}");
    }
    let run = vicar(&["keys", "fetch", "http://127.0.0.1:1/keys", "--allow-loopback-http"]);
    assert_eq!((run.status, run.err.contains("[keys_unavailable]")), (2, true), "{run:?}");
}
