//! The token to exchange is read before anything is sent (domain cases 7 and 8).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vicar_exchange::{Machine, Randomness, Spec, Step};

use crate::common::{NOW, changed, claims, data, granted, jwt, run, spec_with, token};

#[derive(Deserialize)]
struct Case {
    case: String,
    changes: Map<String, Value>,
    reason: Option<String>,
}

fn with_assertion(flow: &str, assertion: &str) -> Spec {
    let (name, grant) = match flow {
        "on_behalf_of" => ("on-behalf-of", "on_behalf_of"),
        _ => ("plain-on-behalf-of", "plain_on_behalf_of"),
    };
    let at = format!("/flow/entra/grant/{grant}/user_assertion");
    serde_json::from_value(spec_with(name, &at, json!(assertion))).unwrap()
}

#[test]
fn nothing_is_sent_for_a_token_that_cannot_be_exchanged() {
    for case in data::<Vec<Case>>("assertions.json") {
        let assertion = jwt(&changed("tc-user-for-blueprint", &case.changes));
        for flow in ["on_behalf_of", "plain_on_behalf_of"] {
            // An ordinary middle tier has no agent that the token could be from.
            if flow == "plain_on_behalf_of" && case.case == "obtained by this agent" {
                continue;
            }
            let spec = with_assertion(flow, &assertion);
            let (_, step) = Machine::start(spec, Randomness::new([1; 32]), NOW);
            let got = match &step {
                Step::Send(_) => None,
                Step::Failed(problem) => {
                    assert!(!problem.remedy().is_empty());
                    assert!(!problem.to_string().contains(&assertion), "{}", case.case);
                    Some(problem.reason().code.to_owned())
                }
                other => panic!("{}: {other:?}", case.case),
            };
            assert_eq!(got, case.reason, "{} ({flow}): {step:?}", case.case);
        }
    }
}

#[test]
fn a_nested_exchange_needs_a_word() {
    let changes =
        json!({"xms_act_fct": "9 3 11", "xms_par_app_azp": "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a"});
    let assertion = jwt(&changed("tc-user-for-blueprint", changes.as_object().unwrap()));
    let mut spec =
        spec_with("on-behalf-of", "/flow/entra/grant/on_behalf_of/nested", json!("accept"));
    *spec.pointer_mut("/flow/entra/grant/on_behalf_of/user_assertion").unwrap() = json!(assertion);
    let run = run(serde_json::from_value(spec).unwrap(), |_| Ok(granted(&token("obo-api-v2"))));
    assert_eq!(run.outcome(), "ok");
}

#[test]
fn an_exchange_token_handed_in_is_used_or_replaced_or_refused() {
    let held = |name: &str, changes: Value, expires_at: u64| {
        let token = jwt(&changed(name, changes.as_object().unwrap()));
        json!({"token": token, "expires_at": expires_at})
    };
    let start = |t1: Value| {
        let spec = spec_with("autonomous", "/flow/entra/grant/autonomous/agent/t1", t1);
        let spec: Spec = serde_json::from_value(spec).unwrap();
        run(spec, |_| Ok(granted(&token("autonomous-graph-v1"))))
    };
    let t1 = "t1-blueprint-exchange";
    let used = start(held(t1, json!({}), NOW + 100));
    assert_eq!((used.outcome(), used.requests.len()), ("ok", 1));
    // Case 44: a stale one is not presented.
    let stale = start(held(t1, json!({}), NOW + 60));
    assert_eq!((stale.outcome(), stale.requests.len()), ("ok", 2));

    let other = "11111111-2222-4333-8444-555555555555";
    let path = claims(t1)["sub"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
    for changes in [
        json!({"azp": other}),
        json!({"tid": other}),
        json!({"aud": "https://graph.microsoft.com"}),
        json!({"sub": format!("{path}/{other}")}),
    ] {
        let refused = start(held(t1, changes.clone(), NOW + 100));
        assert_eq!(refused.outcome(), "assertion_unreadable", "{changes}");
        assert!(refused.requests.is_empty());
    }
    let opaque = start(json!({"token": "opaque", "expires_at": NOW + 100}));
    assert_eq!((opaque.outcome(), opaque.requests.len()), ("ok", 1));
}
