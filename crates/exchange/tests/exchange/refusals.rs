//! What the token endpoint refuses, and what becomes of it.

use serde::Deserialize;
use serde_json::{Value, json};
use vicar_exchange::{Claims, Problem, entra_error};

use crate::common::{data, granted, jwt, refused, routine, run, run_with, spec, spec_with, token};

#[derive(Deserialize)]
struct Case {
    case: String,
    spec: String,
    status: u16,
    body: Value,
    reason: String,
    class: String,
    challenge: bool,
}

#[test]
fn a_refusal_is_classed_by_error_and_suberror() {
    for case in data::<Vec<Case>>("refusals.json") {
        let run = run(spec(&case.spec), |_| Ok(refused(case.status, &case.body)));
        assert_eq!(run.outcome(), case.reason, "{}: {:?}", case.case, run.end);
        let Problem::Refused(refusal) = run.problem() else { panic!("{}", case.case) };
        assert_eq!(refusal.class.name(), case.class, "{}", case.case);
        assert_eq!(refusal.challenge().is_some(), case.challenge, "{}", case.case);
        assert!(refusal.correlation_id.is_some() && refusal.trace_id.is_some());
        assert!(run.pauses.is_empty(), "{}: not tried again", case.case);
    }
}

#[test]
fn every_known_code_gives_its_advice() {
    let mut seen = 0;
    for advice in entra_error::table() {
        let body = json!({"error": "invalid_request", "error_codes": [advice.code]});
        let described = json!({"error": "invalid_request",
            "error_description": format!("AADSTS{}: (text)", advice.code)});
        for body in [body, described] {
            let run = run(spec("client-credentials"), |_| Ok(refused(400, &body)));
            let problem = run.problem();
            let told = problem.to_string();
            assert!(
                told.contains(&format!("AADSTS{}: {}", advice.code, advice.sentence)),
                "{told}"
            );
            assert_eq!(problem.remedy(), advice.remedy, "{}", advice.code);
            assert_eq!(
                run.requests.len(),
                1,
                "{}: a code alone is no reason to retry",
                advice.code
            );
        }
        seen += 1;
    }
    assert_eq!(seen, 84);
}

#[test]
fn a_code_never_makes_a_refusal_pass() {
    // The number says "retry", the error does not.
    let body = json!({"error": "invalid_client", "error_codes": [90033]});
    let run = run(spec("client-credentials"), |_| Ok(refused(400, &body)));
    assert_eq!((run.outcome(), run.requests.len()), ("exchange_misconfigured", 1));
}

#[test]
fn a_challenge_goes_out_as_a_resource_would_send_it() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let body =
        json!({"error": "interaction_required", "suberror": "basic_action", "claims": claims});
    let run = run(spec("on-behalf-of"), |_| Ok(refused(400, &body)));
    let challenge = run.problem().challenge().unwrap();
    assert_eq!(challenge.claims.to_json(), claims);
    let header = challenge.www_authenticate();
    insta::assert_snapshot!(header, @r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/oauth2/v2.0/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19""#);
    let encoded = header.rsplit_once("claims=\"").unwrap().1.trim_end_matches('"');
    assert_eq!(Claims::parse(encoded).unwrap(), challenge.claims);
}

#[test]
fn a_challenge_at_t1_is_nobodys_to_answer() {
    let body = json!({"error": "interaction_required", "claims": "{\"access_token\":{}}"});
    let run = run_with(spec("on-behalf-of"), |_| Ok(refused(400, &body)));
    assert_eq!(run.outcome(), "interaction_impossible");
    assert!(run.problem().challenge().is_none());
}

#[test]
fn the_message_for_a_missing_consent_helps() {
    let body =
        json!({"error": "invalid_grant", "suberror": "consent_required", "error_codes": [65001]});
    let run = run(spec("on-behalf-of"), |_| Ok(refused(400, &body)));
    insta::assert_snapshot!(run.problem(), @"the token endpoint refused the token with `invalid_grant` (`consent_required`), AADSTS65001: nobody has consented to this scope for this agent identity (consent to the blueprint alone does not count unless it can be inherited)");
    insta::assert_snapshot!(run.problem().remedy(), @"have an administrator consent for the agent identity, or make the blueprint's permission inheritable");
}

#[test]
fn what_an_endpoint_writes_is_shown_escaped_and_bounded() {
    let body = json!({"error": format!("a\n\u{1b}[31m`{}", "x".repeat(5000)), "suberror": "<b>"});
    let run = run(spec("client-credentials"), |_| Ok(refused(400, &body)));
    let told = run.problem().to_string();
    assert!(told.len() < 400 && !told.contains(['\n', '\u{1b}']), "{told}");
}

#[test]
fn a_t1_from_a_cache_is_blamed_once() {
    let held = json!({"token": jwt(&crate::common::claims("t1-blueprint-exchange")), "expires_at": 1_790_004_000});
    let spec = spec_with("autonomous", "/flow/entra/grant/autonomous/agent/t1", held);
    let spec: vicar_exchange::Spec = serde_json::from_value(spec).unwrap();
    let stale = json!({"error": "invalid_client", "error_codes": [700024]});

    let mut refusals = 0;
    let run = run_with(spec.clone(), |request| {
        Ok(routine(request).unwrap_or_else(|| {
            refusals += 1;
            if refusals == 1 {
                refused(401, &stale)
            } else {
                granted(&token("autonomous-graph-v1"))
            }
        }))
    });
    assert_eq!((run.outcome(), run.requests.len()), ("ok", 3));

    let run =
        run_with(spec, |request| Ok(routine(request).unwrap_or_else(|| refused(401, &stale))));
    assert_eq!((run.outcome(), run.requests.len()), ("exchange_misconfigured", 3));
}
