use super::simulation::{DAY, KEY_A, KEYS_A_B, METADATA, Simulation, address};
use crate::{KeyState, Lookup, Source};

#[test]
fn metadata_leads_to_the_key_set() {
    let mut world = from_metadata();
    world.answer(METADATA_AT, METADATA).answer("https://id.example/keys", KEY_A).settle();
    assert_eq!(asked(&world), [METADATA_AT, "https://id.example/keys"]);
    assert!(matches!(world.state(), KeyState::Fresh { age: 0 }));
}

#[test]
fn a_refresh_asks_the_metadata_again_but_an_unknown_kid_only_the_keys() {
    let mut world = from_metadata();
    world.answer(METADATA_AT, METADATA).answer("https://id.example/keys", KEY_A).pass(100);
    world.sent.clear();
    world.answer("https://id.example/keys", KEYS_A_B);
    assert_eq!(world.unknown("b"), Lookup::Fetching);
    world.settle();
    assert_eq!(asked(&world), ["https://id.example/keys"]);
    assert_eq!(world.unknown("b"), Lookup::Known);
    world.sent.clear();
    world.pass(DAY);
    assert_eq!(asked(&world), [METADATA_AT, "https://id.example/keys"]);
}

#[test]
fn after_a_failure_the_metadata_is_asked_again() {
    let mut world = from_metadata();
    world.answer(METADATA_AT, METADATA).pass(100);
    assert_eq!(asked(&world)[..3], [METADATA_AT, "https://id.example/keys", METADATA_AT]);
}

#[test]
fn metadata_that_speaks_for_another_or_points_elsewhere_is_refused() {
    let cases = [
        (
            r#"{"issuer":"https://id.example/","jwks_uri":"https://id.example/keys"}"#,
            "the metadata speaks for issuer `https://id.example/`, wanted `https://id.example`",
        ),
        (
            r#"{"issuer":"https://id.example","jwks_uri":"https://attacker.example/keys"}"#,
            "the metadata's `jwks_uri` leads from `https://id.example:443` to \
             `https://attacker.example:443`; if that is right, name the key set's own address in \
             the bundle",
        ),
        (
            r#"{"issuer":"https://id.example","jwks_uri":"https://id.example:8443/keys"}"#,
            "the metadata's `jwks_uri` leads from `https://id.example:443` to \
             `https://id.example:8443`; if that is right, name the key set's own address in the \
             bundle",
        ),
        (
            r#"{"issuer":"https://id.example","jwks_uri":"http://id.example/keys"}"#,
            "the metadata's `jwks_uri` is refused: `http://id.example/keys` is not an https address",
        ),
        (
            r#"{"issuer":"https://id.example","jwks_uri":"http://127.0.0.1/keys"}"#,
            "the metadata's `jwks_uri` is refused: `http://127.0.0.1/keys` is not an https address",
        ),
        (r#"{"issuer":"https://id.example"}"#, "the metadata cannot be read: it has no `jwks_uri`"),
        (
            r#"{"issuer":"https://id.example","issuer":"https://id.example","jwks_uri":"https://id.example/keys"}"#,
            "the metadata cannot be read: ",
        ),
        ("[]", "the metadata cannot be read: "),
        ("", "the metadata cannot be read: "),
    ];
    for (metadata, wanted) in cases {
        let mut world = from_metadata();
        world.answer(METADATA_AT, metadata).answer("https://id.example/keys", KEY_A).settle();
        let why = world.last_failure().unwrap_or_default();
        assert!(why.starts_with(wanted), "wanted `{wanted}`, got `{why}`");
        assert_eq!(asked(&world), [METADATA_AT], "nothing else is asked: {wanted}");
        assert_eq!(world.state(), KeyState::Missing);
    }
}

#[test]
fn deep_metadata_is_an_error_not_an_overflow() {
    let deep = format!(r#"{{"x":{}"#, "[".repeat(100_000));
    let mut world = from_metadata();
    world.answer(METADATA_AT, &deep).settle();
    assert!(world.last_failure().is_some_and(|why| why.starts_with("the metadata cannot be read")));
}

const METADATA_AT: &str = "https://id.example/.well-known/openid-configuration";

fn from_metadata() -> Simulation {
    Simulation::new(Source::Metadata {
        address: address(METADATA_AT),
        issuers: vec!["https://id.example".to_owned()],
    })
}

fn asked(world: &Simulation) -> Vec<&str> {
    world.sent.iter().map(|(_, request)| request.address.as_str()).collect()
}
