use super::simulation::{
    DAY, ENCRYPTION_ONLY, ENTRA, HOUR, KEY_A, KEYS_A_B, START, Simulation, address, ok,
};
use crate::{
    Delivery, Event, FetchFailure, KeyKeeper, KeyState, Limits, Lookup, Output, Response, Source,
    WatchError,
};

#[test]
fn a_month_of_a_healthy_issuer_is_about_one_fetch_a_day() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEY_A).pass(30 * DAY);
    assert!((30..=34).contains(&world.sent.len()), "{}", world.sent.len());
    assert!(matches!(world.events.first(), Some((START, Event::KeysReplaced { usable: 1, .. }))));
    let replaced = |(_, event): &&(u64, Event)| matches!(event, Event::KeysReplaced { .. });
    assert_eq!(world.events.iter().filter(replaced).count(), 1, "the same bytes replace nothing");
    assert!(matches!(world.state(), KeyState::Fresh { age } if age <= DAY));
}

#[test]
fn the_same_seed_gives_the_same_schedule_and_another_seed_another() {
    let times = |seed| {
        let mut world = Simulation::jwks_uri();
        world.keeper = KeyKeeper::new(Limits::default(), seed).unwrap();
        let source = Source::JwksUri(address("https://id.example/keys"));
        world.keeper.watch("id", source, START).unwrap();
        world.answer("https://id.example/keys", KEY_A).pass(10 * DAY);
        world.sent.iter().map(|(time, _)| *time).collect::<Vec<_>>()
    };
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
}

#[test]
fn a_rotated_set_is_reported_with_the_next_refresh() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEY_A).pass(HOUR);
    world.answer("https://id.example/keys", KEYS_A_B).pass(DAY);
    assert_eq!(world.keys().as_deref(), Some(KEYS_A_B));
    assert!(matches!(world.events.last(), Some((_, Event::KeysReplaced { usable: 2, .. }))));
}

#[test]
fn the_last_good_set_outlives_an_outage_up_to_the_hard_age() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEY_A).settle();
    world.go_dark().pass(2 * DAY - 1);
    assert!(matches!(world.state(), KeyState::Stale { .. }));
    assert_eq!(world.keys().as_deref(), Some(KEY_A));
    world.pass(1);
    assert_eq!(world.state(), KeyState::Expired { age: 2 * DAY });
    assert_eq!(world.keys(), None);
    let expired: Vec<_> = world
        .events
        .iter()
        .filter(|(_, event)| matches!(event, Event::KeysExpired { .. }))
        .collect();
    assert_eq!(expired, [&(START + 2 * DAY, Event::KeysExpired { issuer: "id".to_owned() })]);
    world.answer("https://id.example/keys", KEY_A).pass(2 * HOUR);
    assert!(matches!(world.state(), KeyState::Fresh { .. }), "it recovers by itself");
}

#[test]
fn tries_against_a_dead_issuer_thin_out() {
    let mut world = Simulation::jwks_uri();
    world.pass(DAY);
    let gaps: Vec<u64> = world.sent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps[0] >= 60 && gaps[1] >= 120 && gaps[2] >= 240, "{gaps:?}");
    assert!(gaps.iter().skip(6).all(|gap| (3600..=4500).contains(gap)), "{gaps:?}");
    assert_eq!(world.state(), KeyState::Missing);
    assert_eq!(world.last_failure().as_deref(), Some("the server cannot be reached: no route"));
}

#[test]
fn an_answer_that_brings_no_usable_key_never_replaces_the_good_set() {
    let limits = Limits::default();
    let huge = " ".repeat(limits.max_bytes + 1);
    let many = many_keys(limits.max_keys + 1);
    let status = |status| Response { status, max_age: None, body: KEYS_A_B.into() };
    let cases = [
        (ok(ENCRYPTION_ONLY), "the key set holds no key for signatures (1 of other kinds)"),
        (ok(r#"{"keys":[]}"#), "the key set holds no key for signatures (0 of other kinds)"),
        (ok("<html>moved</html>"), "the key set cannot be read: "),
        (ok(r#"{"keys":[],"keys":[]}"#), "the key set cannot be read: "),
        (ok(&huge), "the document has 262145 bytes, more than 262144"),
        (ok(&many), "the key set has 101 keys, more than 100"),
        (status(302), "the answer is a redirect (status 302), which is not followed"),
        (status(404), "the answer has status 404, wanted 200"),
        (status(503), "the answer has status 503, wanted 200"),
    ];
    for (answer, wanted) in cases {
        let mut world = Simulation::jwks_uri();
        world.answer("https://id.example/keys", KEY_A).settle();
        world.answers = vec![("https://id.example/keys", answer)];
        world.pass(DAY);
        let why = world.last_failure().unwrap_or_default();
        assert!(why.starts_with(wanted), "wanted `{wanted}`, got `{why}`");
        assert_eq!(world.keys().as_deref(), Some(KEY_A), "{wanted}");
        assert!(matches!(world.state(), KeyState::Stale { .. }), "{wanted}");
    }
}

#[test]
fn max_age_shortens_the_refresh() {
    let mut world = Simulation::jwks_uri();
    let answer = Response { max_age: Some(HOUR), ..ok(KEY_A) };
    world.answers = vec![("https://id.example/keys", answer)];
    world.pass(DAY);
    assert!((24..=28).contains(&world.sent.len()), "{}", world.sent.len());
}

#[test]
fn a_late_or_repeated_answer_is_ignored() {
    let mut world = Simulation::jwks_uri();
    let Some(Output::Request(request)) = world.keeper.poll(START) else { panic!("a request") };
    assert_eq!(request.deadline, START + 10);
    assert_eq!(world.keeper.poll(START + 9), None, "one request at a time");
    let late = world.keeper.respond(request.id, START + 10, Ok(ok(KEY_A)));
    assert_eq!(late, Delivery::Ignored);
    world.now = START + 10;
    world.answer("https://id.example/keys", KEY_A).settle();
    assert_eq!(world.last_failure().as_deref(), Some("no answer came in time"));
    assert_eq!(world.keys(), None);
    world.pass(2 * 60);
    let repeated = world.keeper.respond(request.id, world.now, Ok(ok(KEYS_A_B)));
    assert_eq!((repeated, world.keys().as_deref()), (Delivery::Ignored, Some(KEY_A)));
}

#[test]
fn a_clock_set_back_does_not_lengthen_the_life_of_keys() {
    let mut world = Simulation::jwks_uri();
    world.now = START + 365 * DAY;
    world.answer("https://id.example/keys", KEY_A).settle();
    world.go_dark();
    world.now = START;
    world.pass(2 * DAY);
    assert_eq!(world.state(), KeyState::Expired { age: 2 * DAY });
}

#[test]
fn an_inline_set_is_fixed_and_never_fetched() {
    let mut world = Simulation::new(Source::Inline(ENTRA.into()));
    world.pass(30 * DAY);
    assert_eq!((world.sent.len(), world.keeper.next_wake()), (0, None));
    assert_eq!((world.state(), world.keys().as_deref()), (KeyState::Fixed, Some(ENTRA)));
    assert!(matches!(
        world.events.as_slice(),
        [(_, Event::KeysReplaced { usable: 2, skipped: 1, .. })]
    ));
    assert_eq!(world.unknown("other"), Lookup::Never);
}

#[test]
fn entras_issuer_members_reach_the_gate() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", ENTRA).settle();
    let set = vicar_token::Jwks::parse(world.keys().unwrap().as_bytes()).unwrap();
    let issuers: Vec<_> = set.keys.iter().map(|key| key.issuer.as_deref()).collect();
    assert_eq!(
        issuers,
        [
            Some("https://login.microsoftonline.com/{tenantid}/v2.0"),
            Some("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"),
        ]
    );
}

#[test]
fn a_source_that_cannot_work_is_refused_at_once() {
    let mut keeper = KeyKeeper::new(Limits::default(), 0).unwrap();
    let error = keeper.watch("a", Source::Inline(ENCRYPTION_ONLY.into()), START).unwrap_err();
    assert!(error.to_string().starts_with("the key set of issuer `a` cannot be used"), "{error}");
    keeper.watch("a", Source::Inline(KEY_A.into()), START).unwrap();
    let error = keeper.watch("a", Source::Inline(KEY_A.into()), START).unwrap_err();
    assert_eq!(error, WatchError::Twice { issuer: "a".to_owned() });
}

#[test]
fn limits_that_would_hammer_an_issuer_are_refused() {
    let refused = |limits| KeyKeeper::new(limits, 0).map(|_| ()).unwrap_err().to_string();
    let limits = Limits { cool_down: 59, ..Limits::default() };
    assert_eq!(refused(limits), "`cool_down` is 59, but must be at least 60 seconds");
    let limits = Limits { unknown_key_pause: 1, ..Limits::default() };
    assert_eq!(refused(limits), "`unknown_key_pause` is 1, but must be at least 30 seconds");
    let limits = Limits { oldest: 3600, ..Limits::default() };
    assert_eq!(refused(limits), "`oldest` is 3600, but must be more than `refresh`");
}

#[test]
fn issuers_do_not_wait_for_one_another() {
    let mut keeper = KeyKeeper::new(Limits::default(), 0).unwrap();
    for name in ["a", "b"] {
        let source = Source::JwksUri(address("https://id.example/keys"));
        keeper.watch(name, source, START).unwrap();
    }
    let mut ids = Vec::new();
    while let Some(Output::Request(request)) = keeper.poll(START) {
        ids.push((request.issuer, request.id));
    }
    assert_eq!(ids.len(), 2);
    let failure = FetchFailure::TooLarge { limit: 1 };
    assert_eq!(keeper.respond(ids[0].1, START, Err(failure)), Delivery::Taken);
    assert_eq!(keeper.respond(ids[1].1, START, Ok(ok(KEY_A))), Delivery::Taken);
    assert_eq!(keeper.state("a", START), KeyState::Missing);
    assert!(matches!(keeper.state("b", START), KeyState::Fresh { age: 0 }));
}

fn many_keys(count: usize) -> String {
    let keys: Vec<String> =
        (0..count).map(|index| format!(r#"{{"kty":"oct","kid":"{index}"}}"#)).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}
