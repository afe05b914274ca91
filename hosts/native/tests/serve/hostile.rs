//! What a hostile caller sends, and what a hostile token endpoint hands out: tokens that are not
//! what they seem, guests that fail, many callers at once.

use std::{
    net::TcpListener,
    sync::{Arc, Barrier, LazyLock},
    thread,
};

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use vicar_exchange::Secret;
use vicar_lab::CONTOSO;
use vicar_native::{
    engine::EngineError,
    exchange::{Exchanger, Started},
};

use super::world::{
    ACCOUNT, Answer, BLUEPRINT, CONTOSO_ID, DANA, ENGINES, FABRIKAM_ID, INVOICE, REPORT, ROBIN,
    TOOLS, World, exchanger,
};

/// Dana's token with changes, signed by the lab (domain cases 1 to 9, 20 to 27, 38 to 41 and 49
/// to 54), and what its bearer is told.
const CALLERS: &str = include_str!("callers.json");
/// What the token endpoint hands out in place of what was asked for (domain case 11).
const TAMPERED: &str = include_str!("tampered.json");

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// Somewhere that must not be asked.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    fn assert_unasked(&self) {
        assert!(self.0.accept().is_err(), "nothing that a token names is fetched");
    }
}

#[test]
fn a_callers_token_is_what_it_seems_or_is_refused() {
    let world = World::start();
    let elsewhere = Elsewhere::start();
    let dana = world.dana();
    let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let mut wrong = Vec::new();
    for case in cases(&CALLERS.replace("<elsewhere>", &elsewhere.url())) {
        let token = world.forge(&dana, &case["header"], &case["claims"]);
        let answer = world.ask(&path, &token);
        let validated = world.ask("/Validate", &token);
        if answer.status == 200 || case["status"] == 200 {
            if (&json!(answer.status), validated.status) != (&case["status"], 200) {
                wrong.push(format!("{case}: {}", answer.body["reason"]));
            }
            continue;
        }
        let (status, reason) = answer.problem();
        if (json!(status), json!(reason)) != (case["status"].clone(), case["reason"].clone()) {
            wrong.push(format!("{case}: {status} {reason}"));
            continue;
        }
        match case.get("validate") {
            Some(status) => assert_eq!(validated.status, *status, "{case}: {validated:?}"),
            None => assert_eq!(validated.problem(), (status, reason), "{case}"),
        }
        if status == 401 {
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{case}: {answer:?}");
        }
        let line = world.audit().pop().unwrap();
        assert_eq!((&line["verdict"], &line["reason"]), (&json!("deny"), &json!(reason)), "{case}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    elsewhere.assert_unasked();
}

/// Domain case 55.
#[test]
fn a_bearer_token_stands_in_one_place_and_form() {
    let world = World::start();
    let dana = world.dana();
    let ask = |value: &str| {
        let request = world.get("/Validate").header(AUTHORIZATION, value);
        Answer::of(request.send().unwrap()).status
    };
    for (form, status) in [
        (format!("Bearer {dana}"), 200),
        (format!("bearer {dana}"), 200),
        (format!("BEARER  {dana}"), 200),
        (dana.clone(), 401),
        (format!("Bearer\t{dana}"), 401),
        (format!("Bearer {dana}, Bearer {dana}"), 401),
        (format!("Bearer {dana} {dana}"), 401),
        (format!("Bearer \"{dana}\""), 401),
        (format!("PoP {dana}"), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer ".to_owned(), 401),
        (format!("Bearer {dana}="), 401),
        (format!("Bearer {}", "a".repeat(20_000)), 401),
    ] {
        assert_eq!(ask(&form), status, "{}", form.replace(&dana, "<token>"));
    }
    for name in ["access_token", "Authorization", "token"] {
        let answer = world.ask_nobody(&format!("/Validate?{name}={dana}"));
        assert_eq!(answer.problem(), (401, "caller_token_missing"), "{name}");
    }
}

#[test]
fn a_token_that_is_not_the_one_asked_for_is_never_handed_out() {
    for engine in ENGINES {
        let world = World::on(engine, &[]);
        let dana = world.dana();
        let account =
            format!("/AuthorizationHeader/Graph?AgentIdentity={INVOICE}&AgentUserId={ACCOUNT}");
        // T1 and X2 are kept: what is tampered with is the last hop's.
        world.ask(&account, &dana).claims();
        let mut wrong = Vec::new();
        for case in cases(TAMPERED) {
            let fault = json!({"kind": "tamper", "path": "/token", "claims": case["claims"]});
            world.fault(&fault);
            let path = format!(
                "/AuthorizationHeader/{}?AgentIdentity={INVOICE}&{}&\
                 optionsOverride.AcquireTokenOptions.ForceRefresh=true",
                case["api"].as_str().unwrap(),
                case["query"].as_str().unwrap_or_default(),
            );
            let answer = world.ask(&path, &dana);
            world.clear_faults();
            let reason = case["reason"].as_str().unwrap();
            if answer.body["reason"] != reason {
                wrong.push(format!("{engine} {case}: {} {}", answer.status, answer.body["reason"]));
                continue;
            }
            assert_eq!(answer.problem().0, 502, "{case}");
            assert!(answer.body.get("authorizationHeader").is_none(), "{case}");
            let line = world.audit().pop().unwrap();
            assert_eq!(
                (&line["verdict"], &line["reason"]),
                (&json!("deny"), &json!(reason)),
                "{case}"
            );
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        // Nor is any of them kept.
        let forms = world.token_requests().len();
        let path = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
        let path = format!("{path}&optionsOverride.AcquireTokenOptions.ForceRefresh=true");
        let claims = world.ask(&path, &dana).claims();
        assert_eq!((&claims["azp"], &claims["oid"]), (&json!(INVOICE), &json!(DANA)));
        assert_eq!(world.token_requests().len(), forms + 1);
    }
}

/// Domain case 48: whose account it is, Entra knows; the sidecar passes its refusal on.
#[test]
fn an_agent_does_not_act_through_another_agents_account() {
    for engine in ENGINES {
        let world = World::on(engine, &[]);
        let dana = world.dana();
        for user in [
            format!("AgentUserId={ACCOUNT}"),
            "AgentUsername=invoice-agent@contoso.example".to_owned(),
            // A person is no agent's account.
            format!("AgentUserId={DANA}"),
            "AgentUsername=dana@contoso.example".to_owned(),
        ] {
            let path = format!("/AuthorizationHeader/Tools?AgentIdentity={REPORT}&{user}");
            let answer = world.ask(&path, &dana);
            assert!(answer.status >= 400, "{user}: {answer:?}");
            assert!(answer.body["token_service"]["code"].is_number(), "{user}: {answer:?}");
        }
    }
}

/// Domain case 43: after a claims challenge the token that was challenged is not served again.
#[test]
fn a_claims_challenge_ends_the_token_that_met_it() {
    for engine in ENGINES {
        let world = World::on(engine, &[]);
        let dana = world.dana();
        let plain = format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
        let claims = "%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%22essential%22%3Atrue%2C\
                      %22value%22%3A%221790000000%22%7D%7D%7D";
        let challenged = format!("{plain}&optionsOverride.AcquireTokenOptions.Claims={claims}");
        let id = |path: &str| world.ask(path, &dana).claims()["uti"].clone();
        let first = id(&plain);
        assert_eq!(id(&plain), first);
        let second = id(&challenged);
        assert_ne!(second, first);
        assert_eq!(id(&challenged), second, "the challenge is answered from the cache, too");
        assert_ne!(id(&plain), first, "what was challenged is gone");
        let sent = world.token_requests();
        assert!(sent.iter().any(|form| form.get("claims").is_some()), "{sent:?}");
    }
}

/// Contoso's blueprint and one of its agents' kin in Fabrikam, too.
static TWO_TENANTS: LazyLock<String> = LazyLock::new(|| {
    let principal = "        principal: b7a1d0c2-3344-4e55-8f66-a0b1c2d3e4f5\n";
    let tools = "        principal: 9b9c8d7e-6f50-4b4c-9d3e-2f10ab9c8d7e\n";
    let also =
        |id: &str| format!("        also_in: [{{tenant: {FABRIKAM_ID}, principal: {id}}}]\n");
    let fabrikams = "        blueprint: c0ffee03-7d30-4f4c-9c99-3b4c5d6e7f80\n";
    let agent = format!(
        "      - id: {FABRIKAM_AGENT}\n        name: Invoice agent of Fabrikam\n        \
         blueprint: {BLUEPRINT}\n"
    );
    let consents = format!(
        "\n    consents:\n      application:\n        - client: {FABRIKAM_AGENT}\n          \
         resource: {TOOLS}\n          roles: [Tools.Invoke]\n"
    );
    let directory = CONTOSO
        .replacen(principal, &format!("{principal}{}", also(&id_of(1))), 1)
        .replacen(tools, &format!("{tools}{}", also(&id_of(2))), 1)
        .replacen(fabrikams, &format!("{fabrikams}{agent}"), 1);
    format!("{}{consents}", directory.trim_end().to_owned() + "\n")
});

const FABRIKAM_AGENT: &str = "a9e27004-5061-4273-8e9f-0a1b2c3d4e5f";

fn id_of(number: u8) -> String {
    format!("b9b9b9b9-1111-4222-8333-4444444444{number:02}")
}

/// Domain case 43: users, agents, tenants, scopes and flows, all at once.
#[test]
fn many_callers_at_once_get_their_own_tokens() {
    for engine in ENGINES {
        let more = [
            ("Vicar__AllowedTenants__0", FABRIKAM_ID),
            ("Vicar__AllowedAgents__2", FABRIKAM_AGENT),
        ];
        let world = World::build(&more, None, exchanger(engine), &TWO_TENANTS);
        let (dana, robin) = (world.dana(), world.robin());
        let app = "optionsOverride.RequestAppToken=true";
        let tenant = format!("optionsOverride.AcquireTokenOptions.Tenant={FABRIKAM_ID}&{app}");
        // Who calls, for which API, as which agent and how; whose token in which tenant it is.
        let asked: Vec<(&str, &str, &str, &str, &str, &str)> = vec![
            (&dana, "Tools", INVOICE, "", DANA, CONTOSO_ID),
            (&dana, "Read", INVOICE, "", DANA, CONTOSO_ID),
            (&dana, "Graph", INVOICE, "", DANA, CONTOSO_ID),
            (&robin, "Tools", INVOICE, "", ROBIN, CONTOSO_ID),
            (&robin, "Read", INVOICE, "", ROBIN, CONTOSO_ID),
            (&robin, "Graph", INVOICE, "", ROBIN, CONTOSO_ID),
            (&dana, "Read", REPORT, "", DANA, CONTOSO_ID),
            (&dana, "Tools", INVOICE, app, INVOICE, CONTOSO_ID),
            (&robin, "Graph", INVOICE, app, INVOICE, CONTOSO_ID),
            (&dana, "Tools", FABRIKAM_AGENT, &tenant, FABRIKAM_AGENT, FABRIKAM_ID),
            (
                &dana,
                "Graph",
                INVOICE,
                "AgentUserId=5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6",
                ACCOUNT,
                CONTOSO_ID,
            ),
        ];
        let barrier = Barrier::new(asked.len() * 4);
        thread::scope(|scope| {
            for _ in 0..4 {
                for (token, api, agent, query, subject, tenant) in &asked {
                    let (world, barrier) = (&world, &barrier);
                    scope.spawn(move || {
                        let path =
                            format!("/AuthorizationHeader/{api}?AgentIdentity={agent}&{query}");
                        barrier.wait();
                        let claims = world.ask(&path, token).claims();
                        let actor = claims.get("azp").or_else(|| claims.get("appid"));
                        assert_eq!(actor, Some(&json!(agent)), "{path}");
                        assert_eq!(
                            (&claims["oid"], &claims["tid"]),
                            (&json!(subject), &json!(tenant))
                        );
                        let graph = claims["aud"].as_str().unwrap().contains("graph");
                        assert_eq!(graph, *api == "Graph", "{path}");
                        let scopes = claims.get("scp").and_then(Value::as_str).unwrap_or_default();
                        assert!(*api != "Read" || scopes == "tools.read", "{path}: {scopes}");
                    });
                }
            }
        });
        // One exchange a key: three T1 (two agents here, one there), one X2, one last hop a row.
        assert_eq!(world.token_requests().len(), asked.len() + 4, "{engine}");
        for path in ["Tools", "Read"] {
            let path = format!("/AuthorizationHeader/{path}?AgentIdentity={FABRIKAM_AGENT}");
            let answer = world.ask(&path, &dana);
            assert!(answer.status >= 400, "not this tenant's: {answer:?}");
        }
    }
}

/// Reads answers of any length into the guest: a long one is more than its memory holds.
struct Greedy(Box<dyn Exchanger>);

impl Exchanger for Greedy {
    fn start(&self, spec: &Secret, randomness: [u8; 32], now: u64) -> Result<Started, EngineError> {
        let mut spec: Value = serde_json::from_str(spec.expose()).unwrap();
        spec["limits"] = json!({"max_answer_bytes": 1_u64 << 30});
        self.0.start(&Secret::new(spec.to_string()), randomness, now)
    }
}

#[test]
fn a_guest_that_traps_denies_its_own_request_only() {
    let greedy = Box::new(Greedy(exchanger("wasm")));
    let world = Arc::new(World::build(&[], None, greedy, CONTOSO));
    let dana = world.dana();
    let path = |api: &str| format!("/AuthorizationHeader/{api}?AgentIdentity={INVOICE}");
    world.ask(&path("Read"), &dana).claims();
    world.fault(&json!({"kind": "huge", "bytes": 40 << 20, "path": "/token"}));
    let answer = world.ask(&path("Tools"), &dana);
    assert_eq!(answer.problem(), (500, "server_failure"), "{answer:?}");
    let line = world.audit().pop().unwrap();
    assert_eq!((&line["verdict"], &line["reason"]), (&json!("deny"), &json!("server_failure")));
    // What was kept is served, and the next exchange has a guest of its own.
    world.ask(&path("Read"), &dana).claims();
    world.ask(&path("Tools"), &dana).claims();
}
