//! Rows of `docs/sidecar-compatibility.md` that no other test here is about.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use reqwest::header::HOST;
use serde_json::json;

use super::world::{Answer, FABRIKAM_ID, INVOICE, TOOLS, World};

/// An API that keeps the head of each request and answers with nothing.
fn api() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut head, mut bytes) = (String::new(), [0; 4096]);
            while !head.contains("\r\n\r\n") {
                match stream.read(&mut bytes) {
                    Ok(read) if read > 0 => head += &String::from_utf8_lossy(&bytes[..read]),
                    _ => break,
                }
            }
            kept.lock().unwrap().push(head);
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, heads)
}

fn header(api: &str) -> String {
    format!("/AuthorizationHeader/{api}?AgentIdentity={INVOICE}")
}

#[test]
fn overrides_can_be_switched_off_for_each_route() {
    let off = [
        ("Sidecar__AllowOverrides__GetAuthorizationHeader", "false"),
        ("Sidecar__AllowOverrides__CallDownstreamApi", "false"),
    ];
    let world = World::with(&off);
    let dana = world.dana();
    for path in ["AuthorizationHeader", "DownstreamApi"] {
        let answer = world.ask(&format!("/{path}/Tools?AgentIdentity={INVOICE}"), &dana);
        assert_eq!(answer.problem(), (403, "override_refused"), "{path}");
    }
    let world =
        World::with(&[("Sidecar__AllowOverrides__CallDownstreamApiUnauthenticated", "true")]);
    let path = format!("Tools?AgentIdentity={INVOICE}");
    // There is a token; the API has no address.
    let answer = world.ask_nobody(&format!("/DownstreamApiUnauthenticated/{path}"));
    assert_eq!(answer.problem(), (500, "downstream_unconfigured"));
    let answer = world.ask_nobody(&format!("/AuthorizationHeaderUnauthenticated/{path}"));
    assert_eq!(answer.problem(), (403, "override_refused"));
}

#[test]
fn what_is_configured_shapes_the_call() {
    let (url, heads) = api();
    let world = World::with(&[
        ("DownstreamApis__Tools__BaseUrl", &url),
        ("DownstreamApis__Tools__RelativePath", "orders"),
        ("DownstreamApis__Tools__HttpMethod", "put"),
        ("DownstreamApis__Tools__ContentType", "application/x-orders"),
        ("DownstreamApis__Tools__AcceptHeader", "text/csv"),
        ("DownstreamApis__Tools__ExtraHeaderParameters__X-Team", "red"),
        ("DownstreamApis__Tools__ExtraQueryParameters__version", "2"),
        ("Vicar__DownstreamApis__Tools__AllowLocalAddresses", "true"),
    ]);
    let dana = world.dana();
    let url = format!("{}/downstreamapi/TOOLS?AgentIdentity={INVOICE}", world.url);
    let post = |query: &str| world.client.post(format!("{url}{query}")).bearer_auth(&dana);
    // A body without a type is told, not dropped.
    let answer = Answer::of(post("").body("x").send().unwrap());
    assert_eq!(answer.problem(), (400, "request_body_refused"));
    let typed = post("").header("content-type", "text/plain").body("x").send().unwrap();
    assert_eq!(Answer::of(typed).body["statusCode"], 200);
    let query = "&optionsOverride.ContentType=application/json\
                 &optionsOverride.ExtraHeaderParameters.x-team=blue\
                 &optionsOverride.ExtraQueryParameters.version=3\
                 &optionsOverride.HttpMethod=patch";
    let typed = post(query).header("content-type", "text/plain").body("x").send().unwrap();
    assert_eq!(Answer::of(typed).body["statusCode"], 200);
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 2);
    let has = |head: &str, wanted: &[&str]| {
        let lower = head.to_lowercase();
        for wanted in wanted {
            assert!(lower.contains(wanted), "{wanted} is not in {head}");
        }
    };
    has(
        &heads[0],
        &[
            "put /v1/orders?version=2 ",
            "accept: text/csv\r\n",
            "x-team: red\r\n",
            "type: text/plain",
        ],
    );
    // The caller's replaces the configured one.
    has(&heads[1], &["patch /v1/orders?version=3 ", "x-team: blue\r\n", "type: application/json"]);
    assert!(!heads[1].to_lowercase().contains("x-team: red"), "{}", heads[1]);
}

#[test]
fn claims_and_capabilities_are_asked_for() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let world = World::with(&[
        ("DownstreamApis__Tools__AcquireTokenOptions__Claims", claims),
        ("AzureAd__ClientCapabilities__0", "cp1"),
    ]);
    world.ask(&header("Tools"), &world.dana());
    let sent = world.token_requests();
    let sent = sent.last().unwrap()["claims"].as_str().unwrap().to_owned();
    assert!(sent.contains("c1") && sent.contains("xms_cc") && sent.contains("cp1"), "{sent}");
    // In base64, as a `WWW-Authenticate` field has it.
    let base64 =
        "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzkwMDAwMDAwIn19fQ==";
    let path = format!(
        "{}&optionsOverride.AcquireTokenOptions.Claims={base64}&\
         optionsOverride.AcquireTokenOptions.CorrelationId=22222222-2222-4222-8222-222222222222",
        header("Read")
    );
    world.ask(&path, &world.dana()).claims();
    let sent = world.token_requests();
    let sent = sent.last().unwrap()["claims"].as_str().unwrap().to_owned();
    assert!(sent.contains("1790000000") && sent.contains("cp1"), "{sent}");
    let line = world.audit().pop().unwrap();
    assert_eq!(
        line["exchange"]["correlation_id"], "22222222-2222-4222-8222-222222222222",
        "{line}"
    );
}

#[test]
fn audiences_are_the_configurations() {
    let tools = format!("api://{TOOLS}");
    let plain = "8b7c6d5e-4f3a-4b2c-9d1e-0f9a8b7c6d5e";
    let more = [
        ("AzureAd__Audience", &*tools),
        ("AzureAd__Audiences__0", TOOLS),
        ("DownstreamApis__Plain__Scopes__0", "api://plain.contoso.example/.default"),
    ];
    let world = World::with(&more);
    // Of the callers.
    let token = world.sign_in("dana@contoso.example", &format!("{tools}/tools.read"));
    assert_eq!(world.ask("/Validate", &token).status, 200);
    assert_eq!(world.ask("/Validate", &world.dana()).problem(), (401, "audience_wrong"));
    // Of the tokens: a scope with a name says nothing of the app id.
    let path = format!("{}&optionsOverride.RequestAppToken=true", header("Plain"));
    assert_eq!(world.ask(&path, &token).problem(), (502, "wrong_audience"));
    let more = [more.as_slice(), &[("Vicar__DownstreamApis__Plain__Audiences__0", plain)]].concat();
    let world = World::with(&more);
    let token = world.sign_in("dana@contoso.example", &format!("{tools}/tools.read"));
    assert_eq!(world.ask(&path, &token).claims()["aud"], plain);
}

#[test]
fn wider_scopes_are_handed_out_where_they_may_be() {
    for (allowed, status) in [("false", 502), ("true", 200)] {
        let world = World::with(&[("Vicar__DownstreamApis__Read__AllowWiderScopes", allowed)]);
        let dana = world.dana();
        world.ask(&header("Tools"), &dana).claims();
        let claims = json!({"scp": "tools.read tools.call"});
        world.fault(&json!({"kind": "tamper", "path": "/token", "claims": claims}));
        assert_eq!(world.ask(&header("Read"), &dana).status, status);
    }
}

#[test]
fn a_configured_tenant_is_the_exchanges() {
    let more = ("DownstreamApis__Other__AcquireTokenOptions__Tenant", FABRIKAM_ID);
    let other = ("DownstreamApis__Other__Scopes__0", "https://graph.microsoft.com/.default");
    let world = World::with(&[more, other]);
    // A tenant of the configuration's is nobody's to permit, and still not the caller's.
    assert_eq!(
        world.ask(&header("Other"), &world.dana()).problem(),
        (401, "assertion_wrong_tenant")
    );
}

#[test]
fn an_api_without_scopes_needs_the_callers() {
    let world = World::with(&[("DownstreamApis__Bare__HttpMethod", "GET")]);
    let dana = world.dana();
    assert_eq!(world.ask(&header("Bare"), &dana).problem(), (400, "scopes_missing"));
    let path = format!("{}&optionsOverride.Scopes=api://{TOOLS}/tools.read", header("Bare"));
    assert_eq!(world.ask(&path, &dana).problem(), (403, "override_refused"));
}

#[test]
fn hosts_that_are_configured_are_answered() {
    let more = [("AllowedHosts", "sidecar.local;*"), ("Vicar__AllowedHosts__0", "Other.local")];
    let world = World::with(&more);
    let dana = world.dana();
    for (host, status) in [
        ("sidecar.local:5000", 200),
        ("other.LOCAL", 200),
        ("localhost", 200),
        ("[::1]:5000", 200),
        ("evil.example", 403),
        ("sidecar.local.evil.example", 403),
    ] {
        let answer = world.get("/validate").bearer_auth(&dana).header(HOST, host).send().unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}
