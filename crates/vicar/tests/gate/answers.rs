//! Verdicts of policies: their words, and what the caller is told.

use serde_json::json;

use crate::fixture::{NOW, folder, gate, gate_of, get, token, tool, verdict};

const QUERY: &str = "{\"query\": \"invoices of May\"}";

#[test]
fn an_allow_names_who_asked_and_the_policy() {
    let verdict = verdict(json!({}), "search", QUERY);
    assert_eq!((verdict.decision, verdict.reason), ("allow", "permitted"));
    assert_eq!(verdict.policies, ["tools-by-scope"]);
    assert_eq!(verdict.answer.status, 200);
    insta::assert_snapshot!(verdict.sentence);
}

#[test]
fn the_whole_verdict_is_stable() {
    let verdict = verdict(
        json!({ "idtyp": "app", "scp": null, "roles": ["Tools.Invoke"],
        "oid": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "sub": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b",
        "xms_idrel": "7", "xms_sub_fct": "11", "acct": null, "acrs": null }),
        "search",
        QUERY,
    );
    assert_eq!((verdict.decision, verdict.reason), ("deny", "no_permit"));
    let document: serde_json::Value = serde_json::from_str(&verdict.to_json()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn a_missing_scope_is_named_with_all_that_are_needed() {
    let verdict = verdict(json!({ "scp": "profile" }), "search", QUERY);
    assert_eq!((verdict.reason, verdict.answer.status), ("scope_insufficient", 403));
    let told = verdict.answer.www_authenticate.unwrap();
    assert!(told.contains("error=\"insufficient_scope\""), "{told}");
    assert!(told.contains("scope=\"tools.read\""), "{told}");
}

#[test]
fn a_stronger_sign_in_is_asked_of_clients_that_can() {
    let able = json!({ "scp": "tools.write", "xms_cc": ["CP1"] });
    let verdict = verdict(able, "close", "{}");
    assert_eq!(verdict.reason, "authentication_context_required");
    assert_eq!(verdict.answer.status, 401);
    let told = verdict.answer.www_authenticate.unwrap();
    assert!(told.contains("error=\"insufficient_claims\""), "{told}");
    // {"access_token":{"acrs":{"essential":true,"value":"c1"}}}
    assert!(
        told.contains("claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\""),
        "{told}"
    );
    let unable = crate::fixture::verdict(json!({ "scp": "tools.write" }), "close", "{}");
    assert_eq!(unable.reason, "authentication_context_required");
    assert_eq!((unable.answer.status, unable.answer.www_authenticate), (403, None));
}

#[test]
fn a_forbid_wins_and_says_why() {
    let guest = json!({ "acct": 1, "xms_idrel": "5" });
    let verdict = verdict(guest, "search", QUERY);
    assert_eq!((verdict.reason, verdict.policies), ("forbidden", vec!["no-guests".to_owned()]));
    assert_eq!(verdict.change, ["Ask a member of the tenant"]);
    assert!(verdict.sentence.contains("guests may not use the ledger"), "{}", verdict.sentence);
}

#[test]
fn groups_that_are_not_listed_are_unknown_and_not_none() {
    let auditor = json!({ "groups": ["00000000-0000-4000-8000-00000000a0d1"] });
    assert_eq!(verdict(auditor, "audit", "{}").reason, "permitted");
    let overage = json!({ "_claim_names": { "groups": "src1" },
        "_claim_sources": { "src1": { "endpoint": "https://graph.example/groups" } } });
    assert_eq!(verdict(overage.clone(), "audit", "{}").reason, "groups_unknown");
    // A policy that reads no groups is not held up by it.
    assert_eq!(verdict(overage, "search", QUERY).reason, "permitted");
}

#[test]
fn declared_claims_and_path_parameters_meet() {
    let token = token(json!({ "aud": "api://reports", "department": "finance" }));
    assert_eq!(gate().explain(&get(&token, "/reports/finance"), NOW).reason, "permitted");
    assert_eq!(gate().explain(&get(&token, "/reports/legal"), NOW).reason, "no_permit");
}

#[test]
fn shadow_mode_decides_but_lets_pass() {
    let mut folder = folder();
    folder.get_mut("vicar.yaml").unwrap().push_str("  mode: shadow\n");
    let mut gate = gate_of(&folder);
    let token = token(json!({ "acct": 1, "xms_idrel": "5" }));
    let decision = gate.decide(&tool(&token, "search", QUERY), NOW);
    assert!(!decision.allowed && decision.passes());
}

#[test]
fn a_decision_and_its_explanation_agree() {
    let mut gate = gate();
    for changes in
        [json!({}), json!({ "scp": "profile" }), json!({ "acct": 1 }), json!({ "exp": 1 })]
    {
        let token = token(changes);
        for name in ["search", "close", "audit", "none"] {
            let call = tool(&token, name, QUERY);
            let decision = gate.decide(&call, NOW);
            let verdict = gate.explain(&call, NOW);
            assert_eq!(decision.reason.code, verdict.reason);
            assert_eq!(decision.status, verdict.answer.status);
            assert_eq!(decision.allowed, verdict.decision == "allow");
        }
    }
}
