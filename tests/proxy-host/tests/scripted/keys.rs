//! Keys over the proxy: fetched by one worker, learnt by the others.

use std::{cell::RefCell, rc::Rc};

use crate::support::*;
use vicar_envoy_filter::Action;
use vicar_proxy_host::{Machine, Module, Native};

const SEARCH: &str = r#"{"query":"x"}"#;
const SECOND: u64 = 1_000_000_000;

fn request() -> Message {
    mcp(&[&good()], &call("search_invoices", SEARCH))
}

/// Answers the oldest call under way.
fn answer(machine: &mut dyn Machine, status: &str, body: &[u8]) {
    let sent = machine.world().borrow_mut().calls.remove(0);
    let fields = vec![(b":status".to_vec(), status.as_bytes().to_vec())];
    machine.world().borrow_mut().answer = (fields, body.to_vec());
    machine.answer(sent.context, sent.id, 1, body.len()).unwrap();
}

fn pass(machine: &mut dyn Machine, seconds: u64) {
    machine.world().borrow_mut().now += seconds * SECOND;
    machine.tick(1).unwrap();
}

#[test]
fn without_keys_requests_are_told_to_come_back_and_with_keys_they_pass() {
    on_both(&fetching(), |machine| {
        start(machine);
        assert!(machine.world().borrow().calls.is_empty(), "no call while configuring");
        let unavailable = End::Answered(503, "vicar_keys_unavailable".to_owned());
        assert_eq!(send(machine, 2, request()), unavailable);
        let reply = machine.world().borrow_mut().exchange(2).reply.clone().unwrap();
        assert!(reply.headers.iter().any(|(name, _)| name == b"retry-after"), "{reply:?}");
        pass(machine, 1);
        assert_eq!(machine.world().borrow().calls.len(), 1);
        assert_eq!(machine.world().borrow().calls[0].context, 1);
        assert_eq!(send(machine, 3, request()), unavailable);
        answer(machine, "200", keys().as_bytes());
        assert_eq!(send(machine, 4, request()), End::Passed);
        pass(machine, 30);
        assert!(machine.world().borrow().calls.is_empty(), "no second fetch");
    });
}

#[test]
fn an_issuer_that_fails_lies_or_floods_gives_no_keys_and_is_asked_again() {
    let flood = vec![b' '; 300 * 1024];
    let lies: &[(&str, &[u8])] = &[
        ("503", b""),
        ("302", b""),
        ("200", b""),
        ("200", b"<html>"),
        ("200", b"{\"keys\":[]}"),
        ("200", &flood),
        ("nonsense", b"{}"),
    ];
    on_both(&fetching(), |machine| {
        start(machine);
        let (mut context, mut wait) = (10, 1);
        for (status, body) in lies {
            pass(machine, wait);
            wait = 4000;
            assert_eq!(machine.world().borrow().calls.len(), 1, "{status}");
            answer(machine, status, body);
            context += 1;
            assert!(matches!(send(machine, context, request()), End::Answered(503, _)));
        }
        pass(machine, 4000);
        answer(machine, "200", keys().as_bytes());
        // The token's own time is over by now, which can be told only with its key.
        let late = End::Answered(401, "vicar_token_expired".to_owned());
        assert_eq!(send(machine, 9, request()), late);
    });
}

#[test]
fn an_answer_that_comes_too_late_is_ignored() {
    on_both(&fetching(), |machine| {
        start(machine);
        pass(machine, 1);
        machine.world().borrow_mut().now += 100 * SECOND;
        answer(machine, "200", keys().as_bytes());
        assert!(matches!(send(machine, 2, request()), End::Answered(503, _)));
    });
}

#[test]
fn one_worker_fetches_and_the_others_learn() {
    let leader = world(fetching());
    let follower = world(fetching());
    follower.borrow_mut().shared = Rc::clone(&leader.borrow().shared);
    let mut leader = Native::new(leader);
    let mut follower = Module::new(follower).unwrap();
    start(&mut leader);
    start(&mut follower);
    pass(&mut leader, 1);
    pass(&mut follower, 1);
    assert_eq!(leader.world().borrow().calls.len(), 1);
    assert!(follower.world().borrow().calls.is_empty(), "two workers fetch");
    answer(&mut leader, "200", keys().as_bytes());
    pass(&mut follower, 1);
    assert_eq!(send(&mut leader, 2, request()), End::Passed);
    assert_eq!(send(&mut follower, 2, request()), End::Passed);
    // A configuration that comes later has the keys at once.
    follower.create(50, 0).unwrap();
    assert!(follower.configure(50).unwrap());
    follower.create(51, 50).unwrap();
    let (fields, body) = request();
    {
        let mut world = follower.world().borrow_mut();
        let exchange = world.exchange(51);
        (exchange.request, exchange.body) = (fields, body.clone());
    }
    let _ = follower.request_headers(51, false).unwrap();
    assert_eq!(follower.request_body(51, body.len(), true).unwrap(), Action::Continue);
}

#[test]
fn a_worker_takes_over_the_lease_of_one_that_died() {
    let dead = world(fetching());
    let alive = world(fetching());
    alive.borrow_mut().shared = Rc::clone(&dead.borrow().shared);
    let mut dead = Native::new(dead);
    let mut alive = Native::new(alive);
    start(&mut dead);
    start(&mut alive);
    pass(&mut dead, 1);
    for _ in 0..9 {
        pass(&mut alive, 1);
    }
    assert_eq!(alive.world().borrow().calls.len(), 1);
    answer(&mut alive, "200", keys().as_bytes());
    assert_eq!(send(&mut alive, 2, request()), End::Passed);
}

#[test]
fn a_poisoned_record_is_refused_and_changes_nothing() {
    on_both(&fetching(), |machine| {
        start(machine);
        pass(machine, 1);
        answer(machine, "200", keys().as_bytes());
        let shared = Rc::clone(&machine.world().borrow().shared);
        for poison in [&b""[..], b"vicar-keys-1", b"vicar-keys-1\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{\"keys\":[]}"] {
            for (value, version) in RefCell::borrow_mut(&shared).values_mut() {
                (*value, *version) = (poison.to_vec(), *version + 1);
            }
            pass(machine, 1);
        }
        assert_eq!(send(machine, 2, request()), End::Passed);
    });
}

#[test]
fn a_request_with_an_unknown_key_waits_for_a_fetch_and_not_forever() {
    on_both(&fetching(), |machine| {
        start(machine);
        pass(machine, 1);
        // The set has keys, but not the token's.
        let other = keys().replace("entra-RS256", "another");
        answer(machine, "200", other.as_bytes());
        pass(machine, 60);
        let context = 2;
        let (fields, body) = request();
        machine.create(context, 1).unwrap();
        {
            let mut world = machine.world().borrow_mut();
            let exchange = world.exchange(context);
            (exchange.request, exchange.body) = (fields, body.clone());
        }
        assert_eq!(machine.request_headers(context, false).unwrap(), Action::Pause);
        assert_eq!(machine.world().borrow().calls.len(), 1, "asked at once");
        assert_eq!(machine.world().borrow().calls[0].context, 1, "as the root's call");
        assert_eq!(machine.request_body(context, body.len(), true).unwrap(), Action::Pause);
        answer(machine, "200", keys().as_bytes());
        assert_eq!(end(machine, context, Action::Pause), End::Passed);
    });
}

#[test]
fn a_wait_for_a_key_ends_with_its_deadline() {
    on_both(&fetching(), |machine| {
        start(machine);
        pass(machine, 1);
        answer(machine, "200", keys().replace("entra-RS256", "another").as_bytes());
        pass(machine, 60);
        assert_eq!(send(machine, 2, request()), End::Held);
        pass(machine, 6);
        let unknown = End::Answered(401, "vicar_key_unknown".to_owned());
        assert_eq!(end(machine, 2, Action::Pause), unknown);
        // A flood of made-up ids causes no second fetch.
        for context in 10..40 {
            assert!(matches!(send(machine, context, request()), End::Answered(401, _) | End::Held));
        }
        assert_eq!(machine.world().borrow().calls.len(), 1);
    });
}

#[test]
fn after_a_wait_for_keys_the_body_has_its_whole_time() {
    on_both(&fetching(), |machine| {
        start(machine);
        pass(machine, 1);
        answer(machine, "200", keys().replace("entra-RS256", "another").as_bytes());
        pass(machine, 60);
        let (fields, body) = request();
        machine.create(2, 1).unwrap();
        machine.world().borrow_mut().exchange(2).request = fields;
        assert_eq!(machine.request_headers(2, false).unwrap(), Action::Pause);
        pass(machine, 4);
        answer(machine, "200", keys().as_bytes());
        // The time of the keys is over, that of the body is not.
        pass(machine, 20);
        assert_eq!(end(machine, 2, Action::Pause), End::Held);
        machine.world().borrow_mut().exchange(2).body = body.clone();
        assert_eq!(machine.request_body(2, body.len(), true).unwrap(), Action::Continue);
    });
}
