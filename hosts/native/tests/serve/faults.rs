use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::{BLUEPRINT, INVOICE, World};

/// What the token endpoint does, and what the caller is told.
const CASES: &str = include_str!("faults.json");

#[test]
fn a_misbehaving_token_endpoint_is_survived() {
    let world = World::start();
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    for case in &cases {
        world.clear_faults();
        let mut fault = case["fault"].clone();
        fault["path"] = json!("/token");
        fault["times"] = json!(0);
        world.fault(&fault);
        let started = Instant::now();
        let answer = world.ask(&path, &dana);
        let (status, reason) = answer.problem();
        let wanted: Vec<&str> = case["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason.as_str().unwrap())
            .collect();
        assert!(wanted.contains(&reason), "{fault}: {answer:?}");
        assert!(status >= 500, "{fault}: {answer:?}");
        assert!(started.elapsed() < Duration::from_secs(35), "{fault}");
        std::thread::sleep(Duration::from_millis(100));
    }
    world.clear_faults();
    // Whatever was held back has passed when the fault is gone for a moment.
    let deadline = Instant::now() + Duration::from_secs(70);
    while world.ask(&path, &dana).status != 200 {
        assert!(Instant::now() < deadline, "the sidecar does not recover");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn a_token_for_another_agent_is_never_handed_out() {
    for claims in [
        json!({"azp": "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c"}),
        json!({"azp": BLUEPRINT, "xms_act_fct": "9 3"}),
        json!({"oid": "2a3b4c5d-6c7b-4897-9988-776655443322"}),
        json!({"aud": "00000003-0000-0000-c000-000000000000"}),
        json!({"tid": "f4b21c00-1d2e-4f30-8a41-5b6c7d8e9f00"}),
        json!({"scp": null, "idtyp": "app"}),
    ] {
        let world = World::start();
        // The first hop's token is opaque; the second's is read.
        world.fault(&json!({"kind": "tamper", "path": "/token", "times": 0, "claims": claims}));
        let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
        let answer = world.ask(&path, &world.dana());
        assert!(answer.status >= 400, "{claims}: {answer:?}");
        assert!(answer.body.get("authorizationHeader").is_none());
        let _ = answer.problem();
    }
}
