//! A token that is not the one asked for is never returned (domain case 11).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vicar_exchange::{Machine, Spec, outcome::Reading};
use vicar_identity::Mode;

use crate::common::{
    NOW, changed, data, granted, jwt, routine, run, run_with, spec, spec_with, token,
};

#[derive(Deserialize)]
struct Case {
    spec: String,
    token: String,
    changes: Map<String, Value>,
    reason: Option<String>,
}

#[test]
fn a_token_of_another_is_never_returned() {
    for case in data::<Vec<Case>>("outcomes.json") {
        let token = jwt(&changed(&case.token, &case.changes));
        let run = run(spec(&case.spec), |_| Ok(granted(&token)));
        let wanted = case.reason.as_deref().unwrap_or("ok");
        let told = format!("{} {} {:?}: {:?}", case.spec, case.token, case.changes, run.end);
        assert_eq!(run.outcome(), wanted, "{told}");
        assert!(!told.contains(&token), "no token in an error");
        if let Err(problem) = &run.end {
            assert!(!problem.remedy().is_empty());
        }
    }
}

#[test]
fn what_was_exchanged_says_who_acts_for_whom() {
    let obo = run(spec("on-behalf-of"), |_| Ok(granted(&token("obo-api-v2")))).end.unwrap();
    let identity = obo.identity().unwrap();
    assert_eq!(identity.mode, Mode::OnBehalfOf);
    assert_eq!(identity.actor.id, "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b");
    assert_eq!(identity.subject.id, "1f2e3d4c-5b6a-4798-8877-665544332211");
    assert_eq!(obo.expires_at(), NOW + 3899);
    assert_eq!(obo.t1().unwrap().token.expose(), token("t1-blueprint-exchange"));
    assert!(obo.x2().is_none());

    let user = run(spec("agent-user"), |_| Ok(granted(&token("agent-user-graph-v1"))));
    let user = user.end.unwrap();
    assert_eq!(user.x2().unwrap().token.expose(), token("x2-agent-exchange"));
    assert_eq!(user.identity().unwrap().mode, Mode::AgentUser);

    let t1 = run(spec("t1-secret"), |_| panic!("no further hop")).end.unwrap();
    assert_eq!(t1.reading(), &Reading::ExchangeToken);
    assert!(t1.identity().is_none());
}

#[test]
fn the_earlier_end_counts() {
    let changes = json!({"exp": NOW + 100});
    let token = jwt(&changed("obo-api-v2", changes.as_object().unwrap()));
    let exchanged = run(spec("on-behalf-of"), |_| Ok(granted(&token))).end.unwrap();
    assert_eq!(exchanged.expires_at(), NOW + 100);
}

#[test]
fn an_opaque_token_needs_a_word() {
    let at = "/flow/entra/grant/client_credentials/target/opaque";
    let spec: Spec =
        serde_json::from_value(spec_with("client-credentials", at, json!("accept"))).unwrap();
    let exchanged = run(spec.clone(), |_| Ok(granted("opaque"))).end.unwrap();
    assert_eq!(exchanged.reading(), &Reading::Opaque);
    // The word is for tokens that cannot be read, not for wrong ones.
    let wrong = run(spec, |_| Ok(granted(&token("blueprint-api-v2"))));
    assert_eq!(wrong.outcome(), "wrong_actor");
}

#[test]
fn wider_scopes_need_a_word() {
    let at = "/flow/entra/grant/on_behalf_of/target/wider_scopes";
    let spec =
        serde_json::from_value(spec_with("on-behalf-of-tools", at, json!("accept"))).unwrap();
    let changes = json!({"scp": "tools.read admin"});
    let token = jwt(&changed("obo-api-v2", changes.as_object().unwrap()));
    assert_eq!(run(spec, |_| Ok(granted(&token))).outcome(), "ok");
}

#[test]
fn a_t1_or_x2_of_another_agent_is_not_gone_on_with() {
    let other = "11111111-2222-4333-8444-555555555555";
    for (hop, name, claim) in [
        ("fmi_path=", "t1-blueprint-exchange", "azp"),
        ("fmi_path=", "t1-blueprint-exchange", "tid"),
        ("client_assertion=", "x2-agent-exchange", "azp"),
        ("client_assertion=", "x2-agent-exchange", "aud"),
    ] {
        let changes = Map::from_iter([(claim.to_owned(), json!(other))]);
        let wrong = jwt(&changed(name, &changes));
        let run = run_with(spec("agent-user"), |request| {
            let is_the_hop = request.body().expose().contains(hop);
            Ok(if is_the_hop { granted(&wrong) } else { routine(request).unwrap() })
        });
        assert_eq!(run.outcome(), "wrong_actor", "{name} {claim}");
    }
}

#[test]
fn an_identity_assertion_grant_is_for_one_server_and_one_client() {
    for (changes, reason) in [
        (json!({}), "ok"),
        (json!({"aud": "https://evil.example/"}), "wrong_audience"),
        (json!({"aud": ["https://sts.example/"]}), "wrong_audience"),
        (json!({"client_id": "other"}), "wrong_actor"),
        (json!({"exp": NOW}), "outcome_expired"),
    ] {
        let claims = changed("id-jag", changes.as_object().unwrap());
        let grant = crate::common::jwt_of_type("oauth-id-jag+jwt", &claims);
        assert_eq!(identity_assertion(&grant, "N_A"), reason, "{changes}");
    }
    let grant = token("id-jag");
    assert_eq!(identity_assertion(&grant, "Bearer"), "sts_answer_malformed");
    // An access token in its place.
    assert_eq!(identity_assertion(&token("direct"), "N_A"), "outcome_unreadable");
}

fn identity_assertion(grant: &str, token_type: &str) -> &'static str {
    let body = json!({"token_type": token_type, "expires_in": 300, "access_token": grant,
        "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag"});
    run_with(spec("identity-assertion"), |request| {
        Ok(match request.url.as_str() {
            "https://idp.example/token" => crate::common::refused(200, &body),
            _ => granted(&token("direct")),
        })
    })
    .outcome()
}

#[test]
fn a_token_of_another_type_was_not_asked_for() {
    for (issued, outcome) in [
        ("access_token", "ok"),
        ("jwt", "ok"),
        ("refresh_token", "sts_answer_malformed"),
        ("id_token", "sts_answer_malformed"),
    ] {
        let body = json!({"token_type": "Bearer", "expires_in": 300,
            "access_token": token("delegation"),
            "issued_token_type": format!("urn:ietf:params:oauth:token-type:{issued}")});
        let run = run(spec("token-exchange"), |_| Ok(crate::common::refused(200, &body)));
        assert_eq!(run.outcome(), outcome, "{issued}");
    }
}

#[test]
fn an_emulators_issuer_stands_for_the_clouds() {
    let authority = json!({"cloud": "public", "origin": "https://localhost:8443"});
    let spec: Spec =
        serde_json::from_value(spec_with("on-behalf-of", "/flow/entra/authority", authority))
            .unwrap();
    let tenant = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
    for (issuer, outcome) in [
        (format!("https://localhost:8443/{tenant}/v2.0"), "ok"),
        (format!("https://login.microsoftonline.com/{tenant}/v2.0"), "ok"),
        (format!("https://localhost:9443/{tenant}/v2.0"), "outcome_unreadable"),
        ("https://localhost:8443/other/v2.0".to_owned(), "outcome_unreadable"),
    ] {
        let changes = Map::from_iter([("iss".to_owned(), json!(issuer))]);
        let token = jwt(&changed("obo-api-v2", &changes));
        let run = run(spec.clone(), |_| Ok(granted(&token)));
        assert_eq!(run.outcome(), outcome, "{issuer}: {:?}", run.end);
        assert!(run.requests[0].url.starts_with("https://localhost:8443/7d3e1a52"));
    }
}

#[test]
fn the_machine_ends_once() {
    let (mut machine, _) =
        Machine::start(spec("client-credentials"), vicar_exchange::Randomness::new([1; 32]), NOW);
    let answer = || vicar_exchange::Event::Response(Ok(granted(&token("app-api-v2"))));
    let mut resume = || machine.resume(answer(), NOW);
    assert!(matches!(resume(), vicar_exchange::Step::Done(_)));
    let vicar_exchange::Step::Failed(problem) = resume() else { panic!("ended twice") };
    assert_eq!(problem.reason().code, "exchange_out_of_order");
}
