//! A lab and a client for it.

use std::{sync::LazyLock, time::Duration};

use reqwest::{
    Certificate,
    blocking::{Client, Response},
    redirect::Policy,
};
use serde_json::{Map, Value, json};
use vicar_lab::{CONTOSO, Lab, Options, RunningLab, Settings};

pub(crate) const CONTOSO_ID: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
pub(crate) const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
pub(crate) const INVOICE: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
pub(crate) const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
pub(crate) const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
pub(crate) const NIGHTLY: &str = "d1c2b3a4-0f1e-4d2c-8b3a-495867768594";
pub(crate) const REPORT_ID: &str = "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c";
pub(crate) const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// One signing key for all labs of this test: making one takes a while.
static KEY: LazyLock<String> = LazyLock::new(|| {
    rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .unwrap()
        .serialize_pem()
});

pub(crate) struct TestLab {
    pub(crate) lab: RunningLab,
    pub(crate) client: Client,
}

impl TestLab {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let options = Options { seed: Some(7), signing_key: Some(KEY.clone()), ..options };
        let lab = Lab::start(&Settings::parse(CONTOSO).unwrap(), options).unwrap();
        let client = builder(&lab).build().unwrap();
        Self { lab, client }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.lab.origin)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().unwrap()
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        self.get(path).json().unwrap()
    }

    pub(crate) fn try_token(&self, form: &[(&str, &str)]) -> reqwest::Result<Response> {
        let url = self.url(&format!("{CONTOSO_ID}/oauth2/v2.0/token"));
        self.client.post(url).header("content-type", FORM).body(encode(form)).send()
    }

    pub(crate) fn ask(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.try_token(form).unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }

    pub(crate) fn token(&self, form: &[(&str, &str)]) -> String {
        let (status, answer) = self.ask(form);
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn control(&self, path: &str, body: &Value) -> Response {
        let url = self.url(&format!("lab/{path}"));
        self.client
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .unwrap()
    }

    pub(crate) fn fault(&self, fault: &Value) {
        let answer = self.control("faults", fault);
        assert_eq!(answer.status(), 204, "{}", answer.text().unwrap());
    }

    pub(crate) fn t1(&self) -> String {
        self.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", BLUEPRINT),
            ("client_secret", "lab-blueprint-secret"),
            ("scope", "api://AzureADTokenExchange/.default"),
            ("fmi_path", INVOICE),
        ])
    }

    /// Dana's token for the blueprint.
    pub(crate) fn tc(&self) -> String {
        let answer: Value = self
            .control(
                "sign-in",
                &json!({
                    "tenant": CONTOSO_ID, "client": TERMINAL, "user": "dana@contoso.example",
                    "scope": format!("api://{BLUEPRINT}/access_as_user"),
                }),
            )
            .json()
            .unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn builder(lab: &RunningLab) -> reqwest::blocking::ClientBuilder {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder()
        .tls_certs_only(Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap())
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(5))
}

/// What a well-behaved client asks for: an ordinary app's token.
pub(crate) const ORDINARY: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_id", NIGHTLY),
    ("client_secret", "lab-nightly-secret"),
    ("scope", "api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/.default"),
];

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Map<String, Value> {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&vicar_token::base64url::decode(payload).unwrap()).unwrap()
}
