use serde::Deserialize;

use super::{Compact, MAX_TOKEN_BYTES, Unverified};
use crate::base64url;
use crate::dangerous;
use crate::error::TokenError;

/// `tests/data/jws.json`: texts and what is said of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The text itself.
    #[serde(default)]
    text: Option<String>,
    /// Or its header and claims as JSON texts, with a signature of eight octets.
    #[serde(default)]
    header: Option<String>,
    #[serde(default)]
    claims: Option<String>,
    /// `accepted`, or a reason code.
    want: String,
    #[serde(default)]
    message: Option<String>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../tests/data/jws.json")).unwrap()
}

impl Case {
    fn token(&self) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let header = self.header.as_deref().unwrap_or(r#"{"alg":"RS256"}"#);
        let claims = self.claims.as_deref().unwrap_or("{}");
        token(header, claims)
    }
}

fn token(header: &str, claims: &str) -> String {
    let part = |text: &str| base64url::encode(text.as_bytes());
    format!("{}.{}.{}", part(header), part(claims), base64url::encode(&[7; 8]))
}

#[test]
fn every_text_is_judged_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let token = case.token();
        let outcome = Unverified::parse(&token);
        let (want, message) = match &outcome {
            Ok(_) => ("accepted", None),
            Err(error) => (error.reason().code, Some(error.to_string())),
        };
        if want != case.want || message != case.message {
            wrong.push(format!("{}: {want}: {}", case.name, message.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inspection_finds_a_problem_exactly_where_the_parser_refuses() {
    for case in cases() {
        let token = case.token();
        let problems = dangerous::decode(&token).problems;
        match Unverified::parse(&token) {
            Ok(_) => assert_eq!(problems, [], "{}", case.name),
            Err(error) => assert!(problems.contains(&error), "{}: {problems:?}", case.name),
        }
    }
}

#[test]
fn the_parts_are_those_of_the_text() {
    let text = token(r#"{"alg":"ES256","kid":"k","typ":"JWT","x5t":"t"}"#, r#"{"sub":"s"}"#);
    let token = Unverified::parse(&text).unwrap();
    assert_eq!(token.header().algorithm, "ES256");
    assert_eq!(token.header().key_id.as_deref(), Some("k"));
    assert_eq!(token.header().token_type.as_deref(), Some("JWT"));
    assert_eq!(token.header().members.len(), 4);
    assert_eq!(token.claims().string("sub"), Ok(Some("s")));
    assert_eq!(Some(token.signing_input()), text.rsplit_once('.').map(|(input, _)| input));
    assert_eq!(token.signature(), [7; 8]);
}

#[test]
fn a_token_over_the_limit_is_refused_before_it_is_read() {
    let text = "!".repeat(MAX_TOKEN_BYTES + 1);
    let error = TokenError::TooLarge { length: 16385, limit: 16384 };
    assert_eq!(Compact::parse(&text), Err(error.clone()));
    assert_eq!(
        error.to_string(),
        "the token is 16385 bytes long, where at most 16384 are accepted"
    );
}

#[test]
fn messages_never_hold_the_token() {
    let secret = "very-secret-part";
    for text in [
        format!("{secret}.{secret}.{secret}"),
        format!("{}.{secret}!.AA", base64url::encode(br#"{"alg":"RS256"}"#)),
        format!("{secret}.{secret}"),
        secret.to_owned(),
    ] {
        let error = Unverified::parse(&text).unwrap_err();
        assert!(!format!("{error} {}", error.remedy()).contains(secret), "{error}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::super::Unverified;
    use super::token;
    use crate::dangerous;

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,120}") {
            let refused = Unverified::parse(&text).is_err();
            prop_assert_eq!(refused, !dangerous::decode(&text).problems.is_empty());
        }

        #[test]
        fn arbitrary_parts_never_panic(header in ".{0,60}", claims in ".{0,60}") {
            let text = token(&header, &claims);
            let refused = Unverified::parse(&text).is_err();
            prop_assert_eq!(refused, !dangerous::decode(&text).problems.is_empty());
        }

        /// Strictness: no other text than the one signed is read as the same token.
        #[test]
        fn a_changed_character_changes_what_is_read(position in 0usize..90, other in "[A-Za-z0-9_=.+/ -]") {
            let text = token(r#"{"alg":"RS256","kid":"key-1"}"#, r#"{"iss":"https://issuer.example"}"#);
            let mut changed: Vec<char> = text.chars().collect();
            let position = position % changed.len();
            changed[position] = other.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            if changed != text
                && let (Ok(one), Ok(other)) = (Unverified::parse(&text), Unverified::parse(&changed))
            {
                prop_assert_ne!(
                    (one.header(), one.claims(), one.signature()),
                    (other.header(), other.claims(), other.signature())
                );
            }
        }
    }
}
