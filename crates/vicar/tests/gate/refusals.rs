//! Calls that are refused before any policy is asked.

use serde_json::json;
use vicar::{Call, Operation};

use crate::fixture::{NOW, gate, get, token, tool, verdict};

#[test]
fn a_call_without_a_token_is_told_how_to_get_one() {
    let call = Call { token: None, ..tool("", "search", "{}") };
    let verdict = gate().explain(&call, NOW);
    assert_eq!((verdict.decision, verdict.reason), ("deny", "token_missing"));
    assert_eq!(verdict.answer.status, 401);
    assert_eq!(
        verdict.answer.www_authenticate.as_deref(),
        Some(
            "Bearer realm=\"ledger\", \
             resource_metadata=\"https://tools.example/.well-known/oauth-protected-resource\""
        )
    );
}

#[test]
fn what_the_bundle_does_not_list_is_refused() {
    let token = token(json!({}));
    let mcp = |method| Call {
        operation: Operation::Mcp { method, name: None, arguments: None },
        ..tool(&token, "", "")
    };
    let cases = [
        (tool(&token, "serch", "{}"), "tool_unknown"),
        (mcp("tools/delete"), "method_unknown"),
        (Call { path: "/mcp/extra", ..mcp("tools/list") }, "route_unknown"),
        (Call { operation: Operation::Http, ..mcp("") }, "message_missing"),
        (get(&token, "/elsewhere"), "route_unknown"),
        (get(&token, "/reports/../mcp"), "path_refused"),
        (Call { method: "POST", ..get(&token, "/reports/7") }, "route_unknown"),
    ];
    for (call, reason) in cases {
        let verdict = gate().explain(&call, NOW);
        assert_eq!((verdict.decision, verdict.reason), ("deny", reason), "{call:?}");
        assert_eq!(verdict.answer.status, 403, "{call:?}");
    }
}

#[test]
fn a_token_for_one_place_does_not_open_the_other() {
    let verdict = gate().explain(&get(&token(json!({})), "/reports/finance"), NOW);
    assert_eq!((verdict.reason, verdict.answer.status), ("audience_wrong", 401));
    assert!(verdict.sentence.contains("`api://reports`"), "{}", verdict.sentence);
}

#[test]
fn arguments_must_be_what_the_bundle_declares() {
    let cases = [
        ("{}", "argument_missing"),
        ("{\"query\": 7}", "arguments_malformed"),
        ("{\"query\": \"a\", \"query\": \"b\"}", "arguments_malformed"),
        ("[]", "arguments_malformed"),
        ("{\"query\":", "arguments_malformed"),
    ];
    for (arguments, reason) in cases {
        assert_eq!(verdict(json!({}), "search", arguments).reason, reason, "{arguments}");
    }
}

#[test]
fn an_exchange_token_is_named_as_one() {
    let changes = json!({ "aud": "fb60f99c-7a34-4190-8149-302f77469936" });
    assert_eq!(verdict(changes, "search", "{}").reason, "exchange_token");
}

#[test]
fn a_key_bound_token_is_no_bearer_token() {
    let changes = json!({ "cnf": { "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" } });
    let verdict = verdict(changes, "search", "{\"query\": \"a\"}");
    assert_eq!((verdict.reason, verdict.answer.status), ("proof_required", 401));
}

#[test]
fn a_declared_claim_of_another_type_is_refused() {
    let verdict = verdict(json!({ "department": 7 }), "search", "{\"query\": \"a\"}");
    assert_eq!(verdict.reason, "declared_claim_malformed");
}
