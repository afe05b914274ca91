//! A lab, a sidecar in front of it, and a client.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use reqwest::{
    Certificate,
    blocking::{Client, RequestBuilder, Response},
    redirect::Policy,
};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use vicar_lab::{CONTOSO, Lab, Options as LabOptions, RunningLab, Settings};
use vicar_native::{
    engine::NativeEngine,
    exchange::{Exchanger, NativeExchanger, WasmExchanger},
    serve::{
        AuditSink, Configuration, Options, Problems, RunningSidecar, Variables,
        configuration::variables_of_bundle, start,
    },
};

pub(crate) const CONTOSO_ID: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
pub(crate) const FABRIKAM_ID: &str = "f4b21c00-1d2e-4f30-8a41-5b6c7d8e9f00";
pub(crate) const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
pub(crate) const INVOICE: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
pub(crate) const REPORT: &str = "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c";
pub(crate) const TRAVEL: &str = "a9e27002-3e4f-4051-8c7d-8e9f0a1b2c3d";
pub(crate) const ACCOUNT: &str = "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6";
pub(crate) const DANA: &str = "1f2e3d4c-5b6a-4798-8877-665544332211";
pub(crate) const ROBIN: &str = "2a3b4c5d-6c7b-4897-9988-776655443322";
pub(crate) const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";

/// One signing key for all labs of this test: making one takes a while.
static KEY: LazyLock<String> = LazyLock::new(|| {
    rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .unwrap()
        .serialize_pem()
});

/// The component that `make component` leaves in `dist/`, compiled anew.
static COMPONENT: LazyLock<WasmExchanger> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/vicar-exchange.component.wasm");
    let component = std::fs::read(path)
        .unwrap_or_else(|error| panic!("{path}: {error}; `make component` builds it"));
    WasmExchanger::compile(&component, WasmExchanger::LIMITS).unwrap()
});

/// Where exchanges run.
pub(crate) const ENGINES: [&str; 2] = ["native", "wasm"];

pub(crate) fn exchanger(engine: &str) -> Box<dyn Exchanger> {
    match engine {
        "native" => Box::new(NativeExchanger),
        _ => Box::new(COMPONENT.clone()),
    }
}

pub(crate) struct World {
    pub(crate) lab: RunningLab,
    /// For the lab: trusts its CA.
    lab_client: Client,
    /// For the sidecar.
    pub(crate) client: Client,
    pub(crate) url: String,
    audit: Arc<Mutex<Vec<String>>>,
    pub(crate) sidecar: Option<RunningSidecar>,
    pub(crate) runtime: Runtime,
}

/// The usual configuration for a lab.
pub(crate) fn variables(origin: &str) -> BTreeMap<String, String> {
    let tools = format!("api://{TOOLS}");
    [
        ("AzureAd__Instance", origin),
        ("AzureAd__TenantId", CONTOSO_ID),
        ("AzureAd__ClientId", BLUEPRINT),
        ("AzureAd__ClientCredentials__0__SourceType", "ClientSecret"),
        ("AzureAd__ClientCredentials__0__ClientSecret", "lab-blueprint-secret"),
        ("DownstreamApis__Tools__Scopes__0", &format!("{tools}/.default")),
        ("DownstreamApis__Read__Scopes__0", &format!("{tools}/tools.read")),
        ("DownstreamApis__Graph__Scopes__0", "https://graph.microsoft.com/.default"),
        ("Vicar__AllowedAgents__0", INVOICE),
        ("Vicar__AllowedAgents__1", REPORT),
        ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

pub(crate) fn configuration(
    variables: BTreeMap<String, String>,
) -> Result<Configuration, Problems> {
    Configuration::read(&Variables::new(variables))
}

/// Marks variables that a bundle is to fill in.
const BUNDLED: &str = "TEST_BUNDLED";

/// The bundle's words, the lab's address, and `more` over both.
fn configuration_of_bundle(
    bundle: &std::path::Path,
    more: &BTreeMap<String, String>,
) -> Result<Configuration, Problems> {
    let folder = ["vicar.yaml", "policies.cedar"]
        .map(|name| (name.to_owned(), std::fs::read_to_string(bundle.join(name)).unwrap()));
    let compiled = vicar_compiler::compile(&folder.into_iter().collect()).unwrap();
    let exchange = compiled.bundle.exchange().unwrap().unwrap();
    let secret = |name: &str| (name == "FINANCE_SECRET").then(|| "lab-blueprint-secret".to_owned());
    let strong = more.iter().filter(|(name, _)| {
        let bundles = ["AzureAd__ClientCredentials", "DownstreamApis", "Vicar__AllowedAgents"];
        !bundles.iter().any(|section| name.starts_with(section))
    });
    let strong = strong.map(|(name, value)| (name.clone(), value.clone())).collect();
    Configuration::read(&Variables::layers([variables_of_bundle(&exchange, secret), strong]))
}

/// Tries to start a sidecar, without a lab behind it.
pub(crate) fn start_with_bundle(
    more: &[(&str, &str)],
    bundle: &std::path::Path,
) -> Result<(), vicar_native::failure::Failure> {
    let mut variables = variables("https://localhost:1");
    for (name, value) in more {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    let configuration = configuration_of_bundle(bundle, &variables).unwrap();
    let options = Options {
        authority: None,
        bundle: Some(bundle.to_owned()),
        engine: Box::new(|| Ok(Arc::new(NativeEngine))),
        exchanger: Box::new(NativeExchanger),
        audit: AuditSink::new(|_| {}),
    };
    Runtime::new().unwrap().block_on(start(configuration, options)).map(|_| ())
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With more or other variables; an empty value takes one away.
    pub(crate) fn with(more: &[(&str, &str)]) -> Self {
        Self::with_bundle(more, None)
    }

    /// As a bundle with an exchange section says, with more variables.
    pub(crate) fn of_bundle(more: &[(&str, &str)], bundle: &std::path::Path) -> Self {
        let more: Vec<_> = more.iter().copied().chain([(BUNDLED, "yes")]).collect();
        Self::with_bundle(&more, Some(bundle))
    }

    pub(crate) fn with_bundle(more: &[(&str, &str)], bundle: Option<&std::path::Path>) -> Self {
        Self::build(more, bundle, Box::new(NativeExchanger), CONTOSO)
    }

    /// On one of [`ENGINES`].
    pub(crate) fn on(engine: &str, more: &[(&str, &str)]) -> Self {
        Self::build(more, None, exchanger(engine), CONTOSO)
    }

    /// With an exchanger and a directory of the test's own.
    pub(crate) fn build(
        more: &[(&str, &str)],
        bundle: Option<&std::path::Path>,
        exchanger: Box<dyn Exchanger>,
        directory: &str,
    ) -> Self {
        let options = LabOptions { signing_key: Some(KEY.clone()), ..LabOptions::default() };
        let lab = Lab::start(&Settings::parse(directory).unwrap(), options).unwrap();
        let mut variables = variables(&lab.origin);
        for (name, value) in more {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let runtime = Runtime::new().unwrap();
        let audit = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&audit);
        let options = Options {
            authority: Some(lab.ca_pem.clone().into_bytes()),
            bundle: bundle.map(std::path::Path::to_owned),
            engine: Box::new(|| Ok(Arc::new(NativeEngine))),
            exchanger,
            audit: AuditSink::new(move |line| lines.lock().unwrap().push(line.to_owned())),
        };
        let configuration = match (bundle, variables.contains_key(BUNDLED)) {
            (Some(bundle), true) => configuration_of_bundle(bundle, &variables).unwrap(),
            _ => configuration(variables).unwrap(),
        };
        let sidecar = runtime.block_on(start(configuration, options)).unwrap();
        let url = format!("http://{}", sidecar.addresses[0]);
        let builder = || {
            Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_secs(40))
        };
        let lab_client = builder()
            .tls_certs_only(Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap())
            .build()
            .unwrap();
        let client = builder().build().unwrap();
        Self { lab, lab_client, client, url, audit, sidecar: Some(sidecar), runtime }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// A caller's request.
    pub(crate) fn ask(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.get(path).bearer_auth(token).send().unwrap())
    }

    /// Anybody's request.
    pub(crate) fn ask_nobody(&self, path: &str) -> Answer {
        Answer::of(self.get(path).send().unwrap())
    }

    fn control(&self, path: &str, body: &Value) -> Response {
        self.lab_client
            .post(format!("{}/lab/{path}", self.lab.origin))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .unwrap()
    }

    pub(crate) fn fault(&self, fault: &Value) {
        let answer = self.control("faults", fault);
        assert_eq!(answer.status(), 204, "{}", answer.text().unwrap());
    }

    pub(crate) fn clear_faults(&self) {
        let url = format!("{}/lab/faults", self.lab.origin);
        let request = self.lab_client.delete(url).header("content-type", "application/json");
        assert!(request.send().unwrap().status().is_success());
    }

    pub(crate) fn directory(&self, change: &Value) {
        let answer = self.control("directory", change);
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }

    /// A token with the lab's own signature, whatever it says: the header and the claims of
    /// `token` with changes; null removes a member.
    pub(crate) fn forge(&self, token: &str, header: &Value, changes: &Value) -> String {
        let parts: Vec<&str> = token.split('.').collect();
        let changed = |part: &str, changes: &Value| {
            let text = vicar_token::base64url::decode(part).unwrap();
            let mut members: Map<String, Value> = serde_json::from_slice(&text).unwrap();
            for (name, value) in changes.as_object().into_iter().flatten() {
                members.insert(name.clone(), value.clone());
            }
            members.retain(|_, value| !value.is_null());
            vicar_token::base64url::encode(Value::Object(members).to_string().as_bytes())
        };
        let input = format!("{}.{}", changed(parts[0], header), changed(parts[1], changes));
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(KEY.as_bytes()).unwrap();
        let signature =
            jsonwebtoken::crypto::sign(input.as_bytes(), &key, jsonwebtoken::Algorithm::RS256);
        format!("{input}.{}", signature.unwrap())
    }

    /// The lab's, not ours.
    pub(crate) fn advance_clock(&self, seconds: u64) {
        assert!(self.control("clock", &json!({"advance": seconds})).status().is_success());
    }

    pub(crate) fn rotate_keys(&self) {
        assert!(self.control("keys/rotate", &json!({"retire": true})).status().is_success());
    }

    /// A person's token for the blueprint.
    pub(crate) fn tc(&self, user: &str) -> String {
        self.sign_in(user, &format!("api://{BLUEPRINT}/access_as_user"))
    }

    pub(crate) fn sign_in(&self, user: &str, scope: &str) -> String {
        let body = json!({
            "tenant": CONTOSO_ID, "client": TERMINAL, "user": user, "scope": scope,
        });
        let answer: Value =
            serde_json::from_str(&self.control("sign-in", &body).text().unwrap()).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) fn dana(&self) -> String {
        self.tc("dana@contoso.example")
    }

    pub(crate) fn robin(&self) -> String {
        self.tc("robin@contoso.example")
    }

    /// The forms that the token endpoint has seen.
    pub(crate) fn token_requests(&self) -> Vec<Map<String, Value>> {
        let log = self.lab_client.get(format!("{}/lab/requests", self.lab.origin)).send().unwrap();
        let log: Value = serde_json::from_str(&log.text().unwrap()).unwrap();
        let records = log.as_array().or_else(|| log["requests"].as_array()).unwrap().clone();
        records
            .into_iter()
            .filter(|record| record["path"].as_str().unwrap().ends_with("/oauth2/v2.0/token"))
            .map(|record| record["form"].as_object().unwrap().clone())
            .collect()
    }

    pub(crate) fn audit(&self) -> Vec<Value> {
        let lines = self.audit.lock().unwrap();
        for line in lines.iter() {
            assert!(!line.contains("eyJ") && !line.contains("lab-blueprint-secret"), "{line}");
        }
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(sidecar) = self.sidecar.take() {
            self.runtime.block_on(sidecar.stop());
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The claims of the token that was handed out.
    #[track_caller]
    pub(crate) fn claims(&self) -> Map<String, Value> {
        assert_eq!(self.status, 200, "{self:?}");
        assert!(self.header("cache-control").contains("no-store"));
        let header = self.body["authorizationHeader"].as_str().unwrap();
        claims(header.strip_prefix("Bearer ").unwrap())
    }

    /// Status and reason of a problem document.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status);
        for member in ["title", "detail", "remedy"] {
            let text = self.body[member].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains("eyJ"), "{self:?}");
        }
        (self.status, self.body["reason"].as_str().unwrap())
    }
}

pub(crate) fn claims(token: &str) -> Map<String, Value> {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&vicar_token::base64url::decode(payload).unwrap()).unwrap()
}
