//! Documents and keys.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};

use crate::client::{CONTOSO_ID, ORDINARY, TestLab};

#[test]
fn documents_name_the_lab_and_issuers_name_entra() {
    let lab = TestLab::start();
    let origin = &lab.lab.origin;
    let v2 = lab.json(&format!("{CONTOSO_ID}/v2.0/.well-known/openid-configuration"));
    assert_eq!(v2["issuer"], format!("https://login.microsoftonline.com/{CONTOSO_ID}/v2.0"));
    assert_eq!(v2["token_endpoint"], format!("{origin}/{CONTOSO_ID}/oauth2/v2.0/token"));
    assert_eq!(v2["jwks_uri"], format!("{origin}/{CONTOSO_ID}/discovery/v2.0/keys"));
    let v1 = lab.json(&format!("{CONTOSO_ID}/.well-known/openid-configuration"));
    assert_eq!(v1["issuer"], format!("https://sts.windows.net/{CONTOSO_ID}/"));
    assert_eq!(v1["jwks_uri"], format!("{origin}/{CONTOSO_ID}/discovery/keys"));
    for name in ["common", "organizations"] {
        let shared = lab.json(&format!("{name}/v2.0/.well-known/openid-configuration"));
        assert_eq!(shared["issuer"], "https://login.microsoftonline.com/{tenantid}/v2.0");
    }
    let unknown =
        lab.get("00000000-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration");
    assert_eq!(unknown.status(), 400);
    assert_eq!(unknown.json::<Value>().unwrap()["error_codes"], json!([90002]));
}

#[test]
fn issuers_can_be_the_labs_own() {
    let lab =
        TestLab::with(vicar_lab::Options { own_issuers: true, ..vicar_lab::Options::default() });
    let v2 = lab.json(&format!("{CONTOSO_ID}/v2.0/.well-known/openid-configuration"));
    assert_eq!(v2["issuer"], format!("{}/{CONTOSO_ID}/v2.0", lab.lab.origin));
}

#[test]
fn instances_are_discovered() {
    let lab = TestLab::start();
    let asked = |endpoint: &str| {
        let query = form_urlencoded::byte_serialize(endpoint.as_bytes()).collect::<String>();
        lab.get(&format!(
            "common/discovery/instance?api-version=1.1&authorization_endpoint={query}"
        ))
    };
    let own = asked(&format!("{}/{CONTOSO_ID}/oauth2/v2.0/authorize", lab.lab.origin));
    let own: Value = own.json().unwrap();
    assert_eq!(
        own["tenant_discovery_endpoint"],
        format!("{}/{CONTOSO_ID}/v2.0/.well-known/openid-configuration", lab.lab.origin)
    );
    assert_eq!(asked("https://login.microsoftonline.com/common/oauth2/authorize").status(), 200);
    let other = asked("https://login.evil.example/common/oauth2/authorize");
    assert_eq!(other.json::<Value>().unwrap()["error"], "invalid_instance");
}

fn verify(lab: &TestLab, token: &str, path: &str) -> bool {
    let keys: JwkSet = serde_json::from_value(lab.json(path)).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let Some(key) = keys.find(&header.kid.unwrap()) else { return false };
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
}

#[test]
fn tokens_verify_with_the_published_keys_through_a_rotation() {
    let lab = TestLab::start();
    let v2 = format!("{CONTOSO_ID}/discovery/v2.0/keys");
    let old = lab.token(&ORDINARY);
    assert!(verify(&lab, &old, &v2) && verify(&lab, &old, "common/discovery/keys"));

    let rotated: Value = lab.control("keys/rotate", &json!({})).json().unwrap();
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    let new = lab.token(&ORDINARY);
    assert_ne!(
        jsonwebtoken::decode_header(&new).unwrap().kid,
        jsonwebtoken::decode_header(&old).unwrap().kid
    );
    assert!(verify(&lab, &old, &v2) && verify(&lab, &new, &v2));

    lab.control("keys/rotate", &json!({"retire": true}));
    assert!(!verify(&lab, &old, &v2) && !verify(&lab, &new, &v2));
    assert!(verify(&lab, &lab.token(&ORDINARY), &v2));
}

#[test]
fn keys_of_v2_name_their_issuer_and_no_key_is_private() {
    let lab = TestLab::start();
    let set = lab.json(&format!("{CONTOSO_ID}/discovery/v2.0/keys"));
    assert_eq!(set["keys"][0]["issuer"], "https://login.microsoftonline.com/{tenantid}/v2.0");
    for member in ["kid", "x5t", "n", "e", "x5c"] {
        assert!(!set["keys"][0][member].is_null(), "{member}");
    }
    let v1 = lab.json(&format!("{CONTOSO_ID}/discovery/keys"));
    assert!(v1["keys"][0].get("issuer").is_none());
    assert!(!set.to_string().contains("\"d\"") && !v1.to_string().contains("\"d\""));
}
