//! Clients that know nothing of Entra, with tokens of `vicar serve`.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    mcp_server, model,
    script::{Language, run},
    sidecar::Sidecar,
    tokens::{Claims, claim},
    upstream::Door,
    world::{AGENT, BLUEPRINT, DANA, DANA_NAME, STRANGER, TENANT, TOOLS, World},
};

#[test]
fn the_openai_client_asks_a_model_as_an_agent() {
    let world = World::start();
    let door = Door::new("https://cognitiveservices.azure.com", world.verifier());
    let admitted = door.admitted();
    let model = model::start(door);
    let base = format!("http://{}/v1/", model.address());
    let sidecar = by_list(&world, &base);
    let given = json!({
        "sidecar": sidecar.url, "model": base, "person": world.sign_in(DANA_NAME),
        "agent": AGENT, "stranger": STRANGER,
    });
    let seen = run(Language::Python, "openai_calls.py", &given, |_, _| {});

    let for_dana = format!("{AGENT} for {DANA}");
    for way in ["hook", "key", "downstream"] {
        assert_eq!(seen[way], for_dana, "{way}: {seen}");
    }
    assert_eq!(seen["stream"], json!([AGENT, "for", DANA]));
    let admitted = admitted.lock().unwrap();
    assert_eq!(admitted.len(), 4, "{admitted:?}");
    for claims in admitted.iter() {
        assert_eq!(claim(claims, "scp"), "user_impersonation", "{claims:?}");
        assert!(made_by_blueprint(claims), "{claims:?}");
    }
    for way in ["hook_refused", "downstream_refused"] {
        assert_refused(&seen[way], "agent_not_allowed");
    }
    assert_eq!(seen["without_sidecar"]["type"], "invalid_token");
    assert_eq!(model.count(), 5, "the stranger must not have reached the model");
    one_exchange_for_all(&world);
    let lines = sidecar.audit();
    let wanted = [("allow", false), ("allow", true), ("allow", true), ("allow", true)];
    assert_eq!(lines.len(), wanted.len() + 2, "{lines:#?}");
    for (line, (verdict, cached)) in lines.iter().zip(wanted) {
        assert_eq!((&line["verdict"], &line["cached"]), (&json!(verdict), &json!(cached)));
        let token = &line["exchange"]["token"];
        assert_eq!(token["actor"]["id"], AGENT, "which agent: {line:#}");
        assert_eq!(token["subject"]["id"], DANA, "for whom: {line:#}");
        assert_eq!(line["policies"], json!(["Vicar__AllowedAgents"]), "allowed by what: {line:#}");
    }
    for line in lines.iter().skip(wanted.len()) {
        let seen = (&line["verdict"], &line["reason"], &line["exchange"]["actor"]);
        let refused = (&json!("deny"), &json!("agent_not_allowed"), &json!(STRANGER));
        assert_eq!(seen, refused, "{line:#}");
        assert!(line["exchange"]["token"].is_null(), "{line:#}");
    }
}

#[test]
fn the_mcp_client_calls_a_tool_as_an_agent() {
    let world = World::start();
    let door = Door::new(TOOLS, world.verifier());
    let admitted = door.admitted();
    let server = mcp_server::start(door);
    let sidecar = by_bundle(&world);
    let given = json!({
        "sidecar": sidecar.url, "mcp": format!("http://{}/mcp", server.address()),
        "person": world.sign_in(DANA_NAME), "agent": AGENT, "stranger": STRANGER,
    });
    let seen = run(Language::Python, "mcp_calls.py", &given, |_, _| {});

    for (way, subject) in [("for_person", DANA), ("alone", AGENT)] {
        let wanted = json!({
            "server": "invoices", "protocol": "2025-11-25", "tools": ["search_invoices"],
            "text": format!("{AGENT} for {subject}"), "structured": {"customer": "Fabrikam"},
        });
        assert_eq!(seen[way], wanted);
    }
    let admitted = admitted.lock().unwrap();
    assert!(admitted.iter().all(made_by_blueprint), "{admitted:?}");
    let of = |subject: &str| admitted.iter().filter(|it| claim(it, "oid") == subject).count();
    assert!(of(DANA) >= 4 && of(AGENT) >= 4, "{admitted:?}");
    assert_eq!(of(DANA) + of(AGENT), admitted.len());
    assert_refused(&seen["refused"], "no_permit");
    assert!(seen["without_sidecar"].as_str().is_some_and(|it| !it.is_empty()), "{seen}");
    let lines = sidecar.audit();
    let decided_by =
        |policy: &str| lines.iter().filter(|line| line["policies"] == json!([policy])).count();
    assert_eq!(decided_by("for-people"), of(DANA), "{lines:#?}");
    assert_eq!(decided_by("alone"), of(AGENT), "{lines:#?}");
    let denied = lines.last().unwrap();
    assert_eq!((&denied["verdict"], &denied["reason"]), (&json!("deny"), &json!("no_permit")));
}

/// A sidecar that is told by variables, as Microsoft's is, and has a list of agents.
fn by_list(world: &World, model: &str) -> Sidecar {
    let variables = [
        ("AzureAd__Instance", world.lab.origin.as_str()),
        ("AzureAd__TenantId", TENANT),
        ("AzureAd__ClientId", BLUEPRINT),
        ("AzureAd__ClientCredentials__0__SourceType", "ClientSecret"),
        ("AzureAd__ClientCredentials__0__ClientSecret", "lab-blueprint-secret"),
        ("DownstreamApis__Model__BaseUrl", model),
        ("DownstreamApis__Model__Scopes__0", "https://cognitiveservices.azure.com/.default"),
        ("Vicar__DownstreamApis__Model__AllowHttp", "true"),
        ("Vicar__DownstreamApis__Model__AllowLocalAddresses", "true"),
        ("Vicar__AllowedAgents__0", AGENT),
    ];
    Sidecar::start(&["--ca", &world.ca()], &variables)
}

/// A sidecar that is told by a bundle, whose policies decide.
fn by_bundle(world: &World) -> Sidecar {
    let folder = world.folder.path().join("bundle");
    fs::create_dir(&folder).unwrap();
    for name in ["vicar.yaml", "policies.cedar"] {
        let text = fs::read_to_string(Path::new(BUNDLE).join(name)).unwrap();
        let text = text.replace("https://lab.example", &world.lab.origin);
        fs::write(folder.join(name), text).unwrap();
    }
    let arguments = ["--ca", &world.ca(), "--bundle", folder.to_str().unwrap()];
    Sidecar::start(&arguments, &[("BLUEPRINT_SECRET", "lab-blueprint-secret")])
}

/// The sidecar's problem document, as the client's error carries it.
#[track_caller]
fn assert_refused(problem: &Value, reason: &str) {
    assert_eq!((&problem["status"], &problem["reason"]), (&json!(403), &json!(reason)));
    for member in ["detail", "remedy"] {
        assert!(problem[member].as_str().is_some_and(|it| !it.is_empty()), "{problem}");
    }
}

fn made_by_blueprint(claims: &Claims) -> bool {
    claim(claims, "xms_par_app_azp") == BLUEPRINT
}

/// However often the application asks: one T1 and one token, and nothing for the stranger.
fn one_exchange_for_all(world: &World) {
    let requests = world.token_requests();
    let clients: Vec<&str> =
        requests.iter().filter_map(|it| it.form.get("client_id")).map(String::as_str).collect();
    assert_eq!(clients, [BLUEPRINT, AGENT], "{requests:#?}");
}

const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bundle");
