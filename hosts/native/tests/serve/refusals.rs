use reqwest::header::{AUTHORIZATION, HOST, ORIGIN};
use serde_json::{Value, json};

use super::world::{Answer, BLUEPRINT, CONTOSO_ID, FABRIKAM_ID, INVOICE, TOOLS, TRAVEL, World};

/// Requests of Dana's and what they are answered with.
const CASES: &str = include_str!("cases.json");

#[test]
fn every_case_of_the_table() {
    let world = World::start();
    let dana = world.dana();
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    for case in &cases {
        let path = case["path"].as_str().unwrap();
        let answer = match case["caller"].as_str() {
            Some("nobody") => world.ask_nobody(path),
            _ => world.ask(path, &dana),
        };
        let wanted = (
            u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
            case["reason"].as_str().unwrap(),
        );
        assert_eq!(answer.problem(), wanted, "{path}: {answer:?}");
    }
    // All of it was refused before anything was sent.
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn callers_tokens_are_verified() {
    let world = World::start();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let answer = world.ask_nobody(&path);
    assert_eq!(answer.problem(), (401, "caller_token_missing"));
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let dana = world.dana();
    let mut forged = dana.clone();
    forged.replace_range(dana.len() - 8..dana.len() - 4, "AAAA");
    for (token, reason) in [
        (forged, "signature_invalid"),
        (
            world.sign_in("dana@contoso.example", &format!("api://{TOOLS}/tools.read")),
            "audience_wrong",
        ),
    ] {
        let answer = world.ask(&path, &token);
        assert_eq!(answer.problem(), (401, reason));
        assert!(answer.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    }
    assert_eq!(world.ask("/Validate", "nonsense").status, 401);
    let twice = world.get(&path).bearer_auth(&dana).header(AUTHORIZATION, "Bearer x").send();
    assert_eq!(Answer::of(twice.unwrap()).problem(), (400, "caller_token_ambiguous"));
    let basic = world.get(&path).header(AUTHORIZATION, "Basic eDp5").send().unwrap();
    assert_eq!(Answer::of(basic).problem(), (401, "caller_token_missing"));
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn a_callers_scope_can_be_demanded() {
    let world = World::with(&[("AzureAd__Scopes", "other access_as_user")]);
    assert_eq!(world.ask("/Validate", &world.dana()).status, 200);
    let world = World::with(&[("AzureAd__Scopes", "other")]);
    let answer = world.ask("/Validate", &world.dana());
    assert_eq!(answer.problem(), (403, "caller_scope_missing"));
    assert!(answer.header("www-authenticate").contains("insufficient_scope"));
}

#[test]
fn keys_that_rotate_are_fetched() {
    let world = World::start();
    assert_eq!(world.ask("/Validate", &world.dana()).status, 200);
    world.rotate_keys();
    let answer = world.ask("/Validate", &world.dana());
    // The first unknown key within half a minute of the first fetch has to wait.
    if answer.status != 200 {
        assert_eq!(answer.problem(), (401, "key_unknown"));
    }
}

#[test]
fn a_tenant_is_the_callers_choice_where_it_is_listed() {
    let tenant = "optionsOverride.AcquireTokenOptions.Tenant";
    let agent = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}&{tenant}");
    let world = World::start();
    let dana = world.dana();
    assert_eq!(world.ask(&format!("{agent}={CONTOSO_ID}"), &dana).status, 200);
    let answer = world.ask(&format!("{agent}={FABRIKAM_ID}"), &dana);
    assert_eq!(answer.problem(), (403, "override_refused"));
    let world = World::with(&[("Vicar__AllowedTenants__0", FABRIKAM_ID)]);
    let answer = world.ask(&format!("{agent}={FABRIKAM_ID}"), &world.dana());
    // Permitted, and still not Dana's tenant.
    assert_eq!(answer.problem(), (401, "assertion_wrong_tenant"));
}

#[test]
fn scopes_are_the_callers_choice_within_the_list() {
    let world = World::with(&[(
        "Vicar__DownstreamApis__Read__AllowedScopes__0",
        &format!("api://{TOOLS}/tools.call"),
    )]);
    let dana = world.dana();
    let ask = |api: &str, scope: &str| {
        let path = format!(
            "/AuthorizationHeader/{api}?AgentIdentity={INVOICE}&optionsOverride.Scopes={scope}"
        );
        world.ask(&path, &dana)
    };
    for (api, scope) in [("Tools", "tools.read"), ("Read", "tools.read"), ("Read", "tools.call")] {
        let answer = ask(api, &format!("api://{TOOLS}/{scope}"));
        assert!(
            answer.status == 200 || answer.body["reason"] == "scope_widened",
            "{api} {scope}: {answer:?}"
        );
    }
    for (api, scope) in [
        ("Read", format!("api://{TOOLS}/.default")),
        ("Read", "User.Read".to_owned()),
        ("Tools", "https://graph.microsoft.com/.default".to_owned()),
    ] {
        assert_eq!(ask(api, &scope).problem(), (403, "override_refused"), "{api} {scope}");
    }
}

#[test]
fn a_challenge_of_the_token_service_reaches_the_caller() {
    let world = World::start();
    world.directory(&json!({
        "tenant": CONTOSO_ID,
        "conditional_access": [{
            "id": "33333333-3333-4333-8333-333333333333", "resources": [TOOLS], "demand": "mfa",
        }],
    }));
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let answer = world.ask(&path, &world.dana());
    assert_eq!(answer.problem(), (401, "interaction_required"));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_claims\", claims=\""), "{challenge}");
    let claims: Value = serde_json::from_str(answer.body["claims"].as_str().unwrap()).unwrap();
    assert!(claims["access_token"].is_object(), "{claims}");
    assert_eq!(answer.body["token_service"]["code"], 50076);
}

#[test]
fn errors_of_the_token_service_are_told_apart() {
    let world = World::start();
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    for (fault, wanted) in [
        (json!({"code": 65001, "suberror": "consent_required"}), (403, "consent_missing")),
        (
            json!({"code": 7000215, "error": "invalid_client", "status": 401}),
            (500, "exchange_misconfigured"),
        ),
        (json!({"code": 700016, "error": "unauthorized_client"}), (500, "exchange_misconfigured")),
        (
            json!({"code": 53003, "suberror": "message_only", "error": "access_denied"}),
            (403, "exchange_blocked"),
        ),
        (json!({"code": 500133}), (401, "assertion_refused")),
    ] {
        world.clear_faults();
        let mut fault = fault;
        fault["kind"] = json!("refuse");
        fault["path"] = json!("/token");
        fault["times"] = json!(0);
        world.fault(&fault);
        let answer = world
            .ask(&format!("{path}&optionsOverride.AcquireTokenOptions.ForceRefresh=true"), &dana);
        let (status, reason) = answer.problem();
        assert_eq!((status, reason), wanted, "{fault}: {answer:?}");
        assert_eq!(answer.body["token_service"]["code"], fault["code"]);
        // Failures are held for a moment.
        std::thread::sleep(std::time::Duration::from_millis(2100));
    }
}

#[test]
fn web_pages_and_other_names_are_turned_away() {
    let world = World::start();
    let dana = world.dana();
    for (name, value) in [(ORIGIN, "https://evil.example"), (HOST, "evil.example")] {
        let answer = world.get("/Validate").bearer_auth(&dana).header(name, value).send().unwrap();
        assert_eq!(Answer::of(answer).problem(), (403, "peer_refused"), "{value}");
    }
    let probe = world.get("/healthz").header(HOST, "10.0.0.7:5000").send().unwrap();
    assert_eq!((probe.status().as_u16(), probe.text().unwrap().as_str()), (200, "Healthy"));
}

#[test]
fn agents_of_other_blueprints_are_the_token_services_to_refuse() {
    let world = World::with(&[("Vicar__AllowedAgents__2", TRAVEL)]);
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={TRAVEL}");
    let answer = world.ask(&path, &world.dana());
    assert!((400..=503).contains(&answer.status), "{answer:?}");
    assert!(answer.body["token_service"]["code"].is_number(), "{answer:?}");
    let line = world.audit().pop().unwrap();
    assert_eq!(
        (&line["verdict"], &line["exchange"]["application"]),
        (&json!("deny"), &json!(BLUEPRINT))
    );
}
