//! Every fault, as a client meets it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{ORDINARY, REPORT_ID, TestLab, builder, claims};

#[test]
fn latency_makes_the_answer_wait() {
    let lab = TestLab::start();
    lab.fault(&json!({"kind": "latency", "milliseconds": 300, "path": "/token"}));
    let begun = Instant::now();
    assert_eq!(lab.ask(&ORDINARY).0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[test]
fn throttling_and_server_errors_have_entras_shape() {
    let lab = TestLab::start();
    lab.fault(&json!({"kind": "throttle", "retry_after": 7}));
    let answer = lab.try_token(&ORDINARY).unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    for status in [500, 503, 504] {
        lab.fault(&json!({"kind": "server_error", "status": status}));
        let (seen, body) = lab.ask(&ORDINARY);
        assert_eq!((seen, &body["error"]), (status, &json!("temporarily_unavailable")));
    }
    assert_eq!(lab.ask(&ORDINARY).0, 200, "a fault is used up");
}

#[test]
fn connections_drop_and_break_off() {
    let lab = TestLab::start();
    for http1 in [false, true] {
        let client = builder(&lab.lab);
        let client = if http1 { client.http1_only() } else { client };
        let client = client.build().unwrap();
        let url = lab.url("common/discovery/v2.0/keys");
        lab.fault(&json!({"kind": "drop"}));
        assert!(client.get(&url).send().is_err(), "HTTP/1.1: {http1}");
        lab.fault(&json!({"kind": "broken_off"}));
        let answer = client.get(&url).send().unwrap();
        assert!(answer.bytes().is_err(), "HTTP/1.1: {http1}");
    }
}

#[test]
fn bodies_are_what_they_should_not_be() {
    let lab = TestLab::start();
    lab.fault(&json!({"kind": "html"}));
    let answer = lab.try_token(&ORDINARY).unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().unwrap().starts_with("<!doctype html>"));

    lab.fault(&json!({"kind": "half_json"}));
    let text = lab.try_token(&ORDINARY).unwrap().text().unwrap();
    assert!(text.starts_with("{\"token_type\"") && serde_json::from_str::<Value>(&text).is_err());

    lab.fault(&json!({"kind": "huge", "bytes": 3_000_000}));
    assert!(lab.try_token(&ORDINARY).unwrap().bytes().unwrap().len() > 3_000_000);

    lab.fault(&json!({"kind": "endless"}));
    let impatient = builder(&lab.lab).timeout(Duration::from_millis(500)).build().unwrap();
    let answer = impatient.get(lab.url("common/discovery/v2.0/keys")).send().unwrap();
    assert!(answer.bytes().unwrap_err().is_timeout());

    lab.fault(&json!({"kind": "redirect", "location": "https://evil.example/token"}));
    let answer = lab.try_token(&ORDINARY).unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"https://evil.example/token".parse().unwrap())
    );
}

#[test]
fn a_token_is_for_another_agent() {
    let lab = TestLab::start();
    lab.fault(
        &json!({"kind": "tamper", "path": "/token", "claims": {"azp": REPORT_ID, "idtyp": null}}),
    );
    let wrong = claims(&lab.token(&ORDINARY));
    assert_eq!(wrong["azp"], REPORT_ID);
    assert!(!wrong.contains_key("idtyp"));
    assert_ne!(claims(&lab.token(&ORDINARY))["azp"], REPORT_ID);
}

#[test]
fn any_code_can_be_played() {
    let lab = TestLab::start();
    let demand = r#"{"access_token":{"nbf":{"essential":true,"value":"1790000000"}}}"#;
    lab.fault(&json!({
        "kind": "refuse", "code": 50158, "error": "interaction_required",
        "suberror": "basic_action", "claims": demand,
    }));
    let (status, body) = lab.ask(&ORDINARY);
    assert_eq!((status, &body["error"]), (400, &json!("interaction_required")));
    assert_eq!(
        (&body["error_codes"], &body["suberror"]),
        (&json!([50158]), &json!("basic_action"))
    );
    assert_eq!(body["claims"], demand);
    assert_eq!(lab.json("lab/requests")[0]["code"], 50158);
}

#[test]
fn a_fault_that_is_none_is_refused() {
    let lab = TestLab::start();
    for fault in [json!({"kind": "earthquake"}), json!({"kind": "throttle"}), json!({})] {
        assert_eq!(lab.control("faults", &fault).status(), 400, "{fault}");
    }
}

#[test]
fn faults_last_until_they_are_taken_away() {
    let lab = TestLab::start();
    lab.fault(&json!({"kind": "html", "path": "/token", "times": 0}));
    for _ in 0..3 {
        assert!(lab.try_token(&ORDINARY).unwrap().text().unwrap().contains("<html>"));
    }
    assert_eq!(lab.json("lab/faults").as_array().unwrap().len(), 1);
    lab.client
        .delete(lab.url("lab/faults"))
        .header("content-type", "application/json")
        .send()
        .unwrap();
    assert_eq!(lab.ask(&ORDINARY).0, 200);
}
