//! Sets that another worker fetched.

use super::simulation::{DAY, KEY_A, KEYS_A_B, START, Simulation};
use crate::{Delivery, Event, KeyState, Lookup, Output};

fn learn(world: &mut Simulation, document: &str, fetched: u64) -> Delivery {
    world.keeper.learn("id", document.as_bytes().to_vec(), fetched, world.now).unwrap()
}

#[test]
fn a_learnt_set_is_in_use_and_nothing_is_fetched() {
    let mut world = Simulation::jwks_uri();
    assert_eq!(learn(&mut world, KEY_A, START), Delivery::Taken);
    let first = world.keeper.poll(START);
    assert!(matches!(first, Some(Output::Event(Event::KeysReplaced { .. }))), "{first:?}");
    assert_eq!(world.keeper.poll(START), None);
    assert_eq!(world.keeper.state("id", START), KeyState::Fresh { age: 0 });
}

#[test]
fn an_older_or_outdated_set_is_ignored() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEYS_A_B).settle();
    assert_eq!(learn(&mut world, KEY_A, START), Delivery::Ignored);
    world.now += 3 * DAY;
    assert_eq!(learn(&mut world, KEY_A, START + 1), Delivery::Ignored);
    assert_eq!(world.keeper.learn("other", Vec::new(), 0, 0), Ok(Delivery::Ignored));
}

#[test]
fn a_fetch_under_way_is_answered_by_a_set_fetched_since() {
    let mut world = Simulation::jwks_uri();
    let Some(Output::Request(request)) = world.keeper.poll(START) else { panic!("a request") };
    assert_eq!(learn(&mut world, KEY_A, START), Delivery::Taken);
    let late = world.keeper.respond(request.id, START, Err(crate::FetchFailure::Deadline));
    assert_eq!(late, Delivery::Ignored);
}

#[test]
fn what_waits_for_a_fetch_is_not_lacking_in_a_set_older_than_the_fetch() {
    let mut world = Simulation::jwks_uri();
    world.answer("https://id.example/keys", KEY_A).settle();
    world.now += 100;
    assert_eq!(world.unknown("b"), Lookup::Fetching);
    let Some(Output::Request(_)) = world.keeper.poll(world.now) else { panic!("a request") };
    let before = world.now - 50;
    assert_eq!(learn(&mut world, KEY_A, before), Delivery::Taken);
    assert_eq!(world.unknown("b"), Lookup::Fetching);
}

#[test]
fn a_learnt_set_must_be_usable() {
    let mut world = Simulation::jwks_uri();
    world.keeper.learn("id", b"[]".to_vec(), START, START).unwrap_err();
    assert_eq!(world.keeper.state("id", START), KeyState::Missing);
}
