//! Policy before exchange: which token is good where, and what a permit permits.

use cedar_policy::{Context, Entities, Request, Schema};
use serde_json::{Value, json};
use vicar::{ExchangeCall, ExchangeGate, Gate};
use vicar_bundle::exchange::ExchangeFlow;
use vicar_compiler::Folder;
use vicar_compiler::reference::{to_cedar_context, to_cedar_entities, to_cedar_uid};
use vicar_exchange::spec::{Opaque, WiderScopes};

use crate::fixture::{Genuine, NOW, gate_of, keys, token, tool};

const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const GRAPH: ExchangeCall<'_> = ExchangeCall {
    token: None,
    downstream: "graph",
    agent: Some(AGENT),
    agent_user_id: None,
    agent_user_name: None,
    flow: None,
    scopes: &[],
};

fn folder() -> Folder {
    [
        ("vicar.yaml", include_str!("../data/exchange/vicar.yaml")),
        ("policies.cedar", include_str!("../data/exchange/policies.cedar")),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

fn gates() -> (Gate<Genuine>, ExchangeGate<Genuine>) {
    let gate = gate_of(&folder());
    let mut exchange = ExchangeGate::load(&gate.bundle().to_bytes(), Genuine).unwrap();
    exchange.set_keys("entra", keys("key-1").as_bytes()).unwrap();
    (gate, exchange)
}

/// Tc: a person's token for the blueprint, with changes.
fn person(changes: Value) -> String {
    let mut claims = json!({
        "aud": "api://c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a",
        "appid": "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6",
        "scp": "access_as_user",
        "xms_act_fct": null, "xms_sub_fct": null, "xms_par_app_azp": null,
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    token(claims)
}

#[test]
fn a_token_is_good_at_one_of_the_two_gates_only() {
    let (mut gate, mut exchange) = gates();
    let (for_blueprint, for_api) = (person(json!({})), token(json!({})));
    // Twice, so that what one of them keeps would show in the other.
    for _ in 0..2 {
        let call = ExchangeCall { token: Some(&for_blueprint), ..GRAPH };
        assert!(exchange.decide(&call, NOW).allowed);
        let refused = gate.decide(&tool(&for_blueprint, "search", "{}"), NOW);
        assert_eq!((refused.allowed, refused.reason.code), (false, "user_assertion"));

        assert!(gate.decide(&tool(&for_api, "search", "{}"), NOW).allowed);
        let refused = exchange.decide(&ExchangeCall { token: Some(&for_api), ..GRAPH }, NOW);
        assert_eq!(refused.reason.code, "assertion_wrong_audience");
        assert!(refused.permitted.is_none());
    }
}

#[test]
fn a_permit_holds_what_was_asked_for_with_its_defaults() {
    let (_, mut exchange) = gates();
    let token = person(json!({}));
    let decision = exchange.decide(&ExchangeCall { token: Some(&token), ..GRAPH }, NOW);
    assert_eq!((decision.status, &*decision.policies), (200, &["for-people".to_owned()][..]));
    let explained = exchange.explain(&ExchangeCall { token: Some(&token), ..GRAPH }, NOW);
    assert_eq!(decision.allowed_sentence(), Some(explained.sentence));
    let caller = decision.caller.unwrap();
    assert_eq!(caller.identity().actor.name.as_deref(), Some("web"));
    assert_eq!(decision.identity.unwrap().subject, caller.identity().subject);
    let permitted = decision.permitted.unwrap();
    assert_eq!(permitted.downstream().base_url, "https://graph.microsoft.com/v1.0");
    assert_eq!(permitted.agent().unwrap().as_str(), AGENT);
    assert_eq!(permitted.flow(), ExchangeFlow::OnBehalfOf);
    assert_eq!(permitted.agent_user(), None);
    assert_eq!(permitted.scopes().to_field(), "https://graph.microsoft.com/User.Read");
    let target = permitted.target(None, vec!["cp1".to_owned()]);
    assert_eq!(
        target.audiences,
        ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"]
    );
    assert_eq!((target.opaque, target.wider_scopes), (Opaque::Refuse, WiderScopes::Refuse));
}

#[test]
fn nothing_is_permitted_that_is_not_allowed_not_even_in_shadow() {
    let (gate, mut exchange) = gates();
    assert!(gate.bundle().contents().answers.shadow);
    for call in [
        GRAPH,
        ExchangeCall { flow: Some(ExchangeFlow::Autonomous), ..GRAPH },
        ExchangeCall { downstream: "payroll", ..GRAPH },
        ExchangeCall { agent: Some("invoice-agent"), ..GRAPH },
    ] {
        let decision = exchange.decide(&call, NOW);
        assert!(!decision.allowed && decision.permitted.is_none(), "{call:?}");
        let verdict = exchange.explain(&call, NOW);
        assert_eq!((verdict.decision, verdict.shadow), ("deny", false), "{call:?}");
        assert_eq!(
            (verdict.reason, verdict.answer.status),
            (decision.reason.code, decision.status)
        );
    }
}

#[test]
fn a_token_is_not_believed_once_its_keys_are_gone() {
    let (_, mut exchange) = gates();
    let token = person(json!({}));
    let call = ExchangeCall { token: Some(&token), ..GRAPH };
    assert!(exchange.decide(&call, NOW).allowed);
    assert!(exchange.forget_keys("entra"));
    let refused = exchange.decide(&call, NOW);
    assert_eq!((refused.reason.code, refused.status), ("keys_unavailable", 503));
    assert_eq!(exchange.wanted_key(&token, refused.reason).unwrap().issuer, "entra");
}

#[test]
fn a_deny_names_the_clause_and_what_would_change_it() {
    let (_, mut exchange) = gates();
    let token = person(json!({}));
    let scopes = ["https://graph.microsoft.com/Mail.Send"];
    let call = ExchangeCall { token: Some(&token), scopes: &scopes, ..GRAPH };
    let mut verdict = exchange.explain(&call, NOW);
    verdict.bundle = String::new();
    let json: Value = serde_json::from_str(&verdict.to_json()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn a_call_does_not_print_its_token() {
    let token = person(json!({}));
    let printed = format!("{:?}", ExchangeCall { token: Some(&token), ..GRAPH });
    assert!(printed.contains("***") && printed.contains(AGENT), "{printed}");
    assert!(token.split('.').all(|part| !printed.contains(part)), "{printed}");
}

#[test]
fn a_bundle_without_the_section_denies_everything() {
    let bundle = crate::fixture::gate().bundle().to_bytes();
    let mut exchange = ExchangeGate::load(&bundle, Genuine).unwrap();
    assert!(exchange.exchange().is_none() && exchange.issuer().is_none());
    let token = person(json!({}));
    for call in [GRAPH, ExchangeCall { token: Some(&token), ..GRAPH }] {
        let refused = exchange.decide(&call, NOW);
        assert_eq!((refused.allowed, refused.reason.code), (false, "exchange_not_configured"));
    }
}

#[test]
fn cedar_takes_every_exchange_for_one_of_the_schema() {
    let (_, mut exchange) = gates();
    let text = vicar::vocabulary::schema(exchange.bundle().contents());
    let (schema, _) = Schema::from_cedarschema_str(&text).unwrap();
    let person = person(json!({ "department": "finance", "amr": ["mfa"],
        "groups": ["00000000-0000-4000-8000-00000000a0d1"] }));
    let with_token = ExchangeCall { token: Some(&person), ..GRAPH };
    let flow = |flow| Some(flow);
    for call in [
        with_token,
        ExchangeCall { agent: None, ..with_token },
        ExchangeCall { flow: flow(ExchangeFlow::Autonomous), ..GRAPH },
        ExchangeCall { flow: flow(ExchangeFlow::Autonomous), ..with_token },
        ExchangeCall { flow: flow(ExchangeFlow::App), agent: None, ..GRAPH },
        ExchangeCall { agent_user_id: Some("5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6"), ..GRAPH },
        ExchangeCall { agent_user_name: Some("agent@contoso.example"), ..with_token },
        ExchangeCall { agent: Some("11111111-2222-4333-8444-555555555555"), ..with_token },
    ] {
        let question = exchange.question(&call, NOW).unwrap();
        let request = question.request();
        let context: Context = to_cedar_context(&request.context.to_record()).unwrap();
        Request::new(
            to_cedar_uid(request.principal).unwrap(),
            to_cedar_uid(request.action).unwrap(),
            to_cedar_uid(request.resource).unwrap(),
            context,
            Some(&schema),
        )
        .unwrap_or_else(|error| panic!("{call:?}: {error}"));
        let layers = [exchange.world(), question.entities()];
        let entities = to_cedar_entities(&vicar_policy::Entities::new(&layers)).unwrap();
        let known = entities.iter().filter(|entity| {
            // Actions come from the schema itself.
            entity.uid().type_name().to_string() != "Action"
        });
        Entities::from_entities(known.cloned(), Some(&schema)).unwrap();
    }
}
