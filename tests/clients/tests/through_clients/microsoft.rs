//! Microsoft's clients against the lab: both languages do the same and see the same.

use serde_json::{Value, json};

use crate::{
    script::{Language, run},
    tokens::{AGENT_FACET, AGENT_USER_FACET, Claims, Verifier, claim, client, has_facet},
    world::{AGENT, AGENT_USER, BLUEPRINT, DANA, DANA_NAME, NIGHTLY, TERMINAL, TOOLS, World},
};

#[test]
fn msal_for_python_sees_entra() {
    let (world, flows) = flows(Language::Python, "msal_flows.py");
    tokens_are_those_asked_for(&world.verifier(), &flows);
    refusals_are_understood(&flows);
    flows_went_over_the_wire(&world, "urn:ietf:params:oauth:grant-type:device_code");
}

#[test]
fn msal_for_node_sees_entra() {
    let (world, flows) = flows(Language::JavaScript, "msal_flows.cjs");
    tokens_are_those_asked_for(&world.verifier(), &flows);
    refusals_are_understood(&flows);
    // It asks by the name that the grant had before RFC 8628.
    flows_went_over_the_wire(&world, "device_code");
    // What the library makes of a refusal: whether a person could help.
    for (flow, helps) in [
        ("consent_missing", true),
        ("sign_in_demanded", true),
        ("secret_wrong", false),
        ("assertion_for_another", false),
    ] {
        assert_eq!(flows[flow]["needs_person"], helps, "{flow}");
    }
}

fn flows(language: Language, script: &str) -> (World, Value) {
    let world = World::start();
    let result = run(language, script, &world.for_scripts(), |event, told| {
        assert!(told["page"].as_str().unwrap().starts_with(&world.lab.origin), "{told}");
        let code = told["user_code"].as_str().unwrap();
        assert!(told["text"].as_str().unwrap().contains(code), "{told}");
        world.click(code, (event == "device").then_some(DANA_NAME));
    });
    assert_eq!(result["person"], json!({"name": DANA_NAME, "id": DANA}));
    (world, result["flows"].clone())
}

fn tokens_are_those_asked_for(verifier: &Verifier, flows: &Value) {
    let blueprint = |claims: &Claims| claim(claims, "xms_par_app_azp") == BLUEPRINT;
    let agent =
        |claims: &Claims| has_facet(claims, "xms_act_fct", AGENT_FACET) && blueprint(claims);
    let graph = "https://graph.microsoft.com";
    for (flow, audience, asked_by, subject, permission) in [
        ("device", TOOLS, TERMINAL, DANA, "tools.read"),
        ("silent", TOOLS, TERMINAL, DANA, "tools.read"),
        ("refresh", TOOLS, TERMINAL, DANA, "tools.read"),
        ("refresh_other_resource", BLUEPRINT, TERMINAL, DANA, "access_as_user"),
        ("secret", TOOLS, NIGHTLY, NIGHTLY_PRINCIPAL, "Tools.Invoke"),
        ("certificate", TOOLS, NIGHTLY, NIGHTLY_PRINCIPAL, "Tools.Invoke"),
        ("on_behalf_of", graph, TOOLS, DANA, "User.Read"),
        ("agent_alone", TOOLS, AGENT, AGENT, "Tools.Invoke"),
        ("agent_on_behalf_of", TOOLS, AGENT, DANA, "tools.call"),
        ("agent_user", TOOLS, AGENT, AGENT_USER, "tools.call"),
    ] {
        let claims = verifier
            .read(token(flows, flow), audience)
            .unwrap_or_else(|why| panic!("{flow}: {why}"));
        let seen = (client(&claims), claim(&claims, "oid"));
        assert_eq!(seen, (asked_by, subject), "{flow}: {claims:?}");
        let roles = claims.get("roles").cloned().unwrap_or_default();
        let granted = claim(&claims, "scp").split(' ').any(|scope| scope == permission)
            || roles.as_array().is_some_and(|roles| roles.contains(&permission.into()));
        assert!(granted, "{flow}: {claims:?}");
        assert_eq!(agent(&claims), flow.starts_with("agent"), "{flow}: {claims:?}");
        let account = has_facet(&claims, "xms_sub_fct", AGENT_USER_FACET);
        assert_eq!(account, flow == "agent_user", "{flow}: {claims:?}");
        let expires_in = flows[flow]["expires_in"].as_u64().unwrap();
        assert!((3000..=5400).contains(&expires_in), "{flow}: {expires_in}");
    }
    // From the client's own cache, and not.
    assert_eq!(token(flows, "silent"), token(flows, "device"));
    assert_eq!(token(flows, "secret_again"), token(flows, "secret"));
    assert_ne!(token(flows, "refresh"), token(flows, "device"));
    for (flow, cached) in
        [("silent", true), ("secret_again", true), ("refresh", false), ("secret", false)]
    {
        assert_eq!(flows[flow]["cached"], cached, "{flow}");
    }
}

fn refusals_are_understood(flows: &Value) {
    for (flow, error, suberror, code) in [
        ("device_declined", "authorization_declined", Value::Null, None),
        ("secret_wrong", "invalid_client", Value::Null, Some(7_000_215)),
        ("consent_missing", "invalid_grant", "consent_required".into(), Some(65_001)),
        ("assertion_for_another", "invalid_grant", Value::Null, Some(500_131)),
        ("sign_in_demanded", "interaction_required", "basic_action".into(), Some(50_076)),
        ("agent_without_path", "invalid_request", Value::Null, Some(82_008)),
    ] {
        let seen = &flows[flow];
        assert_eq!(
            (&seen["error"], &seen["suberror"], &seen["code"]),
            (&error.into(), &suberror, &json!(code)),
            "{flow}: {seen}"
        );
        assert_eq!(seen["claims"].is_string(), flow == "sign_in_demanded", "{flow}: {seen}");
    }
    // What a client is to send along with the next sign-in.
    let demanded = flows["sign_in_demanded"]["claims"].as_str().unwrap();
    let demanded: Value = serde_json::from_str(demanded).unwrap();
    assert_eq!(
        demanded["access_token"]["capolids"]["values"],
        json!(["33333333-3333-4333-8333-333333333333"])
    );
}

/// What the libraries sent is what the flows are made of; the lab saw it, secrets masked.
fn flows_went_over_the_wire(world: &World, device_code: &str) {
    let requests = world.token_requests();
    let of = |client: &str, grant: &str, member: &str| {
        requests.iter().any(|it| {
            let has = |name: &str, value: &str| it.form.get(name).is_some_and(|it| it == value);
            has("client_id", client) && has("grant_type", grant) && it.form.contains_key(member)
        })
    };
    let jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (client, grant, member) in [
        (NIGHTLY, "client_credentials", "client_secret"),
        (NIGHTLY, "client_credentials", "client_assertion"),
        (TERMINAL, device_code, "device_code"),
        (TERMINAL, "refresh_token", "refresh_token"),
        (TOOLS, jwt_bearer, "requested_token_use"),
        (BLUEPRINT, "client_credentials", "fmi_path"),
        (AGENT, jwt_bearer, "client_assertion"),
        (AGENT, "user_fic", "user_federated_identity_credential"),
    ] {
        assert!(of(client, grant, member), "{client} {grant} {member}: {requests:#?}");
    }
}

#[track_caller]
fn token<'a>(flows: &'a Value, flow: &str) -> &'a str {
    flows[flow]["token"].as_str().unwrap_or_else(|| panic!("{flow}: {}", flows[flow]))
}

const NIGHTLY_PRINCIPAL: &str = "0e1d2c3b-4a59-4687-9677-8695a4b3c2d1";
