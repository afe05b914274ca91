//! Vicar's own verifier reads what the lab signs: both versions, with both key sets.

use serde_json::json;
use vicar_rustcrypto::RustCrypto;
use vicar_token::{
    Algorithm, Cloud, IssuerRule, Jwks, KeyRing, TrustedIssuer, Unverified, Verified,
};

use crate::client::{CONTOSO_ID, INVOICE, JWT, ORDINARY, TOOLS, TestLab};

const GRAPH: &str = "https://graph.microsoft.com";

fn verify(lab: &TestLab, keys: &str, token: &str) -> Result<Verified, vicar_token::TokenError> {
    let issuer = TrustedIssuer {
        name: "entra".to_owned(),
        issuer: IssuerRule::EntraTenants {
            cloud: Cloud::Public,
            tenants: vec![CONTOSO_ID.to_owned()],
            v1: true,
            v2: true,
        },
        algorithms: vec![Algorithm::Rs256],
        audiences: vec![TOOLS.to_owned(), GRAPH.to_owned()],
        single_audience: true,
        clock_skew_seconds: 60,
        max_lifetime_seconds: 86_400,
        require_issued_at: true,
    };
    let set = Jwks::parse(&lab.get(keys).bytes().unwrap()).unwrap();
    let mut ring = KeyRing::default();
    ring.replace(&issuer, &set, &RustCrypto);
    let token = Unverified::parse(token)?;
    vicar_token::verify(&token, &[issuer], &ring, &RustCrypto, 1_790_000_100)
}

#[test]
fn tokens_of_both_versions_verify_with_both_key_sets() {
    let lab = TestLab::start();
    lab.control("clock", &json!({"set": 1_790_000_000}));
    let t1 = lab.t1();
    let scope = format!("{GRAPH}/.default");
    let v1 = lab.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", &t1),
        ("scope", &scope),
    ]);
    let v2 = lab.token(&ORDINARY);
    for keys in ["discovery/keys", "discovery/v2.0/keys"] {
        let keys = format!("{CONTOSO_ID}/{keys}");
        for token in [&v1, &v2] {
            verify(&lab, &keys, token).unwrap_or_else(|error| panic!("{keys}: {error}"));
        }
        let error = verify(&lab, &keys, &t1).unwrap_err();
        assert_eq!(error.reason().code, "audience_wrong", "T1 is for nobody here");
    }
}
