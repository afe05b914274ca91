//! Certificates and federated credentials, with real keys.

use std::sync::LazyLock;

use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, JwkSet},
};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use vicar_token::base64url;

use crate::{
    Refusal, TokenAnswer, TokenRequest, WantedKeys,
    directory::{Certificate, Credential},
    settings::{CredentialSettings, FederatedSettings, KeySource},
};

use super::world::{
    BLUEPRINT, CONTOSO_ID, EXCHANGE, INVOICE, JWT, NIGHTLY, START, TOOLS, World, claims,
};

struct Pair {
    key: EncodingKey,
    pem: String,
}

fn pair() -> Pair {
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    Pair {
        key: EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap(),
        pem: certificate.self_signed(&pair).unwrap().pem(),
    }
}

static CLIENT: LazyLock<Pair> = LazyLock::new(pair);
static STRANGER: LazyLock<Pair> = LazyLock::new(pair);

fn sign(pair: &Pair, algorithm: Algorithm, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &pair.key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn world_with(application: &str, credential: CredentialSettings) -> World {
    let mut world = World::new();
    let application = world.directory.applications.get_mut(application).unwrap();
    application.credentials = vec![Credential::read(&credential).unwrap()];
    world
}

// === certificates ===

fn assertion(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let certificate = Certificate::from_pem(&CLIENT.pem).unwrap();
    let mut header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": certificate.sha256});
    let mut claims = json!({
        "aud": format!("https://login.microsoftonline.com/{CONTOSO_ID}/oauth2/v2.0/token"),
        "iss": NIGHTLY, "sub": NIGHTLY, "jti": "6f1c0c0e-2c1b-4a53-9d0e-0f6f4f1f2d3c",
        "nbf": START, "iat": START, "exp": START + 600,
    });
    change(&mut header, &mut claims);
    let algorithm = if header["alg"] == "PS256" { Algorithm::PS256 } else { Algorithm::RS256 };
    sign(&CLIENT, algorithm, &header, &claims)
}

fn with_certificate(assertion: &str) -> Result<TokenAnswer, Refusal> {
    let pem = Some(CLIENT.pem.clone());
    let mut world = world_with(
        NIGHTLY,
        CredentialSettings { certificate: pem, ..CredentialSettings::default() },
    );
    let scope = format!("{TOOLS}/.default");
    world.ask(
        CONTOSO_ID,
        &[
            ("grant_type", "client_credentials"),
            ("client_id", NIGHTLY),
            ("client_assertion_type", JWT),
            ("client_assertion", assertion),
            ("scope", &scope),
        ],
    )
}

#[test]
fn a_certificate_proves_a_client_in_three_spellings() {
    let certificate = Certificate::from_pem(&CLIENT.pem).unwrap();
    for header in [
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": certificate.sha256}),
        json!({"alg": "RS256", "typ": "JWT", "x5t": certificate.sha1, "x5c": ["MIIB"]}),
        json!({"alg": "RS256", "typ": "JWT", "kid": certificate.sha1_hex}),
    ] {
        let answer = with_certificate(&assertion(|it, _| *it = header.clone())).unwrap();
        assert_eq!(claims(&answer.access_token)["azpacr"], "2", "{header}");
    }
}

#[test]
fn a_certificate_assertion_is_refused_for_each_fault() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(&str, Change, u32); 9] = [
        ("another certificate", |header, _| header["x5t#S256"] = json!("AAAA"), 700_027),
        ("no certificate", |header, _| *header = json!({"alg": "RS256"}), 700_027),
        ("another algorithm", |header, _| header["alg"] = json!("HS256"), 5_002_738),
        ("none", |header, _| header["alg"] = json!("none"), 5_002_738),
        ("another subject", |_, claims| claims["sub"] = json!(INVOICE), 50048),
        ("another audience", |_, claims| claims["aud"] = json!("https://example.com"), 700_023),
        (
            "another tenant",
            |_, claims| {
                claims["aud"] = json!(
                    "https://login.microsoftonline.com/f4b21c00-1d2e-4f30-8a41-5b6c7d8e9f00/oauth2/v2.0/token"
                )
            },
            700_023,
        ),
        ("expired", |_, claims| claims["exp"] = json!(START - 301), 700_024),
        ("not yet", |_, claims| claims["nbf"] = json!(START + 301), 700_024),
    ];
    for (name, change, code) in cases {
        let refusal = with_certificate(&assertion(change)).unwrap_err();
        assert_eq!(refusal.code.number, code, "{name}: {refusal}");
    }
}

#[test]
fn a_certificate_assertion_signed_by_somebody_else_is_refused() {
    let certificate = Certificate::from_pem(&CLIENT.pem).unwrap();
    let token = sign(
        &STRANGER,
        Algorithm::PS256,
        &json!({"alg": "PS256", "x5t#S256": certificate.sha256}),
        &json!({"aud": format!("https://localhost:8443/{CONTOSO_ID}/oauth2/v2.0/token"),
            "iss": NIGHTLY, "sub": NIGHTLY, "exp": START + 600}),
    );
    assert_eq!(with_certificate(&token).unwrap_err().code.number, 700_027);
}

// === federated credentials ===

const ISSUER: &str = "https://oidc.contoso.example/cluster-1";
const SUBJECT: &str = "system:serviceaccount:agents:invoice-agent";

fn key_set(pair: &Pair) -> JwkSet {
    let mut jwk = Jwk::from_encoding_key(&pair.key, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("cluster-key".to_owned());
    JwkSet { keys: vec![jwk] }
}

fn federated(keys: Option<KeySource>) -> CredentialSettings {
    CredentialSettings {
        federated: Some(FederatedSettings {
            issuer: ISSUER.to_owned(),
            subject: SUBJECT.to_owned(),
            audience: "api://AzureADTokenExchange".to_owned(),
            keys,
        }),
        ..CredentialSettings::default()
    }
}

fn service_account(pair: &Pair, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let mut header = json!({"alg": "RS256", "kid": "cluster-key"});
    let mut claims = json!({
        "aud": ["api://AzureADTokenExchange"], "iss": ISSUER, "sub": SUBJECT,
        "iat": START, "nbf": START, "exp": START + 3600,
    });
    change(&mut header, &mut claims);
    sign(pair, Algorithm::RS256, &header, &claims)
}

fn with_service_account(token: &str) -> Result<TokenAnswer, Refusal> {
    let keys = serde_json::to_string(&key_set(&CLIENT)).unwrap();
    let mut world = world_with(BLUEPRINT, federated(Some(KeySource::Inline(keys))));
    world.ask(CONTOSO_ID, &form(token))
}

fn form(token: &str) -> [(&str, &str); 6] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", BLUEPRINT),
        ("client_assertion_type", JWT),
        ("client_assertion", token),
        ("scope", EXCHANGE),
        ("fmi_path", INVOICE),
    ]
}

#[test]
fn a_service_account_token_proves_a_blueprint() {
    for audience in [json!(["api://AzureADTokenExchange"]), json!("api://AzureADTokenExchange")] {
        let token = service_account(&CLIENT, |_, claims| claims["aud"] = audience);
        let answer = with_service_account(&token).unwrap();
        let claims = claims(&answer.access_token);
        assert_eq!((&claims["azp"], &claims["azpacr"]), (&json!(BLUEPRINT), &json!("2")));
    }
}

#[test]
fn a_federated_token_is_refused_for_each_mismatch() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(&str, Change, u32); 13] = [
        ("issuer", |_, it| it["iss"] = json!("https://oidc.contoso.example/cluster-2"), 700_211),
        (
            "issuer with a slash",
            |_, it| it["iss"] = json!("https://oidc.contoso.example/cluster-1/"),
            700_211,
        ),
        ("no issuer", |_, it| it["iss"] = json!(null), 700_211),
        ("subject", |_, it| it["sub"] = json!("system:serviceaccount:agents:other"), 700_213),
        (
            "subject in capitals",
            |_, it| it["sub"] = json!("system:serviceaccount:Agents:invoice-agent"),
            7_002_138,
        ),
        ("audience", |_, it| it["aud"] = json!("https://kubernetes.default.svc"), 700_212),
        (
            "audience in small letters",
            |_, it| it["aud"] = json!("api://azureadtokenexchange"),
            7_002_121,
        ),
        ("two audiences", |_, it| it["aud"] = json!(["api://AzureADTokenExchange", "x"]), 700_212),
        ("key", |header, _| header["kid"] = json!("other"), 7_000_272),
        ("no key", |header, _| *header = json!({"alg": "RS256"}), 7_000_272),
        ("algorithm", |header, _| header["alg"] = json!("ES256"), 5_002_738),
        ("expired", |_, it| it["exp"] = json!(START - 301), 700_024),
        ("without end", |_, it| it["exp"] = json!(null), 700_024),
    ];
    for (name, change, code) in cases {
        let token = service_account(&CLIENT, change);
        let token = if name == "without end" { without_end() } else { token };
        let refusal = with_service_account(&token).unwrap_err();
        assert_eq!(refusal.code.number, code, "{name}: {refusal}");
    }
    let forged = service_account(&STRANGER, |_, _| {});
    assert_eq!(with_service_account(&forged).unwrap_err().code.number, 700_027);
}

fn without_end() -> String {
    service_account(&CLIENT, |_, claims| {
        claims.as_object_mut().unwrap().remove("exp");
    })
}

#[test]
fn the_keys_of_an_issuer_are_asked_for_and_used() {
    let token = service_account(&CLIENT, |_, _| {});
    let form: crate::Form = form(&token).into_iter().collect();
    let request =
        TokenRequest { tenant: CONTOSO_ID, form: &form, address: None, issuer_keys: None };

    let mut world = world_with(BLUEPRINT, federated(None));
    assert_eq!(world.service().wanted_keys(&request), Some(WantedKeys::Issuer(ISSUER.to_owned())));
    assert_eq!(world.service().token(&request).unwrap_err().code.number, 90061);

    let keys = key_set(&CLIENT);
    let request = TokenRequest { issuer_keys: Some(&keys), ..request };
    world.service().token(&request).unwrap();

    let at = KeySource::Url("https://keys.contoso.example/jwks".to_owned());
    let mut world = world_with(BLUEPRINT, federated(Some(at)));
    assert_eq!(
        world.service().wanted_keys(&request),
        Some(WantedKeys::Address("https://keys.contoso.example/jwks".to_owned()))
    );
}

#[test]
fn a_federated_token_does_not_get_another() {
    let keys = serde_json::to_string(&key_set(&CLIENT)).unwrap();
    let mut world = world_with(NIGHTLY, federated(Some(KeySource::Inline(keys))));
    let token = service_account(&CLIENT, |_, _| {});
    let of_app = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", NIGHTLY),
                ("client_assertion_type", JWT),
                ("client_assertion", &token),
                ("scope", EXCHANGE),
            ],
        )
        .unwrap()
        .access_token;
    let chained = world.ask(CONTOSO_ID, &form(&of_app)).unwrap_err();
    assert_eq!(chained.code.number, 700_231, "{chained}");
}

#[test]
fn a_managed_identity_proves_a_blueprint_and_no_other_token_of_entra_does() {
    let settings = format!(
        "tenants:\n- id: {CONTOSO_ID}\n  name: Contoso\n  domain: contoso.example\n  \
         blueprints:\n  - id: {BLUEPRINT}\n    name: Blueprint\n    credentials:\n    - federated:\n        \
         issuer: https://login.microsoftonline.com/{CONTOSO_ID}/v2.0\n        \
         subject: 0e1d2c3b-4a59-4687-9677-8695a4b3c2d1\n  managed_identities:\n  \
         - id: d1c2b3a4-0f1e-4d2c-8b3a-495867768594\n    name: Job\n    \
         principal: 0e1d2c3b-4a59-4687-9677-8695a4b3c2d1\n    resource_id: /subscriptions/x\n"
    );
    let settings = crate::Settings::parse(&settings).unwrap();
    let mut world = World::new();
    world.directory = crate::Directory::build(&settings).unwrap();
    let token = world
        .service()
        .managed_identity(CONTOSO_ID, NIGHTLY, "api://AzureADTokenExchange")
        .unwrap();
    assert_eq!(token.expires_in, 86_399);
    assert_eq!(claims(&token.access_token)["xms_mirid"], "/subscriptions/x");
    let t1 = world.ask(CONTOSO_ID, &form(&token.access_token)).unwrap().access_token;

    let refused = world.ask(CONTOSO_ID, &form(&t1)).unwrap_err();
    assert_eq!(refused.code.number, 700_231, "{refused}");
    let graph = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", BLUEPRINT),
                ("client_assertion_type", JWT),
                ("client_assertion", &token.access_token),
                ("scope", "https://graph.microsoft.com/.default"),
            ],
        )
        .unwrap();
    let refused = world.ask(CONTOSO_ID, &form(&graph.access_token)).unwrap_err();
    assert_eq!(refused.code.number, 700_222, "{refused}");
}
