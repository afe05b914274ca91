use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::world::{ENGINES, INVOICE, World};

/// What the token endpoint does, and what the caller is told.
const CASES: &str = include_str!("faults.json");

#[test]
fn a_misbehaving_token_endpoint_is_survived() {
    // Side by side: some of it has to be waited for.
    thread::scope(|scope| {
        for engine in ENGINES {
            scope.spawn(|| survived(engine));
        }
    });
}

fn survived(engine: &str) {
    let world = World::on(engine, &[]);
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    for case in &cases {
        world.clear_faults();
        let mut fault = case["fault"].clone();
        if fault["kind"] == "redirect" {
            fault["location"] = json!(format!("http://{}/token", elsewhere.local_addr().unwrap()));
        }
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
        // A failure answers for a moment, whatever it was.
        thread::sleep(Duration::from_millis(2100));
    }
    assert!(elsewhere.accept().is_err(), "no redirect is followed");
    world.clear_faults();
    // Whatever was held back has passed when the fault is gone for a moment.
    let deadline = Instant::now() + Duration::from_secs(70);
    while world.ask(&path, &dana).status != 200 {
        assert!(Instant::now() < deadline, "the sidecar does not recover");
        thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn a_caller_in_a_loop_does_not_become_the_token_services() {
    for fault in [
        json!({"kind": "html"}),
        json!({"kind": "half_json"}),
        json!({"kind": "redirect", "location": "https://evil.example/token"}),
        json!({"kind": "refuse", "code": 65001, "suberror": "consent_required"}),
    ] {
        let world = World::start();
        let dana = world.dana();
        let mut fault = fault;
        fault["path"] = json!("/token");
        fault["times"] = json!(0);
        world.fault(&fault);
        let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
        for _ in 0..20 {
            assert!(world.ask(&path, &dana).status >= 400);
        }
        let asked = world.token_requests().len();
        assert!(asked <= 4, "{fault}: {asked} requests");
    }
}

#[test]
fn a_time_to_wait_beyond_the_deadline_is_the_callers_to_wait() {
    for engine in ENGINES {
        let world = World::on(engine, &[]);
        let dana = world.dana();
        let fault = json!({"kind": "throttle", "retry_after": 45, "path": "/token", "times": 0});
        world.fault(&fault);
        let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
        let started = Instant::now();
        for _ in 0..3 {
            let answer = world.ask(&path, &dana);
            assert_eq!(answer.problem(), (503, "sts_unavailable"), "{answer:?}");
            let seconds: u64 = answer.header("retry-after").parse().unwrap();
            assert!((40..=45).contains(&seconds), "{seconds}");
        }
        assert!(started.elapsed() < Duration::from_secs(5), "nobody waits for it here");
        assert_eq!(world.token_requests().len(), 1, "nobody asks before the time");
    }
}

/// Domain case 44: the token service's clock says that T1 has ended, ours does not.
#[test]
fn a_stale_t1_is_replaced_once_for_all() {
    for engine in ENGINES {
        let world = World::on(engine, &[]);
        let dana = world.dana();
        let app = "optionsOverride.RequestAppToken=true";
        let anew = "optionsOverride.AcquireTokenOptions.ForceRefresh=true";
        let ask = |api: &str| {
            let path = format!("/AuthorizationHeader/{api}?AgentIdentity={INVOICE}&{app}&{anew}");
            world.ask(&path, &dana).claims()
        };
        ask("Tools");
        world.advance_clock(7200);
        // One request finds it stale (700024) and gets another; later ones do not present it.
        for (api, requests) in [("Graph", 5), ("Tools", 7), ("Graph", 8), ("Tools", 9)] {
            ask(api);
            let forms = world.token_requests();
            assert_eq!(forms.len(), requests, "{engine} {api}: {forms:?}");
        }
    }
}
