//! Every flow and every scripted answer, natively and in the component.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vicar_exchange::{Carriage, Event, HttpResponse, Secret, step::Method};
use vicar_native::exchange::{Exchanger, NativeExchanger, Reading, Started, Step};

use crate::paper::{
    NOW, Reply, changed, component, data, filled, granted, refused, run, run_with, spec, spec_with,
    token,
};

#[derive(Deserialize)]
struct Flow {
    spec: String,
    last: Option<String>,
    requests: Vec<Wire>,
}

#[derive(Deserialize)]
struct Wire {
    url: String,
    body: String,
}

#[test]
fn every_flow_sends_the_same_bytes_in_both_forms() {
    let flows: Vec<Flow> = data("wire.json");
    assert_eq!(flows.len(), 13);
    for flow in flows {
        let name = &flow.spec;
        let last = |_: usize, _: &_| granted(&token(flow.last.as_ref().unwrap()));
        let run = run(&spec(name).to_string(), last);
        assert_eq!(run.outcome(), "ok", "{name}: {:?}", run.end);
        assert_eq!(run.requests.len(), flow.requests.len(), "{name}");
        let certificate = run.signed.first().map(|(_, input)| format!("{input}.AQID"));
        for (sent, wanted) in run.requests.iter().zip(&flow.requests) {
            let body = filled(&wanted.body)
                .replace("<Certificate>", certificate.as_deref().unwrap_or_default());
            assert_eq!(sent.body.expose(), body, "{name}");
            assert_eq!(sent.url, wanted.url, "{name}");
            let method = if wanted.body.is_empty() { Method::Get } else { Method::Post };
            assert_eq!(sent.method, method, "{name}");
            assert_eq!((sent.max_bytes, sent.deadline), (128 * 1024, NOW + 10), "{name}");
        }
    }
}

#[test]
fn what_a_token_shows_is_read_the_same_in_both_forms() {
    let obo = run(&spec("on-behalf-of").to_string(), |_, _| granted(&token("obo-api-v2")));
    let exchanged = obo.end.unwrap();
    let Reading::Checked(identity) = &exchanged.reading else { panic!("{exchanged:?}") };
    let identity: Value = serde_json::from_str(&identity.json).unwrap();
    assert_eq!(identity["mode"], "on_behalf_of");
    assert_eq!(identity["actor"]["id"], "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b");
    assert_eq!(exchanged.access_token.expose(), token("obo-api-v2"));
    assert_eq!(exchanged.t1.unwrap().token.expose(), token("t1-blueprint-exchange"));
    assert_eq!(exchanged.expires_at, NOW + 3899);

    let user = run(&spec("agent-user").to_string(), |_, _| granted(&token("agent-user-graph-v1")));
    assert_eq!(user.end.unwrap().x2.unwrap().token.expose(), token("x2-agent-exchange"));
    let t1 = run(&spec("t1-secret").to_string(), |_, _| panic!("no further hop"));
    assert_eq!(t1.end.unwrap().reading, Reading::ExchangeToken);
    let mut opaque = spec("autonomous");
    opaque["flow"]["entra"]["grant"]["autonomous"]["target"]["opaque"] = json!("accept");
    let opaque = run(&opaque.to_string(), |_, _| granted("opaque"));
    assert_eq!(opaque.end.unwrap().reading, Reading::Opaque);
}

#[derive(Deserialize)]
struct Outcome {
    spec: String,
    token: String,
    changes: Map<String, Value>,
    reason: Option<String>,
}

#[test]
fn the_same_tokens_are_taken_and_dropped() {
    let cases: Vec<Outcome> = data("outcomes.json");
    assert!(cases.len() > 60);
    for case in cases {
        let token = changed(&case.token, &case.changes);
        let run = run(&spec(&case.spec).to_string(), |_, _| granted(&token));
        let wanted = case.reason.as_deref().unwrap_or("ok");
        assert_eq!(run.outcome(), wanted, "{} {} {:?}", case.spec, case.token, case.changes);
        assert!(!format!("{run:?}").contains(&token), "{} {}", case.spec, case.token);
    }
}

#[derive(Deserialize)]
struct Refusal {
    case: String,
    spec: String,
    status: u16,
    body: Value,
    reason: String,
    class: String,
    challenge: bool,
}

#[test]
fn the_same_refusals_are_told() {
    for case in data::<Vec<Refusal>>("refusals.json") {
        let run = run(&spec(&case.spec).to_string(), |_, _| refused(case.status, &case.body));
        assert_eq!(run.outcome(), case.reason, "{}", case.case);
        let problem = run.end.unwrap_err();
        assert_eq!(problem.challenge.is_some(), case.challenge, "{}", case.case);
        let refusal = problem.refusal.unwrap();
        assert_eq!((refusal.status, refusal.class), (case.status, case.class), "{}", case.case);
        assert!(!problem.remedy.is_empty() && problem.status >= 400, "{}", case.case);
    }
}

#[derive(Deserialize)]
struct Answer {
    case: String,
    status: u16,
    content_type: Option<String>,
    body: String,
    reason: Option<String>,
}

#[test]
fn the_same_answers_are_taken() {
    for case in data::<Vec<Answer>>("answers.json") {
        let body = case.body.replace("<T>", &token("app-api-v2"));
        let answer = |_: usize, _: &_| -> Reply {
            Ok(HttpResponse::new(case.status, case.content_type.clone(), None, body.clone()))
        };
        let run = run(&spec("client-credentials").to_string(), answer);
        assert_eq!(run.outcome(), case.reason.as_deref().unwrap_or("ok"), "{}", case.case);
        // T1 is read by the same rules, and its refusal ends the flow.
        run_with(&spec("autonomous").to_string(), &|asked, request| {
            (asked + 1, answer(asked, request))
        });
    }
}

#[test]
fn the_same_failures_pass_and_end() {
    let patient = spec_with("client-credentials", "/limits", json!({"total_seconds": 1000}));
    for carriage in
        [Carriage::Connection, Carriage::Deadline, Carriage::TooLarge, Carriage::Untrusted]
    {
        let run = run(&patient.to_string(), |_, _| Err(carriage));
        assert!(run.outcome().starts_with("sts_"), "{carriage:?} {run:?}");
        let passing = matches!(carriage, Carriage::Connection | Carriage::Deadline);
        assert_eq!(run.pauses.len(), if passing { 2 } else { 0 }, "{carriage:?}");
    }
    for retry_after in ["20", " 20 ", "Mon, 21 Sep 2026 14:22:00 GMT", "soon", "99999"] {
        let busy = |asked: usize, _: &_| match asked {
            0 => Ok(HttpResponse::new(429, None, Some(retry_after.to_owned()), "busy")),
            _ => granted(&token("app-api-v2")),
        };
        run(&patient.to_string(), busy);
    }
}

#[test]
fn a_device_code_is_polled_for_at_the_same_pace() {
    let code = json!({"user_code": "FJC3N9KQX", "device_code": "FAQ-secret", "expires_in": 900,
        "interval": 5, "verification_uri": "https://microsoft.com/devicelogin"});
    let pending = |error: &str| refused(400, &json!({"error": error}));
    let device = spec("device-code").to_string();
    let signed_in = run(&device, |asked, _| match asked {
        0 => refused(200, &code),
        1 | 3 => pending("authorization_pending"),
        2 => pending("slow_down"),
        _ => granted(&token("tc-user-for-blueprint")),
    });
    assert_eq!((signed_in.outcome(), &signed_in.pauses[..]), ("ok", &[5, 10, 10][..]));
    assert_eq!(signed_in.prompts[0].user_code, "FJC3N9KQX");
    assert!(!format!("{signed_in:?}").contains("FAQ-secret"));
    let late = run(&device, |asked, _| match asked {
        0 => refused(200, &code),
        _ => pending("authorization_pending"),
    });
    assert_eq!(late.outcome(), "device_code_ended");
}

#[derive(Deserialize)]
struct Wrong {
    spec: String,
    at: String,
    value: Value,
    says: Option<String>,
    reason: Option<String>,
}

#[test]
fn the_same_is_refused_before_anything_is_sent() {
    for file in ["unreadable_specs.json", "refused_specs.json"] {
        for case in data::<Vec<Wrong>>(file) {
            let spec = spec_with(&case.spec, &case.at, case.value.clone());
            let run = run(&spec.to_string(), |_, _| panic!("nothing is sent"));
            let problem = run.end.unwrap_err();
            let told = format!("{} {}: {problem:?}", case.at, case.value);
            assert!(case.reason.is_none_or(|reason| reason == problem.reason), "{told}");
            let says = case.says.as_deref().filter(|says| !QUOTING.contains(says));
            assert!(says.is_none_or(|says| problem.message.contains(says)), "{told}");
            assert!(run.requests.is_empty());
        }
    }
}

/// What the parser says together with the value it saw, which an exchange does not repeat.
const QUOTING: [&str; 2] = ["invalid type", "unknown variant"];

#[test]
fn an_event_out_of_order_ends_the_exchange_in_both_forms() {
    for event in [
        Event::Woken,
        Event::Assertion(None),
        Event::Signature(Some(vec![1])),
        Event::Response(granted(&token("app-api-v2"))),
    ] {
        let ends: Vec<Step> = [&NativeExchanger as &dyn Exchanger, component()]
            .into_iter()
            .map(|exchanger| {
                let spec = Secret::new(spec("t1-certificate").to_string());
                let started = exchanger.start(&spec, [7; 32], NOW).unwrap();
                let mut machine = started.machine.unwrap();
                let _ = machine.resume(event.clone(), NOW).unwrap();
                machine.resume(Event::Woken, NOW).unwrap()
            })
            .collect();
        assert_eq!(ends[0], ends[1]);
        let Step::Failed(problem) = &ends[0] else { panic!("{:?}", ends[0]) };
        assert_eq!(problem.reason, "exchange_out_of_order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_spec_begins_alike_in_both_forms(
        name in prop::sample::select(vec!["autonomous", "on-behalf-of", "token-exchange"]),
        at in any::<prop::sample::Index>(),
        put in "\\PC{0,4}",
    ) {
        let text = spec(name).to_string();
        let at = at.index(text.len());
        let (before, after) = text.split_at(at);
        let text = Secret::new(format!("{before}{put}{after}"));
        let begun = |exchanger: &dyn Exchanger| {
            let Started { machine, step } = exchanger.start(&text, [7; 32], NOW).unwrap();
            (machine.map(|machine| machine.correlation_id().to_owned()), step)
        };
        prop_assert_eq!(begun(&NativeExchanger), begun(component()));
    }
}
