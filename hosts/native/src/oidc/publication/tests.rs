use vicar_token::Algorithm;

use super::*;
use crate::{
    finding::{Outcome, reason},
    oidc::{HostedKeys, drift},
};

const ISSUER: &str = "https://oidc.contoso.example/cluster-1";
const CONFIGURATION: &[u8] =
    include_bytes!("../../../tests/data/cluster/openid-configuration.json");
const KEYS: &[u8] = include_bytes!("../../../tests/data/cluster/jwks.json");

#[test]
fn what_the_api_server_says_becomes_the_smallest_documents() {
    let publication = publication(CONFIGURATION, KEYS).unwrap();
    assert_eq!(publication.replaced_keys_address(), Some("https://172.18.0.2:6443/openid/v1/jwks"));
    let [keys, configuration] = publication.files();
    assert_eq!(keys.address, format!("{ISSUER}/openid/v1/jwks"));
    insta::assert_snapshot!("keys", keys.text);
    insta::assert_snapshot!("configuration", configuration.text);
    let again = publication_of(&configuration.text, &keys.text).unwrap();
    assert_eq!(again.files(), publication.files());
}

#[test]
fn the_key_set_stands_where_the_cluster_says_if_that_is_below_the_issuer() {
    for (jwks_uri, path) in [
        (format!("{ISSUER}/keys.json"), "keys.json"),
        (format!("{ISSUER}/a/b"), "a/b"),
        (format!("{ISSUER}/../x"), DEFAULT_KEYS_PATH),
        (format!("{ISSUER}/.well-known/openid-configuration"), DEFAULT_KEYS_PATH),
        ("https://cdn.contoso.example/keys".to_owned(), DEFAULT_KEYS_PATH),
    ] {
        let document = configuration(ISSUER, &jwks_uri);
        let [keys, _] = publication(document.as_bytes(), KEYS).unwrap().files();
        assert_eq!(keys.path, path, "{jwks_uri}");
    }
}

#[test]
fn another_issuers_documents_are_refused_and_near_misses_named() {
    for (issuer, told) in [
        ("https://kubernetes.default.svc.cluster.local", ""),
        ("https://oidc.contoso.example/cluster-1/", "only the closing slash differs"),
        ("https://oidc.contoso.example/Cluster-1", "only letter case differs"),
        ("http://oidc.contoso.example/cluster-1", "only the scheme differs"),
    ] {
        let document = configuration(issuer, "https://10.0.0.1/openid/v1/jwks");
        let error = publication(document.as_bytes(), KEYS).unwrap_err();
        assert!(matches!(error, DocumentError::IssuerDiffers { .. }), "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn only_public_rsa_and_ec_signature_keys_with_names_are_published() {
    let keys = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut set: serde_json::Value = serde_json::from_slice(KEYS).unwrap();
        change(&mut set["keys"][0]);
        publication(CONFIGURATION, set.to_string().as_bytes())
    };
    for (member, value, told) in [
        ("d", "AQAB", "private members"),
        ("p", "AQAB", "private members"),
        ("kty", "oct", "symmetric key"),
        ("use", "enc", "encryption key"),
        ("alg", "HS256", "`alg`"),
        ("n", "AQAB", "shorter than 2048 bits"),
    ] {
        let error = keys(&|key| key[member] = value.into()).unwrap_err().to_string();
        assert!(error.contains(told) && !error.contains("AQAB"), "{member}: {error}");
    }
    let nameless = keys(&|key| drop(key.as_object_mut().unwrap().remove("kid"))).unwrap_err();
    assert!(nameless.to_string().contains("needs a `kid`"), "{nameless}");
    let ed25519 = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let error = publication(CONFIGURATION, ed25519).unwrap_err();
    assert!(error.to_string().contains("neither an RSA nor an EC key"), "{error}");
    let none = publication(CONFIGURATION, br#"{"keys":[]}"#).unwrap_err();
    assert_eq!(none, DocumentError::KeysMissing);
    let mut twice: serde_json::Value = serde_json::from_slice(KEYS).unwrap();
    let first = twice["keys"][0].clone();
    twice["keys"].as_array_mut().unwrap().push(first);
    let error = publication(CONFIGURATION, twice.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, DocumentError::KeyIdTwice { .. }), "{error}");
}

#[test]
fn what_is_no_document_is_refused() {
    for document in [&b"<html>"[..], b"{}", b"[]", br#"{"issuer":1,"jwks_uri":""}"#] {
        assert!(publication(document, KEYS).is_err());
        assert!(publication(CONFIGURATION, document).is_err());
    }
}

#[test]
fn algorithms_are_those_of_the_keys() {
    let publication = publication(CONFIGURATION, KEYS).unwrap();
    assert_eq!(publication.keys().algorithms(), [Algorithm::Es256, Algorithm::Rs256]);
}

#[test]
fn drift_is_found_key_by_key() {
    let cluster = publication(CONFIGURATION, KEYS).unwrap();
    let [keys, configuration_file] = cluster.files();
    let discovery = Discovery::parse(configuration_file.text.as_bytes()).unwrap();
    let same = HostedKeys::parse(keys.text.as_bytes()).unwrap();
    let found = drift(&cluster, &discovery, &same);
    assert!(found.iter().all(|finding| finding.outcome == Outcome::Ok), "{found:?}");
    assert_eq!(found.len(), 3);

    let reasons = |change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut set: serde_json::Value = serde_json::from_str(&keys.text).unwrap();
        change(set["keys"].as_array_mut().unwrap());
        let hosted = HostedKeys::parse(set.to_string().as_bytes()).unwrap();
        let found = drift(&cluster, &discovery, &hosted);
        found.into_iter().filter_map(|finding| finding.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&|keys| drop(keys.remove(0))), [reason::KEY_NOT_PUBLISHED]);
    let renamed = reasons(&|keys| keys[0]["kid"] = "old".into());
    assert_eq!(renamed, [reason::KEY_NOT_PUBLISHED, reason::KEY_RETIRED]);
    let swapped = reasons(&|keys| {
        let (one, other) = (keys[0]["kid"].clone(), keys[1]["kid"].clone());
        keys[0]["kid"] = other;
        keys[1]["kid"] = one;
    });
    assert_eq!(swapped, [reason::KEY_DIFFERS, reason::KEY_DIFFERS]);
    let private = reasons(&|keys| keys[1]["d"] = "AQAB".into());
    assert_eq!(private, [reason::KEY_NOT_PUBLISHED, reason::KEY_EXPOSED]);

    let other = Discovery { issuer: format!("{ISSUER}/"), ..discovery };
    let found = drift(&cluster, &other, &same);
    assert_eq!(found[0].reason.as_deref(), Some(reason::ISSUER_DOCUMENT_DIFFERS));
    assert!(found[0].seen.contains("only the closing slash differs"), "{found:?}");
}

fn publication(configuration: &[u8], keys: &[u8]) -> Result<Publication, DocumentError> {
    Publication::of(Issuer::parse(ISSUER).unwrap(), configuration, keys)
}

fn publication_of(configuration: &str, keys: &str) -> Result<Publication, DocumentError> {
    publication(configuration.as_bytes(), keys.as_bytes())
}

fn configuration(issuer: &str, jwks_uri: &str) -> String {
    serde_json::json!({"issuer": issuer, "jwks_uri": jwks_uri}).to_string()
}
