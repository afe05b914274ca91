//! What stays true around single steps.

use vicar_gateway::{
    FieldList, Outcome, RouteSettings, Settings, SettingsError, StateKey, Step, Strip,
    settings::AddedHeader,
};

use crate::fixture::{NOW, gateway, token};

fn orders(authorization: &str) -> Vec<(&[u8], &[u8])> {
    vec![
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"api.example"),
        (b":path", b"/v1/orders"),
        (b"authorization", authorization.as_bytes()),
    ]
}

#[test]
fn a_known_token_is_observed_as_cached() {
    let mut gateway = gateway(Settings::default());
    let authorization = format!("Bearer {}", token("dana"));
    let fields = orders(&authorization);
    let head = FieldList { fields: &fields, end_of_stream: true };
    for cached in [false, true, true] {
        let (_, step) = gateway.begin(&head, &RouteSettings::default(), NOW);
        let Step::Allow(allow) = step else { panic!("{step:?}") };
        assert_eq!((allow.observed.outcome, allow.observed.cached), (Outcome::Allowed, cached));
        assert_eq!(allow.record, None);
    }
}

#[test]
fn an_allowed_request_passes_whatever_follows() {
    let mut gateway = gateway(Settings::default());
    let authorization = format!("Bearer {}", token("dana"));
    let fields = orders(&authorization);
    let head = FieldList { fields: &fields, end_of_stream: false };
    let (mut request, step) = gateway.begin(&head, &RouteSettings::default(), NOW);
    assert!(matches!(step, Step::Allow(_)));
    assert!(matches!(request.body(&mut gateway, &[0xff; 4096], true, NOW), Step::Pass));
    assert!(matches!(request.body_length(&mut gateway, usize::MAX, NOW), Step::Pass));
    assert!(matches!(request.keys_changed(&mut gateway, NOW), Step::Pass));
}

#[test]
fn a_length_beyond_the_limit_is_refused_before_the_body_is_whole() {
    let mut gateway = gateway(Settings::default());
    let authorization = format!("Bearer {}", token("dana"));
    let fields: Vec<(&[u8], &[u8])> = vec![
        (b":method", b"POST"),
        (b":authority", b"mcp.example"),
        (b":path", b"/mcp"),
        (b"authorization", authorization.as_bytes()),
        (b"content-type", b"application/json"),
    ];
    let head = FieldList { fields: &fields, end_of_stream: false };
    let (mut request, step) = gateway.begin(&head, &RouteSettings::default(), NOW);
    let Step::NeedBody { limit } = step else { panic!("{step:?}") };
    assert!(matches!(request.body_length(&mut gateway, limit, NOW), Step::NeedBody { .. }));
    let Step::Deny(deny) = request.body_length(&mut gateway, limit + 1, NOW) else { panic!() };
    assert_eq!((deny.answer.status, &*deny.answer.details), (413, "vicar_body_too_large"));
    assert!(matches!(request.body(&mut gateway, b"", true, NOW), Step::Hold));
}

#[test]
fn trust_headers_are_stripped_by_prefix_and_by_name() {
    let settings = Settings {
        strip: vec!["x-user".to_owned()],
        headers: vec![AddedHeader { name: "x-acting-for".to_owned(), value: StateKey::Subject }],
        ..Settings::default()
    };
    let gateway = gateway(settings);
    let strip = gateway.strip();
    for name in [
        "x-vicar-actor",
        "X-Vicar-Anything",
        "x-user",
        "X-USER",
        "x-acting-for",
        "x_vicar_actor",
        "X_Vicar-Anything",
        "x_user",
    ] {
        assert!(strip.covers(name.as_bytes()), "{name}");
    }
    for name in ["x-vicar", "authorization", "x-users", ""] {
        assert!(!strip.covers(name.as_bytes()), "{name}");
    }
    assert!(strip.names().is_sorted());
    let standard = AddedHeader::standard();
    assert!(standard.iter().all(|header| header.name.starts_with(Strip::PREFIX)));
    assert!(standard.iter().all(|header| strip.names().contains(&header.name)));
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |settings: Settings| {
        let gate = vicar::Gate::load(&crate::fixture::bundle_file(), crate::fixture::Genuine);
        vicar_gateway::Gateway::new(gate.unwrap(), settings, |_| "test").err().unwrap()
    };
    let none = Settings { body_limit_bytes: 0, ..Settings::default() };
    assert_eq!(
        refused(none).to_string(),
        "`body_limit_bytes` is 0, where 1 to 67108864 is expected"
    );
    let odd = Settings { mcp_denial_status: 500, ..Settings::default() };
    assert!(matches!(refused(odd), SettingsError::Number { .. }));
    for name in ["Host", "authorization", "content-length", "a b", ""] {
        let strip = Settings { strip: vec![name.to_owned()], ..Settings::default() };
        assert!(matches!(refused(strip), SettingsError::HeaderName { .. }), "{name}");
    }
}

#[test]
fn misspelled_settings_are_no_settings() {
    assert!(serde_json::from_str::<Settings>(r#"{"audti":true}"#).is_err());
    assert!(serde_json::from_str::<RouteSettings>(r#"{"enforcement":"of"}"#).is_err());
    let settings: Settings = serde_json::from_str("{}").unwrap();
    assert_eq!(settings, Settings::default());
}

#[test]
fn a_value_from_a_token_cannot_break_a_header() {
    use std::borrow::Cow;
    let mut gateway = gateway(Settings::default());
    let authorization = format!("Bearer {}", token("strange"));
    let fields = orders(&authorization);
    let head = FieldList { fields: &fields, end_of_stream: true };
    let (_, step) = gateway.begin(&head, &RouteSettings::default(), NOW);
    let Step::Deny(deny) = step else { panic!("{step:?}") };
    assert_eq!(deny.observed.issuer(), Some("partner-inline"), "{:?}", deny.answer);
    let subject = deny.state.value(StateKey::Subject).map(Cow::into_owned);
    assert_eq!(subject.as_deref(), Some("partner-inline/a%2C%22b%22"));
}
