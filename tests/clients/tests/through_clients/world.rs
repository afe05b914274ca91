//! The lab with Contoso, an application that has a certificate, and a demand for a second factor.

use std::time::{Duration, Instant};

use reqwest::{
    Certificate,
    blocking::{Client, Response},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use vicar_lab::{
    CONTOSO, Lab, Options, RequestRecord, RunningLab, Settings,
    settings::{AccessRule, CredentialSettings, DelegatedConsent, Demand},
};

use crate::tokens::Verifier;

pub(crate) const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
pub(crate) const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
pub(crate) const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
/// Another agent of the same blueprint.
pub(crate) const STRANGER: &str = "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c";
pub(crate) const AGENT_USER: &str = "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6";
pub(crate) const DANA: &str = "1f2e3d4c-5b6a-4798-8877-665544332211";
pub(crate) const DANA_NAME: &str = "dana@contoso.example";
pub(crate) const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
pub(crate) const PLAIN: &str = "8b7c6d5e-4f3a-4b2c-9d1e-0f9a8b7c6d5e";
pub(crate) const MODELS: &str = "7d312290-28c8-473c-a0ed-8e53749b6d6d";
pub(crate) const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
pub(crate) const NIGHTLY: &str = "d1c2b3a4-0f1e-4d2c-8b3a-495867768594";

pub(crate) struct World {
    pub(crate) lab: RunningLab,
    /// Has `ca.pem`.
    pub(crate) folder: TempDir,
    client: Client,
    key: String,
    certificate: String,
}

impl World {
    pub(crate) fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (key, certificate) = certificate();
        let folder = tempfile::tempdir().unwrap();
        let options = Options { folder: Some(folder.path().to_owned()), ..Options::default() };
        let lab = Lab::start(&settings(&certificate), options).unwrap();
        let client = Client::builder()
            .tls_certs_only(Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap())
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        Self { lab, folder, client, key, certificate }
    }

    pub(crate) fn ca(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// What the scripts of Microsoft's clients are given.
    pub(crate) fn for_scripts(&self) -> Value {
        json!({
            "authority": self.lab.authority(TENANT),
            "ca": self.ca(),
            "terminal": {"id": TERMINAL},
            "nightly": {
                "id": NIGHTLY, "secret": "lab-nightly-secret",
                "key": self.key, "certificate": self.certificate,
            },
            "tools": {"id": TOOLS, "secret": "lab-tools-secret"},
            "blueprint": {"id": BLUEPRINT, "secret": "lab-blueprint-secret"},
            "agent": {"id": AGENT},
            "agent_user": "invoice-agent@contoso.example",
        })
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let keys = format!("{}/{TENANT}/discovery/v2.0/keys", self.lab.origin);
        Verifier::new(self.client.get(keys).send().unwrap().json().unwrap())
    }

    /// A person's token for the blueprint, without a client.
    pub(crate) fn sign_in(&self, user: &str) -> String {
        let scope = format!("api://{BLUEPRINT}/access_as_user");
        let body = json!({"tenant": TENANT, "client": TERMINAL, "user": user, "scope": scope});
        let answer: Value = self.control("sign-in", &body).json().unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// What the token endpoint was asked.
    pub(crate) fn token_requests(&self) -> Vec<RequestRecord> {
        self.requests().into_iter().filter(|it| it.path.ends_with("/oauth2/v2.0/token")).collect()
    }

    /// The person reads the code and decides, but not before the client has asked in vain.
    pub(crate) fn click(&self, user_code: &str, approve: Option<&str>) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.somebody_waits() {
            assert!(Instant::now() < end, "the client does not ask for the token");
            std::thread::sleep(Duration::from_millis(20));
        }
        let body = json!({"user_code": user_code, "approve": approve});
        let answer = self.control("device", &body);
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }

    /// Whether the last code that was given out was asked about.
    fn somebody_waits(&self) -> bool {
        let requests = self.requests();
        let mut since = requests.iter().rev().take_while(|it| !it.path.ends_with("/devicecode"));
        since.any(|it| it.code == Some(PENDING))
    }

    fn requests(&self) -> Vec<RequestRecord> {
        self.client.get(format!("{}/lab/requests", self.lab.origin)).send().unwrap().json().unwrap()
    }

    fn control(&self, path: &str, body: &Value) -> Response {
        let request = self.client.post(format!("{}/lab/{path}", self.lab.origin));
        request.json(body).send().unwrap()
    }
}

/// Contoso, and what Contoso lacks.
fn settings(certificate: &str) -> Settings {
    let mut settings = Settings::parse(CONTOSO).unwrap();
    let contoso = settings.tenants.iter_mut().find(|tenant| tenant.id == TENANT).unwrap();
    let nightly = contoso.apps.iter_mut().find(|app| app.id == NIGHTLY).unwrap();
    nightly.credentials.push(CredentialSettings {
        certificate: Some(certificate.to_owned()),
        ..CredentialSettings::default()
    });
    let consents = [(TOOLS, PLAIN, "plain.read"), (AGENT, MODELS, "user_impersonation")];
    contoso.consents.delegated.extend(consents.map(|(client, resource, scope)| DelegatedConsent {
        client: client.to_owned(),
        resource: resource.to_owned(),
        scopes: vec![scope.to_owned()],
        person: None,
    }));
    contoso.conditional_access.push(AccessRule {
        id: "33333333-3333-4333-8333-333333333333".to_owned(),
        people: None,
        clients: None,
        resources: Some(vec![PLAIN.to_owned()]),
        demand: Demand::Mfa,
    });
    settings
}

fn certificate() -> (String, String) {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
    let key = key.unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    (key.serialize_pem(), certificate.self_signed(&key).unwrap().pem())
}

const PENDING: u32 = 70_016;
