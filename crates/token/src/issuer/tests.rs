use serde::Deserialize;

use super::{Cloud, EntraIssuer, IssuerForm, Selection, TrustedIssuer, select};
use crate::json::{Limits, Object};

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";

/// `tests/data/issuers.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    issuers: Vec<TrustedIssuer>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    claims: serde_json::Value,
    /// The name of the issuer and the form that matched, or a reason code.
    want: String,
    #[serde(default)]
    message: Option<String>,
}

#[test]
fn every_issuer_is_found_or_refused_as_the_table_says() {
    let table: Table = serde_json::from_str(include_str!("../../tests/data/issuers.json")).unwrap();
    let mut wrong = Vec::new();
    for case in table.cases {
        let claims = Object::parse(case.claims.to_string().as_bytes(), &Limits::TOKEN).unwrap();
        let (found, message) = match select(&table.issuers, &claims) {
            Ok(Selection { issuer, form, tenant }) => {
                let tenant = tenant.map(|tenant| format!(" {tenant}")).unwrap_or_default();
                (format!("{} {form:?}{tenant}", issuer.name), None)
            }
            Err(error) => (error.reason().code.to_owned(), Some(error.to_string())),
        };
        if found != case.want || message != case.message {
            wrong.push(format!("{}: {found}: {}", case.name, message.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_cloud_and_version_has_an_issuer_that_is_read_back() {
    for cloud in [Cloud::China, Cloud::Public, Cloud::UsGovernment] {
        for (issuer, form) in [
            (cloud.v1_issuer(TENANT), IssuerForm::EntraV1),
            (cloud.v2_issuer(TENANT), IssuerForm::EntraV2),
        ] {
            let parsed = EntraIssuer::parse(&issuer).unwrap();
            assert!(parsed.clouds.contains(&cloud), "{issuer}");
            assert_eq!((parsed.form, parsed.tenant), (form, TENANT));
        }
    }
    assert_eq!(Cloud::Public.v1_issuer("T"), "https://sts.windows.net/T/");
    assert_eq!(Cloud::Public.v2_issuer("T"), "https://login.microsoftonline.com/T/v2.0");
    assert_eq!(Cloud::UsGovernment.v2_issuer("T"), "https://login.microsoftonline.us/T/v2.0");
    assert_eq!(Cloud::China.v1_issuer("T"), "https://sts.chinacloudapi.cn/T/");
    assert_eq!(Cloud::China.v2_issuer("T"), "https://login.partner.microsoftonline.cn/T/v2.0");
}

#[test]
fn a_rule_keeps_its_place_among_equals() {
    let table: Table = serde_json::from_str(include_str!("../../tests/data/issuers.json")).unwrap();
    let claims: Object = [("iss", "https://idp.example"), ("aud", "nobody")].into_iter().collect();
    let first = |issuers: &[TrustedIssuer]| select(issuers, &claims).unwrap().issuer.name.clone();
    assert_eq!(first(&table.issuers), "idp-orders");
    let reversed: Vec<_> = table.issuers.into_iter().rev().collect();
    assert_eq!(first(&reversed), "idp-stock");
}

proptest::proptest! {
    #[test]
    fn no_text_but_the_two_forms_is_an_entra_issuer(text in "https://(sts\\.windows\\.net|login\\.microsoftonline\\.com|evil\\.example)/[0-9a-f-]{0,40}(/|/v2\\.0|/v2\\.0/)?") {
        if let Some(entra) = EntraIssuer::parse(&text) {
            let cloud = entra.clouds[0];
            let built = match entra.form {
                IssuerForm::EntraV1 => cloud.v1_issuer(entra.tenant),
                _ => cloud.v2_issuer(entra.tenant),
            };
            proptest::prop_assert_eq!(built.as_str(), text.as_str());
            proptest::prop_assert_eq!(entra.tenant.len(), 36);
        }
    }
}
