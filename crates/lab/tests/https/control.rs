//! The control endpoint: clock, log, directory.

use serde_json::{Value, json};

use crate::client::{CONTOSO_ID, INVOICE, JWT, NIGHTLY, ORDINARY, TOOLS, TestLab, claims};

#[test]
fn the_clock_is_set_and_skewed() {
    let lab = TestLab::start();
    lab.control("clock", &json!({"set": 1_790_000_000}));
    assert_eq!(claims(&lab.token(&ORDINARY))["iat"], 1_790_000_000);
    lab.control("clock", &json!({"advance": 60}));
    assert_eq!(claims(&lab.token(&ORDINARY))["iat"], 1_790_000_060);
    let before: Value = lab.control("clock", &json!({"skew": 0})).json().unwrap();
    let after: Value = lab.control("clock", &json!({"skew": 86_400})).json().unwrap();
    let ahead = after["time"].as_u64().unwrap() - before["time"].as_u64().unwrap();
    assert!((86_400..86_410).contains(&ahead), "{ahead}");
    assert_eq!(lab.control("clock", &json!({"stop": 1})).status(), 400);
}

#[test]
fn a_stale_t1_is_refused() {
    let lab = TestLab::start();
    let t1 = lab.t1();
    lab.control("clock", &json!({"skew": 4300}));
    let scope = format!("{TOOLS}/.default");
    let (status, answer) = lab.ask(&[
        ("grant_type", "client_credentials"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", &t1),
        ("scope", &scope),
    ]);
    assert_eq!((status, &answer["error_codes"]), (401, &json!([700_024])));
}

#[test]
fn the_log_shows_what_came_and_no_secret() {
    let lab = TestLab::start();
    lab.token(&ORDINARY);
    let mut wrong = ORDINARY;
    wrong[2].1 = "hunter2";
    lab.ask(&wrong);
    let records = lab.json("lab/requests");
    assert_eq!(records.as_array().unwrap().len(), 2);
    assert_eq!(records[0]["form"]["client_id"], NIGHTLY);
    assert_eq!((&records[0]["status"], &records[0]["code"]), (&json!(200), &json!(null)));
    assert_eq!((&records[1]["status"], &records[1]["code"]), (&json!(401), &json!(7_000_215)));
    assert!(
        !records.to_string().contains("hunter2") && !records.to_string().contains("lab-nightly")
    );
    lab.client
        .delete(lab.url("lab/requests"))
        .header("content-type", "application/json")
        .send()
        .unwrap();
    assert_eq!(lab.json("lab/requests"), json!([]));
}

#[test]
fn the_directory_changes_under_way() {
    let lab = TestLab::start();
    let change = |change: Value| lab.control("directory", &change).status().as_u16();
    assert_eq!(change(json!({"tenant": CONTOSO_ID, "disabled": {NIGHTLY: true}})), 204);
    assert_eq!(lab.ask(&ORDINARY).1["error_codes"], json!([7_000_112]));
    assert_eq!(change(json!({"tenant": CONTOSO_ID, "disabled": {NIGHTLY: false}})), 204);
    let block = json!([{"id": "33333333-3333-4333-8333-333333333333", "clients": [NIGHTLY], "demand": "block"}]);
    assert_eq!(change(json!({"tenant": CONTOSO_ID, "conditional_access": block})), 204);
    assert_eq!(lab.ask(&ORDINARY).1["error_codes"], json!([53003]));
    assert_eq!(change(json!({"tenant": "nowhere"})), 404);
    assert_eq!(change(json!({"tenant": CONTOSO_ID, "revoke": ["nobody"]})), 404);
}

#[test]
fn a_web_page_cannot_control_the_lab() {
    let lab = TestLab::start();
    let url = lab.url("lab/faults");
    let simple =
        lab.client.post(&url).header("content-type", "text/plain").body(r#"{"kind":"drop"}"#);
    assert_eq!(simple.send().unwrap().status(), 415);
    let from_page = lab
        .client
        .post(&url)
        .header("content-type", "application/json")
        .header("origin", "https://evil.example")
        .body(r#"{"kind":"drop"}"#);
    assert_eq!(from_page.send().unwrap().status(), 415);
    assert_eq!(lab.json("lab/faults"), json!([]));
}

#[test]
fn a_device_code_is_decided_without_a_page() {
    let lab = TestLab::start();
    let unknown = lab.control("device", &json!({"user_code": "NOPE"}));
    assert_eq!(unknown.status(), 404);
}

#[test]
fn the_folder_gets_the_certificate_and_the_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let lab = TestLab::with(vicar_lab::Options {
        folder: Some(folder.path().join("lab")),
        ..vicar_lab::Options::default()
    });
    let read = |name: &str| std::fs::read_to_string(folder.path().join("lab").join(name)).unwrap();
    assert_eq!(read("ca.pem"), lab.lab.ca_pem);
    let addresses: Value = serde_json::from_str(&read("lab.json")).unwrap();
    assert_eq!(addresses["https"], lab.lab.origin);
}
