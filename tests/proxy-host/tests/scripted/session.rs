//! A long random session: callbacks in any order, any of them with failing host calls.

use std::collections::BTreeMap;

use crate::support::*;
use vicar_envoy_filter::{Action, host::Status};
use vicar_proxy_host::{Failure, Machine, Module};

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// What may become of a request of the session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    MayPass,
    MustNot,
}

#[test]
fn a_long_random_session_neither_traps_nor_lets_anything_pass_that_must_not() {
    let setting = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let steps: u64 = setting("VICAR_SESSION_STEPS", 4000);
    let seed: u64 = setting("VICAR_SESSION_SEED", 20_261_123);
    let mut dice = Dice(seed);
    let mut machine = Module::new(world(fetching())).unwrap();
    start(&mut machine);
    let good = good();
    let forged = forged();
    let search = call("search_invoices", r#"{"query":"x"}"#);
    let rebuild = call("rebuild_index", "{}");
    let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#.to_owned();
    let requests: Vec<(Fate, Vec<&[u8]>, &str)> = vec![
        (Fate::MayPass, vec![&good], &search),
        (Fate::MayPass, vec![&good], &list),
        (Fate::MustNot, vec![&good], &rebuild),
        (Fate::MustNot, vec![&forged], &search),
        (Fate::MustNot, vec![&good, &good], &search),
        (Fate::MustNot, vec![b"Bearer \xff"], &search),
        (Fate::MustNot, vec![], &search),
        (Fate::MustNot, vec![&good], "[[[["),
    ];
    let (mut next, mut root) = (10_u32, 1_u32);
    let mut open: BTreeMap<u32, Fate> = BTreeMap::new();
    let mut passed = 0_u32;
    for step in 0..steps {
        let (context, fate) = match open.iter().nth(usize::try_from(dice.up_to(16)).unwrap()) {
            Some((context, fate)) => (*context, *fate),
            None => (u32::try_from(dice.up_to(40)).unwrap() + 1_000_000, Fate::MustNot),
        };
        machine.world().borrow_mut().failure = match dice.up_to(12) {
            0 => Failure::Sometimes(4, Status::InternalFailure),
            1 => Failure::At(dice.up_to(20), Status::Other(77)),
            _ => Failure::Nothing,
        };
        let size = usize::try_from(dice.up_to(400)).unwrap();
        let end = dice.up_to(2) == 0;
        let length = machine.world().borrow_mut().exchange(context).body.len();
        let action = match dice.up_to(14) {
            0..=3 => {
                let (fate, authorization, body) =
                    &requests[usize::try_from(dice.up_to(8)).unwrap()];
                next += 1;
                machine.create(next, root).unwrap();
                let (fields, body) = mcp(authorization, body);
                let mut world = machine.world().borrow_mut();
                let exchange = world.exchange(next);
                (exchange.request, exchange.body) = (fields, body);
                open.insert(next, *fate);
                Action::Pause
            }
            4 | 5 => machine.request_headers(context, false).unwrap(),
            6 => machine.request_headers(context, end).unwrap(),
            7 | 8 => machine.request_body(context, length, true).unwrap(),
            9 => machine.request_body(context, size, end).unwrap(),
            10 => {
                let action = machine.request_trailers(context).unwrap();
                let _ = machine.response_headers(context, end).unwrap();
                let _ = machine.response_body(context, size, end).unwrap();
                action
            }
            11 => {
                machine.world().borrow_mut().now += dice.up_to(3_000_000_000);
                machine.tick(root).unwrap();
                Action::Pause
            }
            12 => {
                let sent = machine.world().borrow_mut().calls.pop();
                let body = if end { keys().into_bytes() } else { b"garbage".to_vec() };
                let size = body.len();
                let fields = vec![(b":status".to_vec(), b"200".to_vec())];
                machine.world().borrow_mut().answer = (fields, body);
                let (context, id) = sent.map_or((root, 4711), |sent| (sent.context, sent.id));
                machine.answer(context, id, 1, size).unwrap();
                Action::Pause
            }
            _ => {
                if dice.up_to(30) == 0 {
                    root = if root == 1 { 2 } else { 1 };
                    machine.create(root, 0).unwrap();
                    machine.world().borrow_mut().configuration = match dice.up_to(3) {
                        0 => b"{}".to_vec(),
                        1 => fetching(),
                        _ => configuration(""),
                    };
                    let _ = machine.configure(root).unwrap();
                } else {
                    machine.end(context).unwrap();
                    open.remove(&context);
                }
                Action::Pause
            }
        };
        // A proxy ends its requests: without that the session would drown in them.
        while open.len() > 40
            && let Some((oldest, _)) = open.pop_first()
        {
            machine.end(oldest).unwrap();
            machine.world().borrow_mut().exchanges.remove(&oldest);
        }
        let mut world = machine.world().borrow_mut();
        let through = action == Action::Continue || world.exchange(context).resumed;
        assert!(!through || fate == Fate::MayPass, "seed {seed}, step {step}: context {context}");
        passed += u32::from(through);
        world.log.clear();
        for (context, fate) in &open {
            let resumed = world.exchanges.get(context).is_some_and(|exchange| exchange.resumed);
            assert!(!resumed || *fate == Fate::MayPass, "seed {seed}, step {step}: {context}");
        }
    }
    // A session in which nothing ever passes would prove nothing.
    assert!(passed > 0, "nothing passed in {steps} steps");
}
