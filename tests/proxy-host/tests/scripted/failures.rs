//! Every host call failing, one at a time and all together: no trap, and nothing passes that was
//! not allowed.

use crate::support::*;
use vicar_envoy_filter::{Action, host::Status};
use vicar_native::pack::HOST_CALLS;
use vicar_proxy_host::{Failure, Machine, Module, Native};

const STATUSES: [Status; 5] = [
    Status::NotFound,
    Status::BadArgument,
    Status::InternalFailure,
    Status::CasMismatch,
    Status::Other(99),
];

/// A whole life: start, keys, an allowed call, two denied ones, a list, ticks, end. Nothing may
/// pass that must not. Returns how each request ended.
fn life(machine: &mut dyn Machine) -> Vec<End> {
    machine.create(1, 0).unwrap();
    let _ = machine.configure(1).unwrap();
    machine.tick(1).unwrap();
    let keys = keys().into_bytes();
    let size = keys.len();
    machine.world().borrow_mut().answer = (vec![(b":status".to_vec(), b"200".to_vec())], keys);
    machine.answer(1, 1, 1, size).unwrap();
    let mut ends = Vec::new();
    let allowed = call("search_invoices", r#"{"query":"x"}"#);
    let denied = call("rebuild_index", "{}");
    let good = good();
    let requests: [(bool, &[&[u8]], &str); 4] = [
        (true, &[&good], &allowed),
        (false, &[&good], &denied),
        (false, &[], &allowed),
        (true, &[&good], r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#),
    ];
    for (place, (may_pass, authorization, body)) in requests.into_iter().enumerate() {
        let context = 2 + u32::try_from(place).unwrap();
        machine.create(context, 1).unwrap();
        let (fields, body) = mcp(authorization, body);
        let size = body.len();
        {
            let mut world = machine.world().borrow_mut();
            let exchange = world.exchange(context);
            (exchange.request, exchange.body) = (fields, body);
            exchange.response = vec![
                (b":status".to_vec(), b"200".to_vec()),
                (b"content-type".to_vec(), b"application/json".to_vec()),
            ];
            exchange.response_body = LIST.as_bytes().to_vec();
        }
        let head = machine.request_headers(context, false).unwrap();
        let body = machine.request_body(context, size, true).unwrap();
        machine.tick(1).unwrap();
        let action = if head == Action::Continue { head } else { body };
        ends.push(end(machine, context, action));
        let resumed = machine.world().borrow_mut().exchange(context).resumed;
        let passed = head == Action::Continue || body == Action::Continue || resumed;
        assert!(may_pass || !passed, "request {place} passed");
        if passed {
            let head = machine.response_headers(context, false).unwrap();
            let body = machine.response_body(context, LIST.len(), true).unwrap();
            let mut world = machine.world().borrow_mut();
            let exchange = world.exchange(context);
            let shown = String::from_utf8_lossy(&exchange.response_body).into_owned();
            let sent = head == Action::Continue || body == Action::Continue;
            let filtered = !shown.contains("rebuild_index");
            assert!(place != 3 || !sent || filtered || exchange.reply.is_some(), "{shown}");
            if place == 3 && sent && shown.contains("search_invoices") {
                ends.push(End::Passed);
            }
        }
        machine.end(context).unwrap();
    }
    machine.end(1).unwrap();
    ends
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"search_invoices"},{"name":"rebuild_index"}]}}"#;

fn module(configuration: &[u8]) -> Module {
    Module::new(world(configuration.to_vec())).unwrap()
}

#[test]
fn a_life_without_failures_makes_every_kind_of_decision() {
    for configuration in [configuration(""), fetching()] {
        let answered = |status, details: &str| End::Answered(status, details.to_owned());
        let wanted = [
            End::Passed,
            answered(200, "vicar_no_permit"),
            answered(401, "vicar_token_missing"),
            End::Passed,
            // The list, without what the caller may not use.
            End::Passed,
        ];
        assert_eq!(life(&mut Native::new(world(configuration.clone()))), wanted);
        assert_eq!(life(&mut module(&configuration)), wanted);
    }
}

#[test]
fn every_export_survives_every_host_call_failing() {
    for status in STATUSES {
        let machine = &mut module(&configuration(""));
        machine.world().borrow_mut().failure = Failure::All(status);
        life(machine);
        // The same once it is configured.
        let machine = &mut module(&configuration(""));
        start(machine);
        machine.world().borrow_mut().failure = Failure::All(status);
        life(machine);
    }
}

#[test]
fn every_kind_of_host_call_failing_lets_nothing_pass_that_must_not() {
    for configuration in [configuration(""), fetching()] {
        for &name in HOST_CALLS {
            for status in STATUSES {
                let machine = &mut module(&configuration);
                machine.world().borrow_mut().failure = Failure::Named(name, status);
                life(machine);
            }
        }
    }
}

#[test]
fn each_single_host_call_failing_lets_nothing_pass_that_must_not() {
    let configuration = configuration("");
    let counting = world(configuration.clone());
    life(&mut Native::new(counting.clone()));
    let made = counting.borrow().made;
    assert!(made > 100, "{made} calls");
    for at in 0..made {
        let machine = &mut Native::new(world(configuration.clone()));
        machine.world().borrow_mut().failure = Failure::At(at, Status::InternalFailure);
        life(machine);
    }
    // The module makes the same calls; every third is enough for it.
    for at in (0..made).step_by(3) {
        let machine = &mut module(&configuration);
        machine.world().borrow_mut().failure = Failure::At(at, Status::InternalFailure);
        life(machine);
    }
}
