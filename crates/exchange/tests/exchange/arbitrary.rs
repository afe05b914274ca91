//! Whatever comes, the machine neither panics nor runs on, and shows nothing.

use proptest::prelude::*;
use serde_json::{Value, json};
use vicar_exchange::{
    Carriage, Claims, Event, Guid, HttpResponse, Machine, PrincipalName, Randomness, Scopes,
    Secret, Spec, Step,
};

use crate::common::{NOW, data, jwt, run, run_with, spec, spec_with, token};

fn names() -> Vec<String> {
    let specs: std::collections::BTreeMap<String, Value> = data("specs.json");
    specs.into_keys().collect()
}

fn response() -> impl Strategy<Value = HttpResponse> {
    let status = prop_oneof![Just(200_u16), Just(400), Just(429), any::<u16>()];
    let content_type = prop_oneof![
        3 => Just(Some("application/json".to_owned())),
        1 => proptest::option::of(".{0,20}"),
    ];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        answer().prop_map(|body| body.to_string().into_bytes()),
    ];
    (status, content_type, proptest::option::of(".{0,20}"), body).prop_map(
        |(status, content_type, retry_after, body)| HttpResponse {
            content_type,
            retry_after,
            ..HttpResponse::json(status, body)
        },
    )
}

/// Objects with the members that are looked at, of any type.
fn answer() -> impl Strategy<Value = Value> {
    let members = proptest::sample::select(vec![
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
        "error",
        "suberror",
        "error_codes",
        "error_description",
        "claims",
        "device_code",
        "user_code",
        "interval",
        "verification_uri",
        "issued_token_type",
        "correlation_id",
    ]);
    let value = prop_oneof![
        Just(json!("Bearer")),
        Just(json!(3899)),
        Just(json!("https://a.example/")),
        Just(json!("temporarily_unavailable")),
        Just(json!("authorization_pending")),
        Just(json!([65001, -1, "x", 1.5])),
        Just(json!(token("autonomous-graph-v1"))),
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(|text| json!(text)),
    ];
    proptest::collection::btree_map(members, value, 0..8).prop_map(|members| {
        Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => response().prop_map(|response| Event::Response(Ok(response))),
        1 => Just(Event::Response(Err(Carriage::Connection))),
        2 => Just(Event::Woken),
        1 => proptest::option::of(".{0,60}")
            .prop_map(|text| Event::Assertion(text.map(Secret::from))),
        1 => proptest::option::of(proptest::collection::vec(any::<u8>(), 0..1100))
            .prop_map(Event::Signature),
    ]
}

proptest! {
    #[test]
    fn any_answer_ends_in_a_token_or_a_problem(
        name in proptest::sample::select(names()),
        answers in proptest::collection::vec(response(), 1..6),
    ) {
        let mut answers = answers.iter().cycle();
        let run = run_with(spec(&name), |_| Ok(answers.next().cloned().unwrap()));
        if let Err(problem) = &run.end {
            prop_assert!(!problem.to_string().is_empty() && !problem.remedy().is_empty());
        }
    }

    #[test]
    fn any_events_in_any_order_are_survived(
        name in proptest::sample::select(names()),
        events in proptest::collection::vec((event(), 0_u64..20), 0..12),
    ) {
        let (mut machine, _) = Machine::start(spec(&name), Randomness::new([3; 32]), NOW);
        let mut now = NOW;
        for (event, pause) in events {
            now += pause;
            let step = machine.resume(event, now);
            if let Step::Failed(problem) = step {
                prop_assert!(!problem.reason().code.is_empty());
            }
        }
    }

    #[test]
    fn any_text_as_the_token_to_exchange_is_read_or_refused(
        text in prop_oneof![".{0,80}", "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,10}"],
    ) {
        let at = "/flow/entra/grant/on_behalf_of/user_assertion";
        let spec: Spec = serde_json::from_value(spec_with("on-behalf-of", at, json!(text))).unwrap();
        let (_, step) = Machine::start(spec, Randomness::new([3; 32]), NOW);
        prop_assert!(matches!(step, Step::Failed(_)));
    }

    #[test]
    fn any_claims_in_the_token_that_comes_back_are_read_or_refused(
        changes in proptest::collection::btree_map(
            proptest::sample::select(vec!["aud", "iss", "tid", "oid", "azp", "appid", "sub", "scp",
                "exp", "ver", "idtyp", "xms_act_fct", "xms_sub_fct", "xms_par_app_azp", "act"]),
            prop_oneof![
                Just(Value::Null), Just(json!([])), Just(json!({})), Just(json!(0)),
                ".{0,20}".prop_map(|text| json!(text)),
            ],
            1..4,
        ),
    ) {
        let changes = changes.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let token = jwt(&crate::common::changed("obo-api-v2", &changes));
        let run = run(spec("on-behalf-of"), |_| Ok(crate::common::granted(&token)));
        if let Ok(exchanged) = &run.end {
            let identity = exchanged.identity().unwrap();
            prop_assert_eq!(&identity.actor.id, "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b");
            prop_assert_eq!(&identity.subject.id, "1f2e3d4c-5b6a-4798-8877-665544332211");
        }
    }

    #[test]
    fn any_text_is_a_value_or_refused(text in ".{0,60}") {
        if let Ok(guid) = Guid::parse(&text) {
            prop_assert_eq!(guid.as_str().len(), 36);
        }
        if let Ok(name) = PrincipalName::parse(&text) {
            prop_assert!(name.as_str().is_ascii());
        }
        if let Ok(scopes) = Scopes::parse(&[&text]) {
            prop_assert!(!scopes.to_field().contains(' '));
        }
        if let Ok(claims) = Claims::parse(&text) {
            prop_assert_eq!(Claims::parse(&claims.to_base64()).unwrap(), claims);
        }
    }

    #[test]
    fn a_form_is_read_back_as_it_was_meant(secret in ".{1,60}") {
        let at = "/flow/entra/grant/client_credentials/client/credential/unsafe_secret/secret";
        let spec = spec_with("client-credentials", at, json!(secret));
        let spec: Spec = serde_json::from_value(spec).unwrap();
        let (_, step) = Machine::start(spec, Randomness::new([3; 32]), NOW);
        let Step::Send(request) = step else { panic!() };
        let body = request.body();
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(body.expose().as_bytes()).into_owned().collect();
        prop_assert_eq!(fields.len(), 4);
        prop_assert_eq!(&fields[3], &("client_secret".to_owned(), secret));
    }
}
