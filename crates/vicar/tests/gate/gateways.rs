//! What gateways ask of a gate besides a decision.

use std::sync::Arc;

use serde_json::{Value, json};
use vicar::{Call, Operation, SectionKind, VouchedToken};

use crate::fixture::{NOW, folder, gate, gate_of, keys, token};

const POST: Call<'_> = Call {
    token: None,
    method: "POST",
    scheme: "https",
    host: "tools.example",
    path: "/mcp",
    headers: &[],
    operation: Operation::Http,
};

#[test]
fn a_place_is_known_before_the_body() {
    let gate = gate();
    let section = gate.section("any.example:8443", "/mcp/").unwrap().unwrap();
    assert_eq!((section.kind, section.name), (SectionKind::Mcp, "ledger"));
    let section = gate.section("any.example", "/reports/a%20b/c").unwrap().unwrap();
    assert_eq!((section.kind, section.name), (SectionKind::Api, "reports"));
    assert!(section.below.is_empty());
    assert_eq!(gate.section("any.example", "/mc").unwrap(), None);
    assert_eq!(gate.section("any.example", "/mcp/..").unwrap_err().reason.code, "path_refused");
}

#[test]
fn a_ruling_says_what_the_verdict_says() {
    let mut gate = gate();
    let text = token(json!({}));
    let proven = gate.prove(&text, NOW).unwrap();
    assert!(!proven.cached);
    assert!(gate.prove(&text, NOW).unwrap().cached);
    for (name, arguments) in [("search", r#"{"query":"x"}"#), ("close", "{}"), ("none", "{}")] {
        let operation =
            Operation::Mcp { method: "tools/call", name: Some(name), arguments: Some(arguments) };
        let call = Call { operation, token: Some(&text), ..POST };
        let verdict = gate.explain(&call, NOW);
        let ruling = gate.rule(&proven.admitted, &call, NOW);
        assert_eq!(ruling.explain(NOW).to_json(), verdict.to_json(), "{name}");
        assert_eq!(ruling.sentence(NOW), verdict.sentence, "{name}");
        assert_eq!(ruling.policies().collect::<Vec<_>>(), verdict.policies, "{name}");
        assert_eq!(
            ruling.resource().map(ToString::to_string),
            verdict.asked.map(|asked| asked.resource),
            "{name}"
        );
        assert_eq!(ruling.decision().status, verdict.answer.status, "{name}");
    }
}

#[test]
fn a_ruling_for_a_token_does_not_outlive_it() {
    let mut gate = gate();
    let admitted = gate.prove(&token(json!({})), NOW).unwrap().admitted;
    let reason = |now| gate_reason(&mut gate, &admitted, now);
    let reasons: Vec<_> = [NOW, 1_790_003_660, 1_789_999_939].map(reason).to_vec();
    assert_eq!(reasons, ["message_missing", "token_expired", "token_not_yet_valid"]);
}

fn gate_reason(
    gate: &mut vicar::Gate<crate::fixture::Genuine>,
    admitted: &Arc<vicar::Admitted>,
    now: u64,
) -> &'static str {
    gate.rule(admitted, &POST, now).decision().reason.code
}

#[test]
fn a_list_shows_what_some_call_could_use() {
    let mut gate = gate();
    let mut offered = |claims: Value| {
        let admitted = gate.prove(&token(claims), NOW).unwrap().admitted;
        ["audit", "close", "odd", "search", "unknown"]
            .into_iter()
            .filter(|tool| gate.offers_tool(&admitted, "ledger", tool, &POST, NOW))
            .collect::<Vec<_>>()
    };
    assert_eq!(offered(json!({})), ["search"]);
    // `close` needs a stronger sign-in, which no argument brings.
    assert_eq!(offered(json!({ "scp": "tools.write" })), [""; 0]);
    assert_eq!(offered(json!({ "scp": "tools.write", "acrs": ["c1"] })), ["close"]);
    // A guest is forbidden everything.
    assert_eq!(offered(json!({ "acct": 1, "xms_idrel": "5 12" })), [""; 0]);
    let admitted = gate.prove(&token(json!({})), NOW).unwrap().admitted;
    assert!(!gate.offers_tool(&admitted, "other", "search", &POST, NOW));
    assert!(!gate.offers_tool(&admitted, "ledger", "search", &POST, 1_790_003_660));
}

#[test]
fn arguments_that_could_be_others_do_not_hide_a_tool() {
    let mut folder = folder();
    let policies = r#"
        @id("some") permit (principal, action == Action::"tools/call", resource == Tool::"ledger/search")
        when { context.tool.arguments has query && context.tool.arguments.query like "a*" };
        @id("scoped") permit (principal, action == Action::"tools/call", resource == Tool::"ledger/close")
        when { context.scopes.contains("none") && context.tool.arguments has why };
        @id("all") permit (principal, action == Action::"tools/call", resource == Tool::"ledger/odd");
        @id("not-so") forbid (principal, action == Action::"tools/call", resource == Tool::"ledger/odd")
        unless { context.tool.arguments has why };
        @id("never") permit (principal, action == Action::"tools/call", resource == Tool::"ledger/audit");
        @id("never-ever") forbid (principal, action == Action::"tools/call", resource == Tool::"ledger/audit")
        when { context.mode == "on_behalf_of" };
    "#;
    folder.insert("policies.cedar".to_owned(), policies.to_owned());
    let yaml = include_str!("../data/vicar.yaml")
        .replace("labels: [admin] }", "labels: [admin], arguments: { why: string } }")
        .replace("odd: {}", "odd: { arguments: { why: string } }");
    folder.insert("vicar.yaml".to_owned(), yaml);
    let mut gate = gate_of(&folder);
    let admitted = gate.prove(&token(json!({})), NOW).unwrap().admitted;
    let offered: Vec<_> = ["audit", "close", "odd", "search"]
        .into_iter()
        .filter(|tool| gate.offers_tool(&admitted, "ledger", tool, &POST, NOW))
        .collect();
    assert_eq!(offered, ["odd", "search"]);
}

fn claims() -> Value {
    serde_json::from_str(include_str!("../data/on-behalf-of.json")).unwrap()
}

#[test]
fn vouched_claims_may_come_from_a_struct_of_doubles() {
    let mut gate = gate();
    let mut claims = claims();
    for name in ["exp", "iat", "nbf", "acct"] {
        claims[name] = json!(claims[name].as_f64().unwrap());
    }
    let text = claims.to_string();
    assert!(text.contains("1790003600.0"), "{text}");
    let token = VouchedToken { issuer: None, header: None, claims: text.as_bytes() };
    let first = gate.prove_vouched(&token, NOW).unwrap();
    assert!(!first.cached);
    let again = gate.prove_vouched(&token, NOW).unwrap();
    assert!(again.cached && Arc::ptr_eq(&first.admitted, &again.admitted));
    // The same claims, said to be another issuer's, are not the known token.
    let other = VouchedToken { issuer: Some("partner"), ..token };
    assert_eq!(gate.prove_vouched(&other, NOW).unwrap_err().reason.code, "issuer_untrusted");
    assert_eq!(gate.prove_vouched(&token, 1_790_003_660).unwrap_err().reason.code, "token_expired");
}

#[test]
fn vouched_claims_are_checked_like_a_tokens() {
    let mut gate = gate();
    let mut reason = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        let text = claims.to_string();
        let token = VouchedToken { issuer: None, header: None, claims: text.as_bytes() };
        gate.prove_vouched(&token, NOW).map_err(|refusal| refusal.reason.code).err()
    };
    assert_eq!(reason(&|_| ()), None);
    assert_eq!(reason(&|claims| claims["aud"] = json!("api://other")), Some("audience_wrong"));
    assert_eq!(reason(&|claims| claims["iss"] = json!("https://evil")), Some("issuer_untrusted"));
    assert_eq!(reason(&|claims| claims["exp"] = json!(1_790_003_600.5)), Some("claim_malformed"));
    assert_eq!(reason(&|claims| *claims = json!([])), Some("token_malformed"));
    let twice = br#"{"iss":"a","iss":"b"}"#;
    let token = VouchedToken { issuer: None, header: None, claims: twice };
    assert_eq!(gate.prove_vouched(&token, NOW).unwrap_err().reason.code, "token_malformed");
}

#[test]
fn a_vouched_token_is_no_bearer_token() {
    let mut gate = gate();
    let text = claims().to_string();
    let token = VouchedToken { issuer: None, header: None, claims: text.as_bytes() };
    gate.prove_vouched(&token, NOW).unwrap();
    assert_eq!(gate.prove(&text, NOW).unwrap_err().reason.code, "token_malformed");
    assert_eq!(gate.prove("", NOW).unwrap_err().reason.code, "token_missing");
}

#[test]
fn the_keys_that_are_missing_are_named() {
    let mut gate = gate();
    let text = token(json!({}));
    gate.set_keys("entra", keys("key-2").as_bytes()).unwrap();
    let refusal = gate.prove(&text, NOW).unwrap_err();
    let wanted = gate.wanted_key(&text, refusal.reason).unwrap();
    assert_eq!((wanted.issuer.as_str(), wanted.key_id.as_deref()), ("entra", Some("key-1")));
    assert_eq!(gate.wanted_key(&text, &vicar_token::reason::SIGNATURE_INVALID), None);
    assert_eq!(gate.wanted_key("no token", &vicar_token::reason::KEY_UNKNOWN), None);
}

#[test]
fn metadata_stands_where_the_resource_can_be_told_from_its_address() {
    let metadata = |address: &str| {
        let yaml = include_str!("../data/vicar.yaml")
            .replace("https://tools.example/.well-known/oauth-protected-resource", address);
        let mut folder = folder();
        folder.insert("vicar.yaml".to_owned(), yaml);
        gate_of(&folder).protected_resource().map(|metadata| metadata.document)
    };
    let resource = |address| {
        let document: Value = serde_json::from_str(&metadata(address)?).unwrap();
        Some(document["resource"].as_str().unwrap().to_owned())
    };
    let well_known = "https://tools.example/.well-known/oauth-protected-resource";
    assert_eq!(resource(well_known).as_deref(), Some("https://tools.example"));
    let below = format!("{well_known}/a/mcp");
    assert_eq!(resource(&below).as_deref(), Some("https://tools.example/a/mcp"));
    assert_eq!(resource("https://tools.example/metadata"), None);
    assert_eq!(resource(&format!("{well_known}s")), None);
    assert_eq!(
        metadata(well_known).as_deref(),
        Some(
            r#"{"resource":"https://tools.example","authorization_servers":["https://login.microsoftonline.com/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/v2.0"],"scopes_supported":["tools.read","tools.write"],"bearer_methods_supported":["header"]}"#
        )
    );
}
