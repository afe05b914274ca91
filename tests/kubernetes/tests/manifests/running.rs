//! The base as it runs: the environment, the mounted bundle and the projected token that the
//! manifests describe, with the lab in Entra's place.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use reqwest::{
    Certificate,
    blocking::{Client, Response},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vicar_lab::{CONTOSO, Lab, Options as LabOptions, RunningLab, Settings};
use vicar_native::{
    engine::NativeEngine,
    exchange::NativeExchanger,
    serve::{
        AuditSink, Configuration, Options, RunningSidecar, Variables,
        configuration::variables_of_bundle, start,
    },
};

use super::{
    bundle::{built, mounted},
    configuration::configuration,
    pod::mounts,
    rendering::{Rendering, of},
};

pub(crate) const ISSUER: &str = "https://oidc.contoso.example/kind";
/// The agent of the bundle and of the lab.
const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const PERSON: &str = "dana@contoso.example";
/// The lab's public client, which the bundle calls `terminal`.
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";

#[test]
fn the_pod_gets_ready_and_its_agent_a_token() {
    let pod = RunningPod::start(of("base"));
    let vicar = of("base").pod().vicar();
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let path = vicar[probe]["httpGet"]["path"].as_str().unwrap();
        pod.eventually_answers(path);
    }
    let answer = pod.token_for(PERSON);
    let status = answer.status();
    let answer: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    assert_eq!(status, 200, "{answer}");
    let header = answer["authorizationHeader"].as_str().unwrap();
    assert!(header.starts_with("Bearer "));
}

#[test]
fn another_service_account_gets_nothing() {
    let pod = RunningPod::start(of("base"));
    pod.write_token("system:serviceaccount:agents:another");
    let answer = pod.token_for(PERSON);
    assert_eq!(answer.status(), 500);
    let problem: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    assert_eq!(problem["reason"], "exchange_misconfigured", "{problem}");
    // The subject that the manifests make is the one that is federated; the file is read anew.
    pod.write_token(&subject(of("base")));
    let until = Instant::now() + Duration::from_secs(10);
    while pod.token_for(PERSON).status() != 200 {
        assert!(Instant::now() < until, "a failure answers for seconds, not for ever");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_policies_of_the_bundle_decide() {
    let pod = RunningPod::start(of("base"));
    // The lab's other agent of the same blueprint stands in no policy.
    let answer = pod.ask(PERSON, "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c");
    assert_eq!(answer.status(), 403);
    let problem: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    assert_eq!(problem["reason"], "no_permit", "{problem}");
}

struct RunningPod {
    rendering: &'static Rendering,
    lab: RunningLab,
    lab_client: Client,
    key: EncodingKey,
    /// Stands in for the container's root.
    root: TempDir,
    client: Client,
    sidecar: Option<RunningSidecar>,
    runtime: Runtime,
}

impl RunningPod {
    fn start(rendering: &'static Rendering) -> Self {
        let root = tempfile::tempdir().unwrap();
        let key =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
        let key = EncodingKey::from_rsa_pem(key.unwrap().serialize_pem().as_bytes()).unwrap();
        let lab = lab(&key, &subject(rendering));
        let mut environment = rendering.environment();
        let bundle = inside(&root, &environment["VICAR_BUNDLE"]);
        let files = in_the_lab(rendering, &root, &lab.origin);
        mount_config_map(&files, &bundle);
        let compiled = built(&files.into_iter().collect());
        let exchange = compiled.bundle.exchange().unwrap().unwrap();
        environment.insert("AzureAd__Instance".to_owned(), lab.origin.clone());
        // The addresses that the manifests name, at free ports.
        let urls = environment.get_mut("ASPNETCORE_URLS").unwrap();
        *urls = urls.replace(":5000", ":0").replace(":5001", ":0");
        let options = Options {
            authority: Some(lab.ca_pem.clone().into_bytes()),
            bundle: Some(bundle),
            engine: Box::new(|| Ok(Arc::new(NativeEngine))),
            exchanger: Box::new(NativeExchanger),
            audit: AuditSink::new(|_| {}),
        };
        let layers = [variables_of_bundle(&exchange, |_| None), environment.into_iter().collect()];
        let configuration = Configuration::read(&Variables::layers(layers)).unwrap();
        let runtime = Runtime::new().unwrap();
        let sidecar = runtime.block_on(start(configuration, options)).unwrap();
        let authority = Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap();
        let builder = || Client::builder().no_proxy().timeout(Duration::from_secs(40));
        let pod = Self {
            rendering,
            lab_client: builder().tls_certs_only(authority).build().unwrap(),
            lab,
            key,
            root,
            client: builder().build().unwrap(),
            sidecar: Some(sidecar),
            runtime,
        };
        pod.write_token(&subject(rendering));
        pod
    }

    /// A port that answers strangers too, as the kubelet sees it.
    fn eventually_answers(&self, path: &str) {
        let addresses = &self.sidecar.as_ref().unwrap().addresses;
        let open = addresses.iter().find(|address| address.ip().is_unspecified()).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let url = format!("http://localhost:{}{path}", open.port());
            let answer = self.client.get(url).send().unwrap();
            if answer.status() == 200 {
                return;
            }
            let why = answer.text().unwrap();
            assert!(Instant::now() < until, "{path}: {why}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the application asks: a token for its agent, on behalf of a person.
    fn token_for(&self, person: &str) -> Response {
        self.ask(person, AGENT)
    }

    fn ask(&self, person: &str, agent: &str) -> Response {
        let entra = configuration(self.rendering).entra;
        let body = json!({
            "tenant": entra.tenant.to_string(),
            "client": TERMINAL,
            "user": person,
            "scope": format!("api://{}/access_as_user", entra.client),
        });
        let answer = self
            .lab_client
            .post(format!("{}/lab/sign-in", self.lab.origin))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
        let addresses = &self.sidecar.as_ref().unwrap().addresses;
        let own = addresses.iter().find(|address| address.ip().is_loopback()).unwrap();
        self.client
            .get(format!("http://{own}/AuthorizationHeader/tools?AgentIdentity={agent}"))
            .bearer_auth(answer["access_token"].as_str().unwrap())
            .send()
            .unwrap()
    }

    /// What the kubelet does.
    fn write_token(&self, subject: &str) {
        let source = &self.rendering.pod().volume("blueprint-token")["projected"]["sources"][0]["serviceAccountToken"];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "aud": [source["audience"]],
            "exp": now + source["expirationSeconds"].as_u64().unwrap(),
            "iat": now,
            "iss": ISSUER,
            "nbf": now,
            "sub": subject,
        });
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("cluster".to_owned());
        let token = jsonwebtoken::encode(&header, &claims, &self.key).unwrap();
        let mount = mounts(self.rendering.pod().vicar())
            .into_iter()
            .find(|mount| mount["name"] == "blueprint-token")
            .unwrap();
        let folder = inside(&self.root, mount["mountPath"].as_str().unwrap());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(source["path"].as_str().unwrap()), token).unwrap();
    }
}

impl Drop for RunningPod {
    fn drop(&mut self) {
        if let Some(sidecar) = self.sidecar.take() {
            self.runtime.block_on(sidecar.stop());
        }
    }
}

/// What the federated credential has to name.
pub(crate) fn subject(rendering: &Rendering) -> String {
    let account = &rendering.only("ServiceAccount")["metadata"];
    let namespace = account["namespace"].as_str().unwrap();
    assert_eq!(rendering.only("Namespace")["metadata"]["name"], namespace);
    format!("system:serviceaccount:{namespace}:{}", account["name"].as_str().unwrap())
}

/// Contoso, whose blueprint trusts the cluster's service account.
fn lab(key: &EncodingKey, subject: &str) -> RunningLab {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("cluster".to_owned());
    let keys = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
    let secret = "          - secret: lab-blueprint-secret\n";
    let federated = format!(
        "          - federated:\n              issuer: {ISSUER}\n              \
         subject: {subject}\n              keys: {{inline: '{keys}'}}\n"
    );
    let directory = CONTOSO.replacen(secret, &federated, 1);
    assert!(directory.contains(&federated));
    Lab::start(&Settings::parse(&directory).unwrap(), LabOptions::default()).unwrap()
}

/// The mounted bundle, with its keys from the lab and the token below `root`.
fn in_the_lab(rendering: &Rendering, root: &TempDir, origin: &str) -> BTreeMap<String, String> {
    let mut files = mounted(rendering);
    let manifest = files.get_mut("vicar.yaml").unwrap();
    let tenant = configuration(rendering).entra.tenant;
    let keys = format!(
        "profile: entra\n    keys: {{jwks_uri: '{origin}/{tenant}/discovery/v2.0/keys'}}\n"
    );
    *manifest = manifest.replacen("profile: entra\n", &keys, 1);
    let file = inside(root, "/var/run/secrets");
    *manifest = manifest.replace("/var/run/secrets", file.to_str().unwrap());
    files
}

/// A mounted ConfigMap is links to files behind a link to a folder.
fn mount_config_map(files: &BTreeMap<String, String>, at: &Path) {
    let behind = at.join("..2026_11_24");
    fs::create_dir_all(&behind).unwrap();
    symlink("..2026_11_24", at.join("..data")).unwrap();
    for (name, text) in files {
        fs::write(behind.join(name), text).unwrap();
        symlink(Path::new("..data").join(name), at.join(name)).unwrap();
    }
}

fn inside(root: &TempDir, path: &str) -> PathBuf {
    root.path().join(path.trim_start_matches('/'))
}
