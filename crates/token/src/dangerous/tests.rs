use super::{assume, decode};
use crate::{Header, IssuerForm, Json, Object, base64url};

fn part(text: &str) -> String {
    base64url::encode(text.as_bytes())
}

fn problems(token: &str) -> Vec<String> {
    decode(token).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_refused_header_does_not_hide_the_claims() {
    let token = format!("{}.{}.", part(r#"{"alg":"none","kid":7}"#), part(r#"{"sub":"s"}"#));
    let decoded = decode(&token);
    assert_eq!(decoded.header.map(|header| header.len()), Some(2));
    assert_eq!(decoded.claims.unwrap().string("sub"), Ok(Some("s")));
    assert_eq!(decoded.signature, None);
    assert_eq!(
        problems(&token),
        [
            "in the token's header, `kid` is an integer where a string is expected",
            "the token's signature part is empty",
        ]
    );
}

#[test]
fn a_token_cut_off_shows_what_is_left() {
    let two = format!("{}.{}", part(r#"{"alg":"RS256"}"#), part(r#"{"sub":"s"}"#));
    assert!(decode(&two).claims.is_some());
    assert_eq!(
        problems(&two),
        ["the text has 2 parts where a signed token has three, joined by dots"]
    );
    let header = part(r#"{"alg":"RS256"}"#);
    assert!(decode(&header).header.is_some());
    assert_eq!(decode(&header).claims, None);
}

#[test]
fn of_an_encrypted_token_the_header_is_shown() {
    let token = format!("{}.a.b.c.d", part(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    let decoded = decode(&token);
    assert_eq!(decoded.header.unwrap().string("enc"), Ok(Some("A256GCM")));
    assert_eq!((decoded.claims, decoded.signature), (None, None));
    assert!(problems(&token)[0].starts_with("the token is encrypted"));
}

#[test]
fn a_good_token_has_no_problem() {
    let token = format!("{}.{}.AAAA", part(r#"{"alg":"RS256"}"#), part("{}"));
    let decoded = decode(&token);
    assert!(decoded.problems.is_empty());
    assert_eq!(decoded.signature, Some(vec![0; 3]));
}

#[test]
fn assumed_claims_show_their_own_tenant() {
    let claims = |iss: Option<&str>, exp: Json| {
        let mut claims: Object = [("aud", "a")].into_iter().collect();
        claims.insert("exp", exp);
        if let Some(iss) = iss {
            claims.insert("iss", iss);
        }
        claims
    };
    let tenant = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
    let iss = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let entra = assume(Header::default(), claims(Some(&iss), 5.into()), "shown").unwrap();
    assert_eq!((entra.issuer_form(), entra.tenant()), (IssuerForm::EntraV2, Some(tenant)));
    assert_eq!((entra.issuer_name(), entra.expires_at()), ("shown", 5));
    assert_eq!(entra.audiences(), ["a"]);
    let other = assume(Header::default(), claims(Some("https://x.example"), 5.into()), "").unwrap();
    assert_eq!((other.issuer_form(), other.tenant()), (IssuerForm::Exact, None));
    let error = assume(Header::default(), claims(None, "soon".into()), "").unwrap_err();
    assert_eq!(error.reason().code, "claim_malformed");
}
