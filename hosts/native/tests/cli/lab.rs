//! `vicar lab`, and `vicar exchange` and `vicar login` against it: three processes, as by hand.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::support::{Run, vicar, vicar_reading};

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const TOOLS: &str = "api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/.default";
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";

/// A lab of its own for a test; killed when dropped.
struct LabProcess {
    child: Child,
    origin: String,
    ca: String,
}

impl LabProcess {
    fn start() -> Self {
        let mut child = spawn(&["lab", "--json"]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let view: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let text = |name: &str| view[name].as_str().unwrap().to_owned();
        Self { child, origin: text("https"), ca: text("ca") }
    }

    fn exchange(&self, flow: &str, more: &[&str]) -> Run {
        let mut arguments = vec!["exchange", flow, "--tenant", TENANT, "--blueprint", BLUEPRINT];
        arguments.extend(["--agent", AGENT, "--secret-file", "-", "--ca", &self.ca]);
        arguments.extend(["--authority", &self.origin]);
        arguments.extend(more);
        vicar_reading(&arguments, "lab-blueprint-secret")
    }

    fn control(&self, path: &str, body: &Value) {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let pem = std::fs::read(&self.ca).unwrap();
        let client = reqwest::blocking::Client::builder()
            .tls_certs_only(reqwest::Certificate::from_pem_bundle(&pem).unwrap())
            .no_proxy()
            .build()
            .unwrap();
        let answer = client
            .post(format!("{}/lab/{path}", self.origin))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

impl Drop for LabProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(arguments: &[&str]) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin!("vicar"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn tokens_come_from_the_lab_on_both_engines() {
    let lab = LabProcess::start();
    for engine in ["wasm", "native"] {
        let run = lab.exchange("autonomous", &["--scope", TOOLS, "--engine", engine]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.out.contains("✔ exchanged") && run.out.contains("autonomous"), "{run:?}");
        assert!(run.out.contains("--show-token prints it"), "{run:?}");
        let run = lab.exchange("t1", &["--json", "--engine", engine]);
        let document: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(document["reading"], "exchange_token");
        assert!(document.get("access_token").is_none(), "{document}");
    }
    let run = lab.exchange("autonomous", &["--scope", TOOLS, "--output", "header"]);
    assert!(run.out.starts_with("Authorization: Bearer eyJ"), "{run:?}");
    assert_eq!(run.out.lines().count(), 1);
}

#[test]
fn a_refusal_ends_with_1_and_silence_with_2() {
    let lab = LabProcess::start();
    let refuse = json!({"kind": "refuse", "code": 65001, "suberror": "consent_required",
        "path": "/token"});
    lab.control("faults", &refuse);
    let run = lab.exchange("autonomous", &["--scope", TOOLS]);
    assert_eq!((run.status, run.out.contains("consent_missing")), (1, true), "{run:?}");
    assert!(run.out.contains("→"), "{run:?}");
    lab.control("faults", &refuse);
    let run = lab.exchange("autonomous", &["--scope", TOOLS, "--json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.status, &document["reason"]), (1, &"consent_missing".into()));
    lab.control("faults", &json!({"kind": "html", "path": "/token"}));
    let run = lab.exchange("autonomous", &["--scope", TOOLS]);
    assert_eq!((run.status, run.err.contains("[sts_answer_malformed]")), (2, true), "{run:?}");
}

#[test]
fn a_person_signs_in_and_the_agent_acts_for_them() {
    let lab = LabProcess::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tc.txt");
    let file = file.to_str().unwrap();
    let mut login = spawn(&[
        "login",
        "--tenant",
        TENANT,
        "--client",
        TERMINAL,
        "--blueprint",
        BLUEPRINT,
        "--authority",
        &lab.origin,
        "--ca",
        &lab.ca,
        "--output",
        file,
    ]);
    let mut prompt = String::new();
    BufReader::new(login.stderr.take().unwrap()).read_line(&mut prompt).unwrap();
    assert!(prompt.contains(&lab.origin), "{prompt}");
    let code = prompt.trim().rsplit(' ').next().unwrap();
    lab.control("device", &json!({"user_code": code, "approve": "dana@contoso.example"}));
    let mut out = String::new();
    login.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(login.wait().unwrap().code(), Some(0), "{out}");
    assert!(out.contains("✔ exchanged") && !out.contains("eyJhbGciOiJSUzI1NiI"), "{out}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let tc = format!("@{file}");
    let run = lab.exchange("on-behalf-of", &["--scope", TOOLS, "--user-token", &tc]);
    assert_eq!((run.status, run.out.contains("on_behalf_of")), (0, true), "{run:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_lab_and_takes_its_folder_along() {
    for signal in ["-INT", "-TERM"] {
        let mut lab = LabProcess::start();
        let folder = std::path::Path::new(&lab.ca).parent().unwrap().to_owned();
        assert!(folder.join("lab.json").exists());
        let pid = lab.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert_eq!(lab.child.wait().unwrap().code(), Some(0), "{signal}");
        assert!(!folder.exists(), "{signal}");
    }
}

#[test]
fn a_lab_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("directory.yaml");
    std::fs::write(&config, "tenants:\n- id: nonsense\n").unwrap();
    let run = vicar(&["lab", "--config", config.to_str().unwrap()]);
    assert_eq!((run.status, run.err.contains("[lab_unusable]")), (2, true), "{run:?}");
}
