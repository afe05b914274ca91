use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Verified, verify};
use crate::error::TokenError;
use crate::stand_in::{Key, StandIn, key_set, p256, rsa, token};
use crate::{Algorithm, IssuerForm, KeyRing, TrustedIssuer, Unverified, dangerous};

/// The time of all cases that name none.
const NOW: u64 = 1_790_000_600;

/// `tests/data/verify.json`: tokens changed from a good one, and what is said of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    issuers: Vec<TrustedIssuer>,
    /// Good tokens, by name.
    tokens: BTreeMap<String, Token>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    header: Value,
    claims: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    token: String,
    /// Header members changed; `null` removes.
    #[serde(default)]
    header: Value,
    /// Claims changed; `null` removes.
    #[serde(default)]
    claims: Value,
    /// Whose key signs, if not the issuer's own.
    #[serde(default)]
    signer: Option<String>,
    #[serde(default)]
    now: Option<u64>,
    want: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    remedy: Option<String>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../../tests/data/verify.json")).unwrap()
}

/// The number that marks an issuer's key: every issuer has one RSA key and one P-256 key.
fn mark(issuer: &str) -> [u8; 4] {
    let sum = issuer.bytes().fold(0u16, |sum, byte| sum.wrapping_mul(31) + u16::from(byte));
    let [high, low] = sum.to_be_bytes();
    [0x81, 0, high, low]
}

fn ring(issuers: &[TrustedIssuer]) -> KeyRing<Key> {
    let mut ring = KeyRing::new();
    for issuer in issuers.iter().filter(|issuer| issuer.name != "keyless") {
        let mark = mark(&issuer.name);
        let keys = [
            format!(r#""kid":"rsa-1",{}"#, rsa(mark)),
            format!(r#""kid":"ec-1","alg":"ES256",{}"#, p256(mark)),
        ];
        ring.replace(issuer, &key_set(&keys), &StandIn);
    }
    ring
}

fn change(base: &Value, changes: &Value) -> Value {
    let mut changed = base.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        let members = changed.as_object_mut().unwrap();
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    changed
}

impl Case {
    fn text(&self, table: &Table) -> String {
        let base = &table.tokens[&self.token];
        let header = change(&base.header, &self.header);
        let claims = change(&base.claims, &self.claims);
        let algorithm = Algorithm::from_name(header["alg"].as_str().unwrap()).unwrap();
        let signer = mark(self.signer.as_deref().unwrap_or(&self.token));
        token(algorithm, signer, &header.to_string(), &claims.to_string())
    }

    fn verify(&self, table: &Table, ring: &KeyRing<Key>) -> Result<Verified, TokenError> {
        let text = self.text(table);
        let token = Unverified::parse(&text)?;
        verify(&token, &table.issuers, ring, &StandIn, self.now.unwrap_or(NOW))
    }
}

#[test]
fn every_token_is_judged_as_the_table_says() {
    let table = table();
    let ring = ring(&table.issuers);
    let mut wrong = Vec::new();
    for case in &table.cases {
        let (found, message, remedy) = match case.verify(&table, &ring) {
            Ok(_) => ("verified", None, None),
            Err(error) => (error.reason().code, Some(error.to_string()), Some(error.remedy())),
        };
        if found != case.want || message != case.message || remedy != case.remedy {
            let said = message.zip(remedy).map(|(message, remedy)| format!("{message} | {remedy}"));
            wrong.push(format!("{}: {found}: {}", case.name, said.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The signature is not what these cases are about: without it the same is said of the claims.
#[test]
fn claims_are_judged_the_same_when_another_has_verified_the_signature() {
    let table = table();
    let ring = ring(&table.issuers);
    let mut compared = 0;
    for case in &table.cases {
        let text = case.text(&table);
        let Ok(token) = Unverified::parse(&text) else { continue };
        let (header, claims) = (token.header().clone(), token.claims().clone());
        let now = case.now.unwrap_or(NOW);
        let assumed = dangerous::verify_claims(header, claims, &table.issuers, now);
        match case.verify(&table, &ring) {
            Err(error) if error.reason().code.starts_with("key") => {}
            Err(error) if error.reason().code.starts_with("signature") => {}
            Err(error) if error.reason().code.starts_with("algorithm") => {}
            verified => {
                assert_eq!(assumed, verified, "{}", case.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn verified_claims_say_how_they_were_verified() {
    let table = table();
    let ring = ring(&table.issuers);
    let verified = |name: &str| {
        let case = table.cases.iter().find(|case| case.name == name).unwrap();
        case.verify(&table, &ring).unwrap()
    };
    let entra = verified("Entra v1");
    assert_eq!(entra.issuer_name(), "entra");
    assert_eq!(entra.issuer_form(), IssuerForm::EntraV1);
    assert_eq!(entra.tenant(), Some("7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901"));
    let issuer = "https://sts.windows.net/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/";
    assert_eq!(entra.issuer(), Some(issuer));
    assert_eq!(entra.key_id(), Some("rsa-1"));
    assert_eq!(entra.audiences(), ["api://orders"]);
    assert_eq!(entra.issued_at(), Some(1_790_000_000));
    assert_eq!(entra.not_before(), Some(1_790_000_000));
    assert_eq!(entra.expires_at(), 1_790_003_600);
    assert_eq!(entra.header().algorithm, "RS256");
    assert_eq!(entra.claims().string("ver"), Ok(Some("2.0")));

    let mesh = verified("SPIFFE");
    assert_eq!(mesh.issuer_form(), IssuerForm::SpiffeTrustDomain);
    assert_eq!((mesh.issuer(), mesh.tenant(), mesh.issued_at()), (None, None, None));
}

#[test]
fn no_octet_of_a_token_can_change() {
    let table = table();
    let ring = ring(&table.issuers);
    let text = table.cases[0].text(&table);
    assert!(verify_text(&table, &ring, &text).is_ok());
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let outcome = verify_text(&table, &ring, &changed);
        assert!(outcome.is_err(), "position {position}");
    }
}

fn verify_text(table: &Table, ring: &KeyRing<Key>, text: &str) -> Result<Verified, TokenError> {
    verify(&Unverified::parse(text)?, &table.issuers, ring, &StandIn, NOW)
}

mod properties {
    use proptest::prelude::*;

    use super::super::claims::StandardClaims;
    use super::table;
    use crate::Object;

    proptest! {
        /// Whatever the numbers, an accepted token is within its times and its lifetime.
        #[test]
        fn accepted_times_are_within_bounds(
            iat in proptest::option::of(-5i64..5000),
            nbf in proptest::option::of(-5i64..5000),
            exp in -5i64..9000,
            now in 0u64..9000,
            skew in 0u32..400,
            limit in 0u32..5000,
        ) {
            let mut issuer = table().issuers.swap_remove(0);
            issuer.clock_skew_seconds = skew;
            issuer.max_lifetime_seconds = limit;
            issuer.single_audience = false;
            issuer.require_issued_at = false;
            let mut claims: Object = [("aud", issuer.audiences[0].clone())].into_iter().collect();
            claims.insert("exp", exp);
            for (name, value) in [("iat", iat), ("nbf", nbf)] {
                if let Some(value) = value {
                    claims.insert(name, value);
                }
            }
            let accepted = StandardClaims::check(&claims, &issuer, now).is_ok();
            let (skew, limit, now) = (i64::from(skew.min(300)), i64::from(limit), now as i64);
            let start = iat.or(nbf).unwrap_or(now);
            let within = exp >= 0 && now < exp + skew
                && [iat, nbf].iter().flatten().all(|start| {
                    *start >= 0 && *start < exp && *start <= now + skew
                })
                && exp.saturating_sub(start).max(0) <= limit;
            prop_assert_eq!(accepted, within);
        }
    }
}
