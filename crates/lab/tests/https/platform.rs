//! Managed identities: from the metadata endpoint to T1.

use serde_json::{Value, json};
use vicar_lab::{Lab, Options, Settings};

use crate::client::{BLUEPRINT, CONTOSO_ID, INVOICE, JWT, NIGHTLY, TestLab, builder, claims};

const PRINCIPAL: &str = "0e1d2c3b-4a59-4687-9677-8695a4b3c2d1";

fn lab() -> TestLab {
    let settings = format!(
        "tenants:\n- id: {CONTOSO_ID}\n  name: Contoso\n  domain: contoso.example\n  \
         managed_identities:\n  - {{id: {NIGHTLY}, name: Machine, principal: {PRINCIPAL}, \
         resource_id: /subscriptions/s/machine}}\n  blueprints:\n  - id: {BLUEPRINT}\n    \
         name: Blueprint\n    credentials:\n    - federated: {{issuer: \
         'https://login.microsoftonline.com/{CONTOSO_ID}/v2.0', subject: {PRINCIPAL}}}\n  \
         agents:\n  - {{id: {INVOICE}, name: Agent, blueprint: {BLUEPRINT}}}\n"
    );
    let lab = Lab::start(&Settings::parse(&settings).unwrap(), Options::default()).unwrap();
    let client = builder(&lab).build().unwrap();
    TestLab { lab, client }
}

#[test]
fn a_managed_identity_gets_t1() {
    let lab = lab();
    let path = "metadata/identity/oauth2/token?api-version=2019-08-01&resource=api%3A%2F%2FAzureADTokenExchange";
    assert_eq!(lab.get(path).status(), 400, "the header is missing");
    let answer = lab.client.get(lab.url(path)).header("metadata", "true").send().unwrap();
    let answer: Value = answer.json().unwrap();
    assert_eq!((&answer["client_id"], &answer["expires_in"]), (&json!(NIGHTLY), &json!("86399")));
    let own = answer["access_token"].as_str().unwrap();
    assert_eq!(claims(own)["oid"], PRINCIPAL);
    let t1 = lab.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", BLUEPRINT),
        ("client_assertion_type", JWT),
        ("client_assertion", own),
        ("scope", "api://AzureADTokenExchange/.default"),
        ("fmi_path", INVOICE),
    ]);
    assert_eq!((&claims(&t1)["azp"], &claims(&t1)["azpacr"]), (&json!(BLUEPRINT), &json!("2")));
    let other = format!("{path}&client_id={INVOICE}");
    let other = lab.client.get(lab.url(&other)).header("metadata", "true").send().unwrap();
    assert_eq!(other.status(), 400, "an agent is no managed identity");
}
