//! Both engines against a lab, over HTTPS: real tokens, real signatures, real faults.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, LazyLock},
    thread,
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::{Certificate, blocking::Client};
use serde_json::{Value, json};
use vicar_exchange::Secret;
use vicar_lab::{CONTOSO, Lab, Options, RunningLab, Settings};
use vicar_native::exchange::{
    DevicePrompt, ExchangedToken, Exchanger, NativeExchanger, Problem, Prompt, Reading, RunError,
    Runner, SigningKey, SigningKeys, certificate_thumbprint,
};
use vicar_native::http::{Carrier, block_on};

use crate::paper::component;

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
const NIGHTLY: &str = "d1c2b3a4-0f1e-4d2c-8b3a-495867768594";
const DANA: &str = "1f2e3d4c-5b6a-4798-8877-665544332211";
const MACHINE: &str = "0e1d2c3b-4a59-4687-9677-8695a4b3c2d1";
const PRINCIPAL: &str = "1e2d3c4b-5a69-4788-8796-a5b4c3d2e1f0";

/// One RSA key for all labs, the certificate and the cluster: making one takes a while.
static KEY: LazyLock<String> = LazyLock::new(|| {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap().serialize_pem()
});

static CERTIFICATE: LazyLock<String> = LazyLock::new(|| {
    let key = KeyPair::from_pem(&KEY).unwrap();
    CertificateParams::new(vec!["blueprint".to_owned()]).unwrap().self_signed(&key).unwrap().pem()
});

struct TestLab {
    lab: RunningLab,
    client: Client,
    runner: Runner,
    folder: tempfile::TempDir,
}

impl TestLab {
    fn start() -> Self {
        let options = Options {
            signing_key: Some(KEY.clone()),
            http: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            ..Options::default()
        };
        let lab = Lab::start(&Settings::parse(&directory()).unwrap(), options).unwrap();
        let carrier = Carrier::new(Some(lab.ca_pem.as_bytes())).unwrap();
        let client = Client::builder()
            .tls_certs_only(Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap())
            .no_proxy()
            .build()
            .unwrap();
        let mut keys = SigningKeys::default();
        keys.insert("blueprint", SigningKey::from_pem(KEY.as_bytes()).unwrap());
        let runner = Runner::new(carrier, Arc::new(keys));
        Self { lab, client, runner, folder: tempfile::tempdir().unwrap() }
    }

    fn control(&self, path: &str, body: &Value) -> String {
        let answer = self
            .client
            .post(format!("{}/lab/{path}", self.lab.origin))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.text().unwrap()
    }

    fn forget_faults(&self) {
        let url = format!("{}/lab/faults", self.lab.origin);
        let asked = self.client.delete(url).header("content-type", "application/json");
        assert!(asked.send().unwrap().status().is_success());
    }

    /// Dana's token for the blueprint.
    fn tc(&self) -> String {
        let answer = self.control(
            "sign-in",
            &json!({"tenant": TENANT, "client": TERMINAL, "user": "dana@contoso.example",
                "scope": format!("api://{BLUEPRINT}/access_as_user")}),
        );
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A projected service-account token in a file.
    fn service_account(&self) -> PathBuf {
        let header = Header { kid: Some("cluster".to_owned()), ..Header::new(Algorithm::RS256) };
        let claims = json!({
            "iss": "https://oidc.contoso.example/cluster-1", "exp": 4_000_000_000_u64,
            "sub": "system:serviceaccount:agents:invoice-agent",
            "aud": ["api://AzureADTokenExchange"],
        });
        let key = EncodingKey::from_rsa_pem(KEY.as_bytes()).unwrap();
        let path = self.folder.path().join("token");
        std::fs::write(&path, jsonwebtoken::encode(&header, &claims, &key).unwrap() + "\n")
            .unwrap();
        path
    }

    fn spec(&self, grant: &Value) -> Secret {
        let authority = json!({"cloud": "public", "origin": self.lab.origin});
        let spec = json!({
            "flow": {"entra": {"authority": authority, "tenant": TENANT, "grant": grant}},
            "limits": {"attempts": 2, "request_seconds": 2, "total_seconds": 10},
        });
        Secret::new(spec.to_string())
    }

    fn run_on(
        &self,
        exchanger: &dyn Exchanger,
        grant: &Value,
    ) -> Result<ExchangedToken, Box<Problem>> {
        let mut person = Person(self);
        let spec = self.spec(grant);
        match block_on(self.runner.run(exchanger, &spec, &mut person)).unwrap() {
            Ok(granted) => {
                assert_eq!(granted.correlation_id.len(), 36);
                Ok(granted.token)
            }
            Err(RunError::Problem { problem, .. }) => Err(problem),
            Err(error) => panic!("{error}"),
        }
    }

    /// Natively and in the component.
    fn run(&self, grant: &Value) -> [Result<ExchangedToken, Box<Problem>>; 2] {
        [self.run_on(&NativeExchanger, grant), self.run_on(component(), grant)]
    }

    fn refused(&self, grant: &Value, fault: Option<&Value>) -> Vec<Problem> {
        [&NativeExchanger as &dyn Exchanger, component()]
            .into_iter()
            .map(|exchanger| {
                if let Some(fault) = fault {
                    self.control("faults", fault);
                }
                let problem = *self.run_on(exchanger, grant).unwrap_err();
                self.forget_faults();
                problem
            })
            .collect()
    }
}

/// Signs in where the prompt says.
struct Person<'a>(&'a TestLab);

impl Prompt for Person<'_> {
    fn show(&mut self, prompt: &DevicePrompt) {
        assert!(prompt.verification_uri.starts_with(&self.0.lab.origin), "{prompt:?}");
        let decision = json!({"user_code": prompt.user_code, "approve": "dana@contoso.example"});
        // The person has a browser of their own: this thread runs the exchange.
        thread::scope(|scope| {
            scope.spawn(|| self.0.control("device", &decision)).join().unwrap();
        });
    }
}

/// Contoso, with every kind of credential for the blueprint.
fn directory() -> String {
    let key = EncodingKey::from_rsa_pem(KEY.as_bytes()).unwrap();
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("cluster".to_owned());
    let keys = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
    let secret = "          - secret: lab-blueprint-secret\n";
    let pem = CERTIFICATE.replace('\n', "\n              ");
    let credentials = format!(
        "{secret}          - certificate: |\n              {pem}\n          \
         - federated:\n              issuer: https://oidc.contoso.example/cluster-1\n              \
         subject: system:serviceaccount:agents:invoice-agent\n              \
         keys: {{inline: '{keys}'}}\n          \
         - federated: {{issuer: 'https://login.microsoftonline.com/{TENANT}/v2.0', \
         subject: {PRINCIPAL}}}\n"
    );
    let machines = format!(
        "    managed_identities:\n      - {{id: {MACHINE}, name: Machine, principal: {PRINCIPAL}, \
         resource_id: /subscriptions/s/machine}}\n\n    agents:\n"
    );
    let yaml = CONTOSO.replacen(secret, &credentials, 1).replacen("    agents:\n", &machines, 1);
    assert!(yaml.contains("managed_identities") && yaml.contains("inline"));
    yaml
}

fn secret() -> Value {
    json!({"unsafe_secret": {"secret": "lab-blueprint-secret"}})
}

fn agent(credential: &Value) -> Value {
    json!({"id": AGENT, "blueprint": BLUEPRINT, "credential": credential})
}

fn tools() -> Value {
    json!({"scopes": [format!("api://{TOOLS}/.default")],
        "audiences": [TOOLS, format!("api://{TOOLS}")]})
}

fn on_behalf_of(tc: &str) -> Value {
    json!({"on_behalf_of": {"agent": agent(&secret()), "user_assertion": tc,
        "target": {"scopes": [format!("api://{TOOLS}/tools.read"), "offline_access"],
            "audiences": [TOOLS], "wider_scopes": "accept"}}})
}

fn identity(token: &ExchangedToken) -> Value {
    let Reading::Checked(identity) = &token.reading else { panic!("{token:?}") };
    serde_json::from_str(&identity.json).unwrap()
}

#[test]
fn every_credential_gets_t1() {
    let lab = TestLab::start();
    let thumbprint = certificate_thumbprint(CERTIFICATE.as_bytes()).unwrap().to_base64url();
    let emulator = format!("http://{}", lab.lab.http.unwrap());
    for credential in [
        secret(),
        json!({"certificate": {"key": "blueprint", "thumbprint": thumbprint}}),
        json!({"service_account_token": {"file": lab.service_account()}}),
        json!({"managed_identity": {"emulator": emulator}}),
    ] {
        for t1 in lab.run(&json!({"blueprint_exchange": {"agent": agent(&credential)}})) {
            let t1 = t1.unwrap_or_else(|problem| panic!("{credential}: {problem:?}"));
            assert_eq!(t1.reading, Reading::ExchangeToken, "{credential}");
        }
    }
}

#[test]
fn every_flow_gets_the_token_it_asked_for() {
    let lab = TestLab::start();
    let tc = lab.tc();
    for token in lab.run(&json!({"autonomous": {"agent": agent(&secret()), "target": tools()}})) {
        assert_eq!(identity(&token.unwrap())["mode"], "autonomous");
    }
    for token in lab.run(&on_behalf_of(&tc)) {
        let token = token.unwrap();
        let seen = identity(&token);
        assert_eq!((&seen["mode"], &seen["subject"]["id"]), (&json!("on_behalf_of"), &json!(DANA)));
        let refresh = json!({"refresh_on_behalf_of": {
            "agent": agent(&secret()), "refresh_token": token.refresh_token.unwrap().expose(),
            "subject": DANA, "target": on_behalf_of(&tc)["on_behalf_of"]["target"],
        }});
        for token in lab.run(&refresh) {
            assert_eq!(identity(&token.unwrap())["subject"]["id"], DANA);
        }
    }
    let user = json!({"principal_name": "invoice-agent@contoso.example"});
    let by_name = json!({"agent": agent(&secret()), "user": user, "target": tools()});
    for token in lab.run(&json!({"agent_user": by_name})) {
        let token = token.unwrap();
        assert_eq!(identity(&token)["mode"], "agent_user");
        assert!(token.x2.is_some() && token.t1.is_some());
    }
    let client = json!({"id": NIGHTLY,
        "credential": {"unsafe_secret": {"secret": "lab-nightly-secret"}}});
    for token in lab.run(&json!({"client_credentials": {"client": client, "target": tools()}})) {
        assert_eq!(identity(&token.unwrap())["actor"]["id"], NIGHTLY);
    }
}

#[test]
fn a_person_signs_in_on_another_device() {
    let lab = TestLab::start();
    let grant = json!({"device_code": {"client": TERMINAL, "target": {
        "scopes": [format!("api://{BLUEPRINT}/access_as_user")],
        "audiences": [BLUEPRINT, format!("api://{BLUEPRINT}")]}}});
    for token in lab.run(&grant) {
        assert_eq!(identity(&token.unwrap())["subject"]["id"], DANA);
    }
}

#[test]
fn a_service_account_token_is_read_anew_each_time() {
    let lab = TestLab::start();
    let file = lab.service_account();
    let grant = json!({"blueprint_exchange": {
        "agent": agent(&json!({"service_account_token": {"file": file}}))}});
    lab.run_on(component(), &grant).unwrap();
    std::fs::remove_file(&file).unwrap();
    for problem in lab.refused(&grant, None) {
        assert_eq!(problem.reason, "credential_unavailable");
    }
    lab.service_account();
    lab.run_on(component(), &grant).unwrap();
}

#[test]
fn what_the_token_endpoint_does_wrong_is_told_in_both_forms() {
    let lab = TestLab::start();
    let tc = lab.tc();
    let obo = on_behalf_of(&tc);
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    for (fault, reason) in [
        (json!({"kind": "html"}), "sts_answer_malformed"),
        (json!({"kind": "half_json"}), "sts_answer_malformed"),
        (json!({"kind": "huge", "bytes": 50 << 20}), "sts_answer_too_large"),
        (json!({"kind": "redirect", "location": "https://elsewhere.example/"}), "sts_redirected"),
        (json!({"kind": "drop", "times": 0}), "sts_unavailable"),
        (json!({"kind": "endless", "times": 0}), "sts_"),
        (json!({"kind": "latency", "milliseconds": 5000, "times": 0}), "sts_unavailable"),
        (json!({"kind": "tamper", "times": 0, "claims": {"azp": NIGHTLY}}), "wrong_actor"),
        (
            json!({"kind": "refuse", "code": 65001, "suberror": "consent_required"}),
            "consent_missing",
        ),
        (
            json!({"kind": "refuse", "code": 50076, "error": "interaction_required",
                "claims": claims, "times": 0}),
            "interaction_",
        ),
    ] {
        let mut fault = fault;
        fault["path"] = json!("/token");
        let begun = Instant::now();
        for problem in lab.refused(&obo, Some(&fault)) {
            assert!(problem.reason.starts_with(reason), "{fault}: {problem:?}");
            assert!(!format!("{problem:?}").contains(&tc), "{fault}");
        }
        assert!(begun.elapsed() < Duration::from_secs(25), "{fault}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_busy_token_endpoint_is_asked_again_when_it_says() {
    let lab = TestLab::start();
    for exchanger in [&NativeExchanger as &dyn Exchanger, component()] {
        lab.control("faults", &json!({"kind": "throttle", "retry_after": 1, "path": "/token"}));
        let begun = Instant::now();
        let t1 = json!({"blueprint_exchange": {"agent": agent(&secret())}});
        lab.run_on(exchanger, &t1).unwrap();
        // The clock counts whole seconds, so a pause of one ends with the running one.
        assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_stranger_with_a_certificate_of_its_own_is_not_asked() {
    let (lab, other) = (TestLab::start(), TestLab::start());
    let misled = TestLab { runner: other.runner, ..lab };
    let t1 = json!({"blueprint_exchange": {"agent": agent(&secret())}});
    for problem in misled.refused(&t1, None) {
        assert_eq!(problem.reason, "sts_unavailable");
        assert!(problem.message.contains("certificate"), "{problem:?}");
    }
}
