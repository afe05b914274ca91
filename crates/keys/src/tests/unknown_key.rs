use super::simulation::{HOUR, KEY_A, KEYS_A_B, START, Simulation};
use crate::{Limits, Lookup, Source};

#[test]
fn an_unknown_kid_fetches_at_once_and_a_new_key_is_found() {
    let mut world = healthy();
    world.answer("https://id.example/keys", KEYS_A_B);
    assert_eq!(world.unknown("b"), Lookup::Fetching);
    assert_eq!(world.keeper.next_wake(), Some(0));
    world.settle();
    assert_eq!(world.unknown("b"), Lookup::Known);
}

#[test]
fn a_kid_that_a_fresh_set_lacks_is_refused_for_a_while() {
    let mut world = healthy();
    assert_eq!(world.unknown("forged"), Lookup::Fetching);
    world.settle();
    let until = world.now + 600;
    assert_eq!(world.unknown("forged"), Lookup::Refused { until });
    world.pass(599);
    assert_eq!(world.unknown("forged"), Lookup::Refused { until });
    world.pass(1);
    assert_eq!(world.unknown("forged"), Lookup::Fetching);
}

#[test]
fn unknown_kids_fetch_at_most_once_in_thirty_seconds() {
    let mut world = healthy();
    assert_eq!(world.unknown("first"), Lookup::Fetching);
    world.settle();
    let until = world.now + 30;
    assert_eq!(world.unknown("second"), Lookup::Refused { until });
    world.pass(30);
    assert_eq!(world.unknown("second"), Lookup::Fetching);
}

#[test]
fn a_flood_of_forged_kids_costs_the_budget_and_bounded_memory() {
    let mut world = healthy();
    let before = world.sent.len();
    for second in 0..HOUR {
        for forged in 0..20 {
            world.unknown(&format!("forged-{second}-{forged}"));
        }
        world.pass(1);
    }
    let limits = Limits::default();
    assert_eq!(world.sent.len() - before, usize::from(limits.unknown_key_budget));
    let [fetches, waiting, lacking] = world.keeper.unknown_sizes("id");
    assert!(fetches <= usize::from(limits.unknown_key_budget), "{fetches}");
    assert!(waiting <= 16 && lacking <= limits.unknown_keys, "{waiting} {lacking}");
}

#[test]
fn when_the_budget_is_spent_the_answer_says_until_when() {
    let limits = Limits { unknown_key_budget: 2, ..Limits::default() };
    let mut world = Simulation::with_limits(source(), limits);
    world.answer("https://id.example/keys", KEY_A).pass(100);
    for kid in ["first", "second"] {
        assert_eq!(world.unknown(kid), Lookup::Fetching);
        world.pass(30);
    }
    let until = START + 100 + HOUR;
    assert_eq!(world.unknown("third"), Lookup::Refused { until });
    world.pass(until - world.now);
    assert_eq!(world.unknown("third"), Lookup::Fetching);
}

#[test]
fn a_budget_of_zero_leaves_only_the_schedule() {
    let limits = Limits { unknown_key_budget: 0, ..Limits::default() };
    let mut world = Simulation::with_limits(source(), limits);
    world.answer("https://id.example/keys", KEY_A).pass(100);
    assert_eq!(world.unknown("b"), Lookup::Refused { until: u64::MAX });
}

#[test]
fn while_the_issuer_fails_unknown_kids_wait_for_the_schedule() {
    let mut world = Simulation::jwks_uri();
    world.settle();
    let wake = world.keeper.next_wake().unwrap();
    assert!(wake >= START + 60);
    assert_eq!(world.unknown("a"), Lookup::Refused { until: wake });
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn before_the_first_fetch_any_kid_is_being_fetched() {
    let mut world = Simulation::jwks_uri();
    assert_eq!(world.unknown("a"), Lookup::Fetching);
    world.answer("https://id.example/keys", KEY_A).settle();
    assert_eq!(world.unknown("a"), Lookup::Known);
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn a_failed_fetch_does_not_condemn_the_kid() {
    let mut world = healthy();
    world.go_dark();
    assert_eq!(world.unknown("b"), Lookup::Fetching);
    world.settle();
    world.answer("https://id.example/keys", KEYS_A_B).pass(2 * HOUR);
    assert_eq!(world.unknown("b"), Lookup::Known);
}

#[test]
fn an_overlong_kid_is_refused_without_being_kept() {
    let mut world = healthy();
    let until = world.now + 600;
    assert_eq!(world.unknown(&"k".repeat(10_000)), Lookup::Refused { until });
    assert_eq!(world.keeper.unknown_sizes("id"), [0; 3]);
}

#[test]
fn an_issuer_that_is_not_watched_has_nothing_to_hope_for() {
    let mut world = healthy();
    assert_eq!(world.keeper.unknown_key("other", "a", START), Lookup::Never);
}

fn source() -> Source {
    Source::JwksUri(super::simulation::address("https://id.example/keys"))
}

fn healthy() -> Simulation {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEY_A).pass(100);
    world
}
