use serde_json::json;

use super::world::{ACCOUNT, BLUEPRINT, DANA, INVOICE, REPORT, ROBIN, World};

#[test]
fn an_agent_acts_for_the_caller() {
    let world = World::start();
    let answer =
        world.ask(&format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}"), &world.dana());
    let claims = answer.claims();
    assert_eq!(claims["azp"], INVOICE);
    assert_eq!(claims["oid"], DANA);
    let forms = world.token_requests();
    assert_eq!(forms.len(), 2, "{forms:?}");
    assert_eq!(forms[0]["fmi_path"], INVOICE);
    assert_eq!(forms[1]["requested_token_use"], "on_behalf_of");

    let line = &world.audit()[0];
    assert_eq!(line["verdict"], "allow");
    assert_eq!(line["reason"], "permitted");
    assert_eq!(line["policies"], json!(["Vicar__AllowedAgents"]));
    assert_eq!(line["identity"]["subject"]["id"], DANA);
    assert_eq!(line["exchange"]["actor"], INVOICE);
    assert_eq!(line["exchange"]["mode"], "on_behalf_of");
    assert_eq!(line["exchange"]["token"]["subject"]["id"], DANA);
    assert_eq!(line["exchange"]["token"]["actor"]["id"], INVOICE);
    assert_eq!(line["cached"], false);
}

#[test]
fn an_agent_acts_as_itself_when_the_caller_asks_for_an_app_token() {
    let world = World::start();
    let path = format!(
        "/AuthorizationHeader/Tools?AgentIdentity={INVOICE}&optionsOverride.RequestAppToken=true"
    );
    let claims = world.ask(&path, &world.dana()).claims();
    assert_eq!((&claims["azp"], &claims["oid"]), (&json!(INVOICE), &json!(INVOICE)));
    assert_eq!(claims["idtyp"], "app");
}

#[test]
fn an_agent_acts_through_its_user_account() {
    let world = World::start();
    for user in
        [format!("AgentUserId={ACCOUNT}"), "AgentUsername=invoice-agent@contoso.example".to_owned()]
    {
        let path = format!("/AuthorizationHeader/Graph?AgentIdentity={INVOICE}&{user}");
        // The account itself has no consent of its own in the lab's directory but by the agent's.
        let claims = world.ask(&path, &world.dana()).claims();
        assert_eq!((&claims["appid"], &claims["oid"]), (&json!(INVOICE), &json!(ACCOUNT)));
    }
    // T1 and X2 served both.
    assert_eq!(world.token_requests().len(), 4);
}

#[test]
fn request_app_token_false_works() {
    let world = World::with(&[("DownstreamApis__Tools__RequestAppToken", "true")]);
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    assert_eq!(world.ask(&path, &dana).claims()["oid"], INVOICE);
    let path = format!("{path}&optionsOverride.RequestAppToken=false");
    assert_eq!(world.ask(&path, &dana).claims()["oid"], DANA);
}

#[test]
fn the_unauthenticated_route_serves_agents_where_it_is_allowed() {
    let world =
        World::with(&[("Sidecar__AllowOverrides__GetAuthorizationHeaderUnauthenticated", "true")]);
    let path = format!("/AuthorizationHeaderUnauthenticated/Tools?AgentIdentity={INVOICE}");
    assert_eq!(world.ask_nobody(&path).claims()["oid"], INVOICE);
    let path = format!("{path}&optionsOverride.RequestAppToken=false");
    assert_eq!(world.ask_nobody(&path).problem(), (400, "parameter_invalid"));
}

#[test]
fn the_application_itself_where_it_is_listed() {
    let world = World::with(&[("Vicar__DownstreamApis__Graph__AllowedAgents__0", BLUEPRINT)]);
    let claims = world.ask_nobody("/AuthorizationHeaderUnauthenticated/Graph").claims();
    assert_eq!(claims["appid"], BLUEPRINT);
    // A list of its own replaces the general one.
    let path = format!("/AuthorizationHeader/Graph?AgentIdentity={INVOICE}");
    assert_eq!(world.ask(&path, &world.dana()).problem(), (403, "agent_not_allowed"));
}

#[test]
fn nothing_crosses_between_users_agents_and_scopes() {
    let world = World::start();
    let (dana, robin) = (world.dana(), world.robin());
    for _ in 0..2 {
        for (user, oid) in [(&dana, DANA), (&robin, ROBIN)] {
            for api in ["Tools", "Read", "Graph"] {
                let path = format!("/AuthorizationHeader/{api}?AgentIdentity={INVOICE}");
                let claims = world.ask(&path, user).claims();
                assert_eq!(claims["oid"], oid);
                let azp = claims.get("azp").or_else(|| claims.get("appid")).unwrap();
                assert_eq!(azp, INVOICE);
            }
        }
        let path = format!("/AuthorizationHeader/Read?AgentIdentity={REPORT}");
        let claims = world.ask(&path, &dana).claims();
        assert_eq!((&claims["azp"], &claims["oid"]), (&json!(REPORT), &json!(DANA)));
        // Robin has not consented to the other agent.
        assert_eq!(world.ask(&path, &robin).problem().1, "consent_missing");
    }
    let lines = world.audit();
    assert_eq!(lines.iter().filter(|line| line["cached"] == true).count(), 7);
}

#[test]
fn a_forced_refresh_asks_anew() {
    let world = World::start();
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let first = world.ask(&path, &dana).claims();
    assert_eq!(world.ask(&path, &dana).claims()["uti"], first["uti"]);
    let again = world
        .ask(&format!("{path}&optionsOverride.AcquireTokenOptions.ForceRefresh=true"), &dana)
        .claims();
    assert_ne!(again["uti"], first["uti"]);
    assert_eq!(world.ask(&path, &dana).claims()["uti"], again["uti"]);
}

#[test]
fn paths_and_parameters_are_read_without_letter_case() {
    let world = World::start();
    let path = format!("/authorizationheader/TOOLS?agentidentity={INVOICE}");
    assert_eq!(world.ask(&path, &world.dana()).claims()["azp"], INVOICE);
}

#[test]
fn validate_shows_the_claims() {
    let world = World::start();
    let dana = world.dana();
    let answer = world.ask("/Validate", &dana);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["protocol"], "Bearer");
    assert_eq!(answer.body["token"], dana);
    assert_eq!(answer.body["claims"]["oid"], DANA);
    assert_eq!(answer.body["claims"]["aud"], super::world::claims(&dana)["aud"]);
    assert!(answer.header("cache-control").contains("no-store"));
}

#[test]
fn a_projected_token_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let world = World::with(&[
        ("AzureAd__ClientCredentials__0__SourceType", "SignedAssertionFilePath"),
        ("AzureAd__ClientCredentials__0__ClientSecret", ""),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
    ]);
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let dana = world.dana();
    let answer = world.ask(&path, &dana);
    assert_eq!(answer.problem(), (503, "credential_unavailable"));
    // Now there is one, which the lab has not federated: the file was read, and sent.
    let assertion =
        world.sign_in("dana@contoso.example", &format!("api://{BLUEPRINT}/access_as_user"));
    std::fs::write(&file, format!("{assertion}\n")).unwrap();
    let answer = world.ask(&path, &dana);
    assert_eq!(answer.body["token_service"]["hop"], "T1", "{answer:?}");
}
