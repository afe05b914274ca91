use serde::Deserialize;

use super::{Jwks, JwksError, PublicKey};
use crate::Algorithm;
use crate::json::{Json, Limits};

/// `tests/data/jwk.json`: keys, and what becomes of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The key; `$n2048` and the like stand for numbers of that many bits.
    key: serde_json::Value,
    /// `used`, or why it is skipped.
    want: String,
}

/// A number of `bits` bits with these lowest octets, as base64url.
fn number(bits: usize, last: u8) -> String {
    let mut octets = vec![0x55; bits.div_ceil(8)];
    octets[0] = 1 << ((bits - 1) % 8);
    let end = octets.len() - 1;
    octets[end] = last;
    crate::base64url::encode(&octets)
}

fn key_set(keys: &str) -> Jwks {
    Jwks::parse(format!("{{\"keys\":[{keys}]}}").as_bytes()).unwrap()
}

#[test]
fn every_key_is_used_or_skipped_as_the_table_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/data/jwk.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let mut key = case.key.to_string();
        for bits in [2047, 2048, 8192, 8193] {
            key = key.replace(&format!("$even{bits}"), &number(bits, 0x54));
            key = key.replace(&format!("$n{bits}"), &number(bits, 0x55));
        }
        let set = key_set(&key);
        let found = match (set.keys.as_slice(), set.skipped.as_slice()) {
            ([_], []) => "used",
            ([], [skipped]) => &skipped.why,
            other => panic!("{other:?}"),
        };
        if found != case.want {
            wrong.push(format!("{}: {found}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RFC 8037 appendix A.2, RFC 7517 appendix A.1, and Entra's members.
#[test]
fn a_set_keeps_numbers_names_and_order() {
    let set = key_set(
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
           {"kty":"oct","k":"AAAA","kid":"s"},
           {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1",
            "alg":"ES256","x5c":["MII"],"x5t":"t",
            "issuer":"https://login.microsoftonline.com/{tenantid}/v2.0"}"#,
    );
    let [okp, ec] = set.keys.as_slice() else { panic!("{set:?}") };
    assert_eq!((okp.index, okp.key_id.as_deref(), okp.algorithm), (0, None, None));
    assert!(matches!(okp.key, PublicKey::Ed25519 { x } if x[..2] == [0xd7, 0x5a]));
    assert_eq!((ec.index, ec.key_id.as_deref()), (2, Some("1")));
    assert_eq!(ec.algorithm, Some(Algorithm::Es256));
    assert!(matches!(ec.key, PublicKey::P256 { x, y } if x[0] == 0x30 && y[0] == 0xe0));
    let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    assert_eq!(ec.issuer.as_deref(), Some(issuer));
    let [skipped] = set.skipped.as_slice() else { panic!("{set:?}") };
    assert_eq!((skipped.index, skipped.key_id.as_deref()), (1, Some("s")));
}

#[test]
fn a_document_that_is_no_key_set_is_refused() {
    let message = |text: &str| Jwks::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(message("[]"), "the key set cannot be read: the value is an array, not an object");
    assert_eq!(message("{}"), "the document is not a key set: it has no member `keys`");
    assert_eq!(
        message(r#"{"keys":{}}"#),
        "the document is not a key set: `keys` is an object, not an array"
    );
    assert_eq!(
        message("<html>"),
        "the key set cannot be read: not JSON at line 1, column 1: expected value"
    );
    let many = |count: usize| format!("{{\"keys\":[{}]}}", vec!["{}"; count].join(","));
    assert_eq!(Jwks::parse(many(200).as_bytes()).map(|set| set.skipped.len()), Ok(200));
    assert_eq!(Jwks::parse(many(201).as_bytes()), Err(JwksError::TooMany { count: 201 }));
    let long = vec![b' '; Limits::KEY_SET.bytes + 1];
    assert!(matches!(Jwks::parse(&long), Err(JwksError::Json(_))));
    assert_eq!(Jwks::parse(br#"{"keys":[],"spiffe_sequence":1}"#), Ok(Jwks::default()));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = Jwks::parse(&bytes);
    }

    /// Every key lands in one of the two lists, whatever its members hold.
    #[test]
    fn no_key_is_lost(
        kty in "RSA|EC|OKP|oct|", crv in "P-256|P-384|Ed25519|", number in "[A-Za-z0-9_-]{0,90}",
        e in "AQAB|Aw|AQ|", usage in "sig|enc|",
    ) {
        let key: crate::Object = [
            ("kty", kty), ("crv", crv), ("n", number.clone()), ("x", number.clone()),
            ("y", number), ("e", e), ("use", usage),
        ].into_iter().collect();
        let set = key_set(&Json::from(key).to_string());
        proptest::prop_assert_eq!(set.keys.len() + set.skipped.len(), 1);
    }
}
