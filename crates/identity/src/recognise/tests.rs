use proptest::prelude::*;
use vicar_token::{Object, json::Limits};

use super::{HEADER_TYPES, recognise, recognise_in};
use crate::{Directory, TokenKind, directory::Known};

fn claims(text: &str) -> Object {
    Object::parse(text.as_bytes(), &Limits::TOKEN).unwrap()
}

fn kind(header_type: Option<&str>, text: &str) -> TokenKind {
    recognise(header_type, &claims(text)).kind
}

const PLAIN: &str = r#"{"iss": "https://issuer.example", "sub": "s", "azp": "c", "scp": "read"}"#;

#[test]
fn types_of_access_tokens_pass_in_any_writing() {
    for header_type in
        [None, Some("JWT"), Some("jwt"), Some("at+jwt"), Some("application/AT+JWT"), Some("JOSE")]
    {
        assert_eq!(kind(header_type, PLAIN), TokenKind::AccessToken, "{header_type:?}");
    }
}

#[test]
fn every_other_type_is_refused_in_any_writing() {
    for (name, wanted, _) in HEADER_TYPES {
        for header_type in [name.to_owned(), name.to_uppercase(), format!("application/{name}")] {
            assert_eq!(kind(Some(&header_type), PLAIN), wanted, "{header_type}");
        }
    }
    for header_type in ["", "JWT ", "text/plain", "application/application/jwt", "xyz+jwt"] {
        assert_eq!(kind(Some(header_type), PLAIN), TokenKind::OtherToken, "{header_type}");
    }
}

#[test]
fn header_types_are_sorted() {
    assert!(HEADER_TYPES.is_sorted_by(|left, right| left.0 < right.0));
}

#[test]
fn shapes_without_a_type_of_their_own() {
    for (text, wanted) in [
        (r#"{"sub": "/eid1/c/pub/x"}"#, TokenKind::BlueprintExchange),
        (r#"{"aud": ["a", "API://azureadtokenexchange"]}"#, TokenKind::ExchangeToken),
        (r#"{"iss": "00000001-0000-0000-c000-000000000000@t"}"#, TokenKind::ServiceActor),
        (r#"{"actortoken": "…"}"#, TokenKind::ServiceActor),
        (r#"{"trustedfordelegation": "true", "scp": "x"}"#, TokenKind::ServiceActor),
        (r#"{"typ": "ID", "azp": "c", "scope": "openid"}"#, TokenKind::IdToken),
        (r#"{"typ": "Refresh"}"#, TokenKind::OtherToken),
        (r#"{"typ": "Bearer", "azp": "c", "scope": "read"}"#, TokenKind::AccessToken),
        (r#"{"txn": "1", "req_wl": "w"}"#, TokenKind::TransactionToken),
        (r#"{"htm": "GET", "htu": "https://x"}"#, TokenKind::Proof),
        (r#"{"wth": "x", "jti": "1"}"#, TokenKind::Proof),
        (r#"{"events": {}}"#, TokenKind::OtherToken),
        (r#"{"iss": "me", "sub": "me"}"#, TokenKind::OtherToken),
        (r#"{"at_hash": "x", "azp": "c", "scp": "read"}"#, TokenKind::IdToken),
        (r#"{"nonce": "x", "sub": "s"}"#, TokenKind::IdToken),
        (r#"{"nonce": "x", "roles": ["r"]}"#, TokenKind::IdToken),
        (r#"{"nonce": "x", "azp": "c", "scope": "read"}"#, TokenKind::AccessToken),
        (r#"{"name": "Dana", "sub": "s", "tid": "t"}"#, TokenKind::IdToken),
        (r#"{"name": "Dana", "sub": "s", "client": "mapped"}"#, TokenKind::AccessToken),
        (r#"{"name": "Dana", "tid": "t", "act": {"sub": "a"}}"#, TokenKind::AccessToken),
        (r#"{"sub": "s"}"#, TokenKind::AccessToken),
        (r#"{"aud": 5, "sub": [], "iss": null, "typ": {}}"#, TokenKind::AccessToken),
    ] {
        assert_eq!(kind(None, text), wanted, "{text}");
    }
}

#[test]
fn a_token_for_a_known_blueprint_is_a_user_assertion() {
    let id = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
    let blueprints =
        vec![Known { realm: "t".to_owned(), id: id.to_owned(), name: "finance".to_owned() }];
    let directory = Directory { blueprints, ..Directory::default() };
    for audience in [id.to_owned(), id.to_uppercase(), format!("api://{id}")] {
        let token = claims(&format!(r#"{{"aud": "{audience}", "scp": "access_as_user"}}"#));
        let recognition = recognise_in(None, &token, &directory);
        assert_eq!(recognition.kind, TokenKind::UserAssertion, "{audience}");
        assert!(recognition.why.ends_with("the blueprint `finance`"), "{}", recognition.why);
        assert_eq!(recognise(None, &token).kind, TokenKind::AccessToken);
    }
}

proptest! {
    #[test]
    fn arbitrary_texts_are_recognised_as_something(
        header_type in prop::option::of(".{0,20}"),
        audience in ".{0,60}",
        subject in ".{0,60}",
    ) {
        let token: Object = [("aud", audience), ("sub", subject)].into_iter().collect();
        let recognition = recognise(header_type.as_deref(), &token);
        prop_assert!(!recognition.why.is_empty());
    }
}
