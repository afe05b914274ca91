//! `vicar doctor` in a pod: environment, token file, an issuer over TLS, and the lab as Entra.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use vicar_lab::{Lab, Options, RunningLab, Settings};

use super::{
    site::{Cluster, Site},
    support::{Run, command, finish, office, vicar},
};

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const SUBJECT: &str = "system:serviceaccount:agents:invoice-agent";

/// One signing key for all labs of these tests: making one takes a while.
static KEY: LazyLock<String> = LazyLock::new(|| {
    rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .unwrap()
        .serialize_pem()
});

/// A pod, its cluster, its issuer's site and Entra.
struct Pod {
    site: Site,
    cluster: Cluster,
    lab: RunningLab,
    folder: tempfile::TempDir,
    /// Where it is to listen.
    sidecar: String,
    variables: BTreeMap<String, String>,
}

impl Pod {
    fn start() -> Self {
        let site = Site::start();
        let cluster = Cluster::new(&format!("{}/cluster-1", site.origin));
        let keys = format!("{}/openid/v1/jwks", cluster.issuer);
        let document = json!({"issuer": cluster.issuer, "jwks_uri": keys}).to_string();
        site.put("/cluster-1/.well-known/openid-configuration", 200, &document);
        site.put("/cluster-1/openid/v1/jwks", 200, &cluster.keys());
        let settings = format!(
            "tenants:\n- id: {TENANT}\n  name: Contoso\n  domain: contoso.example\n  blueprints:\n  \
             - id: {BLUEPRINT}\n    name: Blueprint\n    credentials:\n    - federated:\n        \
             issuer: {}\n        subject: {SUBJECT}\n  agents:\n  \
             - {{id: {AGENT}, name: Agent, blueprint: {BLUEPRINT}}}\n",
            cluster.issuer
        );
        let options = Options {
            federation_ca: Some(site.certificate.clone()),
            signing_key: Some(KEY.clone()),
            ..Options::default()
        };
        let lab = Lab::start(&Settings::parse(&settings).unwrap(), options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authorities = format!("{}\n{}", lab.ca_pem, site.certificate);
        fs::write(folder.path().join("ca.pem"), authorities).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let sidecar = format!("http://{free}");
        let mut pod = Self { site, cluster, lab, folder, sidecar, variables: BTreeMap::new() };
        let (origin, token, sidecar) =
            (pod.lab.origin.clone(), pod.path("token"), pod.sidecar.clone());
        for (name, value) in [
            ("AzureAd__Instance", origin.as_str()),
            ("AzureAd__TenantId", TENANT),
            ("AzureAd__ClientId", BLUEPRINT),
            ("AzureAd__ClientCredentials__0__SourceType", "SignedAssertionFilePath"),
            ("AzureAd__ClientCredentials__0__SignedAssertionFileDiskPath", &token),
            ("Vicar__AllowedAgents__0", AGENT),
            ("ASPNETCORE_URLS", &sidecar),
            ("SSL_CERT_FILE", &pod.path("ca.pem")),
        ] {
            pod.set(name, value);
        }
        pod.project(&pod.cluster, &json!({}));
        pod
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// What the kubelet does.
    fn project(&self, cluster: &Cluster, changes: &Value) {
        fs::write(self.path("token"), cluster.token(now(), changes)).unwrap();
    }

    fn doctor(&self, more: &[&str]) -> Run {
        let arguments = [&["doctor"], more].concat();
        let run = finish(command(&arguments).envs(&self.variables).output().unwrap());
        let token = fs::read_to_string(self.path("token")).unwrap_or_default();
        for part in token.split('.').filter(|part| part.len() > 40) {
            assert!(!run.out.contains(part) && !run.err.contains(part), "{run:?}");
        }
        run
    }

    /// With the federated credential's values.
    fn examine(&self, more: &[&str]) -> (i32, Value) {
        let known = ["--issuer", &self.cluster.issuer, "--subject", SUBJECT, "--json"];
        let run = self.doctor(&[&known[..], more].concat());
        let view = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
        (run.status, view)
    }

    /// Checks and reasons of everything that failed.
    fn failures(&self, more: &[&str]) -> Vec<String> {
        let (status, view) = self.examine(more);
        let failed: Vec<String> = view["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["outcome"] == "failed")
            .map(|finding| {
                for member in ["seen", "wanted", "remedy"] {
                    assert!(!finding[member].as_str().unwrap().is_empty(), "{finding}");
                }
                format!("{}:{}", text(&finding["check"]), text(&finding["reason"]))
            })
            .collect();
        assert_eq!(status, i32::from(!failed.is_empty()), "{view}");
        assert_eq!(view["healthy"], failed.is_empty());
        failed
    }

    /// What people read, without what differs from run to run.
    fn shown(&self, run: &Run) -> String {
        let mut shown = run.out.replace(&self.site.origin, "https://issuer");
        shown = shown.replace(&self.lab.origin, "https://authority");
        shown = shown.replace(self.folder.path().to_str().unwrap(), "<folder>");
        shown = shown.replace(&self.sidecar, "http://sidecar");
        let digest = shown.split_once("sha256:").and_then(|(_, rest)| rest.lines().next());
        let digest = digest.map(str::to_owned);
        if let Some(digest) = digest {
            shown = shown.replace(&digest, "<digest>");
        }
        let known =
            |line: &str| !line.contains("the token ends") && !line.contains("T1, good until");
        let lines = shown.lines().map(|line| if known(line) { line } else { "    · <time>" });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_sound_pod_is_healthy_and_really_gets_t1() {
    let pod = Pod::start();
    let office = office();
    let run = pod.doctor(&[
        "--issuer",
        &pod.cluster.issuer,
        "--subject",
        SUBJECT,
        "--agent",
        AGENT,
        "--bundle",
        &office,
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("doctor-sound", pod.shown(&run));
    assert_eq!(pod.failures(&["--agent", AGENT, "--engine", "native"]), [""; 0]);
}

#[test]
fn a_pod_that_was_set_up_wrongly_is_told_everything_at_once() {
    let pod = Pod::start();
    pod.project(
        &pod.cluster,
        &json!({
            "iss": "https://kubernetes.default.svc.cluster.local",
            "sub": "system:serviceaccount:default:invoice-agent",
            "aud": ["https://kubernetes.default.svc.cluster.local"],
            "exp": now() - 5,
        }),
    );
    let credential = json!({"value": [{
        "name": "kind", "issuer": pod.cluster.issuer, "subject": SUBJECT,
        "audiences": ["api://AzureADTokenExchange"],
    }]});
    fs::write(pod.path("federated.json"), credential.to_string()).unwrap();
    let run = pod.doctor(&["--federated-credential", &pod.path("federated.json")]);
    assert_eq!(run.status, 1, "{run:?}");
    insta::assert_snapshot!("doctor-wrong", pod.shown(&run));
}

#[test]
fn each_slip_of_federation_is_found() {
    let pod = Pod::start();
    let issuer = pod.cluster.issuer.clone();
    for (changes, wanted) in [
        (
            json!({"sub": "system:serviceaccount:Agents:invoice-agent"}),
            "token_subject:federated_subject_differs",
        ),
        (
            json!({"aud": ["api://azureadtokenexchange"]}),
            "token_audience:federated_audience_differs",
        ),
        (json!({"iss": format!("{issuer}/")}), "token_issuer:federated_issuer_differs"),
        (json!({"exp": now() - 1}), "token_time:token_file_expired"),
        (json!({"nbf": now() + 900}), "token_time:token_file_expired"),
        (json!({"xms_ficinfo": "CAAQABgAIAAoAjAA"}), "token_origin:chained_federation"),
    ] {
        pod.project(&pod.cluster, &changes);
        assert_eq!(pod.failures(&[]), [wanted], "{changes}");
    }
    // Another key than the published one: AADSTS7000272, as the lab says too.
    pod.project(&pod.cluster.rotated(), &json!({}));
    let failed = pod.failures(&["--agent", AGENT]);
    assert_eq!(failed, ["issuer_keys:key_not_published", "exchange:exchange_misconfigured"]);
    pod.project(&pod.cluster, &json!({"sub": "system:serviceaccount:agents:other"}));
    let failed = pod.failures(&["--agent", AGENT]);
    assert_eq!(
        failed,
        ["token_subject:federated_subject_differs", "exchange:exchange_misconfigured"]
    );
}

#[test]
fn what_the_issuer_publishes_is_looked_at() {
    let pod = Pod::start();
    let at = "/cluster-1/.well-known/openid-configuration";
    let keys = "/cluster-1/openid/v1/jwks";
    let slash = json!({
        "issuer": format!("{}/", pod.cluster.issuer),
        "jwks_uri": format!("{}/openid/v1/jwks", pod.cluster.issuer),
    });
    let mut private: Value = serde_json::from_str(&pod.cluster.keys()).unwrap();
    private["keys"][0]["d"] = "AQAB".into();
    let impostor = pod.cluster.rotated().keys().replace("key-two", "key-one");
    let good = json!({
        "issuer": pod.cluster.issuer,
        "jwks_uri": format!("{}/openid/v1/jwks", pod.cluster.issuer),
    });
    let plain = json!({"issuer": pod.cluster.issuer, "jwks_uri": "http://a.example/keys"});
    for (path, status, body, wanted) in [
        (at, 404, "not here".to_owned(), "issuer_configuration:issuer_unreachable"),
        (at, 302, String::new(), "issuer_configuration:issuer_unreachable"),
        (at, 200, "<html>".to_owned(), "issuer_configuration:issuer_document_malformed"),
        (at, 200, slash.to_string(), "issuer_configuration:issuer_document_differs"),
        (at, 200, plain.to_string(), "issuer_configuration:issuer_document_malformed"),
        (keys, 500, String::new(), "issuer_keys:issuer_unreachable"),
        (keys, 200, "{}".to_owned(), "issuer_keys:issuer_document_malformed"),
        (keys, 200, impostor, "token_signature:token_signature_wrong"),
    ] {
        pod.site.put(at, 200, &good.to_string());
        pod.site.put(keys, 200, &pod.cluster.keys());
        pod.site.put(path, status, &body);
        assert_eq!(pod.failures(&[]), [wanted], "{status} {body}");
    }
    pod.site.put(keys, 200, &private.to_string());
    assert_eq!(pod.failures(&[]), ["issuer_keys:key_exposed", "issuer_keys:key_not_published"]);
}

#[test]
fn files_and_configuration_that_are_missing_are_told() {
    let mut pod = Pod::start();
    fs::remove_file(pod.path("token")).unwrap();
    assert_eq!(pod.failures(&[]), ["token_file:token_file_missing"]);
    fs::write(pod.path("token"), "no token at all").unwrap();
    assert_eq!(pod.failures(&[]), ["token_file:token_file_malformed"]);
    pod.project(&pod.cluster, &json!({}));
    assert_eq!(pod.failures(&["--bundle", "/no/such/bundle"]), ["bundle:bundle_unusable"]);
    pod.set("AzureAd__TenantId", "00000000-0000-4000-8000-000000000000");
    assert_eq!(pod.failures(&[]), ["authority:tenant_unknown"]);
    pod.set("AzureAd__TenantId", TENANT);
    pod.set("AzureAd__Instance", "https://localhost:1");
    assert_eq!(
        pod.failures(&[]),
        ["authority:authority_unreachable", "token_endpoint:authority_unreachable"]
    );
    pod.set("AzureAd__ClientId", "");
    assert_eq!(pod.failures(&[]), ["configuration:configuration_wrong"]);
    pod.variables.clear();
    let run = pod.doctor(&["--offline"]);
    assert_eq!((run.status, run.out.contains("[configuration_unset]")), (1, true), "{run:?}");
}

/// A sidecar of its own process; killed when dropped.
struct Sidecar(Child);

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_sidecar_that_runs_is_asked_whether_it_is_ready() {
    let pod = Pod::start();
    let outcome = || {
        let (_, view) = pod.examine(&[]);
        let findings = view["findings"].as_array().unwrap();
        let found = findings.iter().find(|it| it["check"] == "sidecar").unwrap();
        text(&found["outcome"]).to_owned()
    };
    assert_eq!(outcome(), "not_checked");
    let sidecar = Command::new(assert_cmd::cargo::cargo_bin!("vicar"))
        .args(["serve", "--engine", "native"])
        .env_clear()
        .envs(&pod.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _sidecar = Sidecar(sidecar);
    let patience = Instant::now() + Duration::from_secs(30);
    while outcome() != "ok" {
        assert!(Instant::now() < patience, "the sidecar was never ready");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_secret_is_warned_about_and_never_shown() {
    let mut pod = Pod::start();
    pod.set("AzureAd__ClientCredentials__0__SourceType", "ClientSecret");
    pod.set("AzureAd__ClientCredentials__0__ClientSecret", "hunter2-hunter2");
    let run = pod.doctor(&["--agent", AGENT]);
    assert!(run.out.contains("[credential_unsafe]"), "{run:?}");
    assert!(!run.out.contains("hunter2") && !run.err.contains("hunter2"), "{run:?}");
    // The lab's blueprint has no such secret.
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.out.contains("exchange [exchange_misconfigured]"), "{run:?}");
}

#[test]
fn a_token_alone_can_be_looked_at_offline() {
    let pod = Pod::start();
    let token = pod.path("token");
    let run = vicar(&["doctor", "--token-file", &token, "--offline", "--json"]);
    let view: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.status, 0, "{view}");
    let outcome = |check: &str| {
        let findings = view["findings"].as_array().unwrap();
        let found = findings.iter().find(|it| it["check"] == check).unwrap();
        (text(&found["outcome"]).to_owned(), found["reason"].as_str().map(str::to_owned))
    };
    assert_eq!(outcome("configuration").0, "not_checked");
    assert_eq!(outcome("token_file").0, "ok");
    assert_eq!(outcome("issuer_keys"), ("not_checked".to_owned(), Some("offline".to_owned())));
    // The issuer of this test is on loopback.
    assert_eq!(outcome("token_issuer"), ("warning".to_owned(), Some("issuer_internal".to_owned())));
    assert_eq!(pod.site.heads().len(), 0);
}

#[test]
fn misuse_is_no_diagnosis() {
    for arguments in [
        vec!["doctor", "--agent", "me"],
        vec!["doctor", "--agent", AGENT, "--offline"],
        vec!["doctor", "--federated-credential", "/no/such/file"],
        vec!["doctor", "--federated-credential", "x", "--issuer", "y"],
        vec!["doctor", "--ca", "/no/such/file"],
    ] {
        let run = vicar(&arguments);
        assert_eq!(run.status, 2, "{arguments:?} {run:?}");
    }
}
