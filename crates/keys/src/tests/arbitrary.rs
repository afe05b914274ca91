//! Whatever happens in whatever order, the promises hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::simulation::{ENCRYPTION_ONLY, KEY_A, KEYS_A_B, METADATA, START, address, ok};
use crate::{
    Delivery, Event, FetchFailure, KeyKeeper, KeyState, Limits, Lookup, Output, Request, Response,
    Source,
};

/// Something a host or the world does.
#[derive(Clone, Debug)]
enum Act {
    /// Answers the `n`th request ever sent (it may be long gone).
    Answer(usize, Answer),
    /// Polls until there is nothing.
    Drain,
    /// Time passes.
    Pass(u64),
    /// A token comes with this `kid`.
    Unknown(u8),
}

#[derive(Clone, Debug)]
enum Answer {
    Arbitrary(Vec<u8>),
    EncryptionOnly,
    Failure,
    KeyA(Option<u64>),
    KeysAB,
    Metadata,
    Status(u16),
}

impl Answer {
    fn carry(self) -> Result<Response, FetchFailure> {
        match self {
            Self::Arbitrary(body) => Ok(Response { status: 200, max_age: None, body }),
            Self::EncryptionOnly => Ok(ok(ENCRYPTION_ONLY)),
            Self::Failure => Err(FetchFailure::Deadline),
            Self::KeyA(max_age) => Ok(Response { max_age, ..ok(KEY_A) }),
            Self::KeysAB => Ok(ok(KEYS_A_B)),
            Self::Metadata => Ok(ok(METADATA)),
            Self::Status(status) => Ok(Response { status, ..ok(KEY_A) }),
        }
    }
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(Answer::Arbitrary),
        1 => Just(Answer::EncryptionOnly),
        1 => Just(Answer::Failure),
        4 => any::<Option<u64>>().prop_map(Answer::KeyA),
        3 => Just(Answer::KeysAB),
        4 => Just(Answer::Metadata),
        1 => any::<u16>().prop_map(Answer::Status),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..40_usize, answers()).prop_map(|(which, answer)| Act::Answer(which, answer)),
        5 => Just(Act::Drain),
        3 => prop_oneof![0..90_u64, 0..200_000_u64].prop_map(Act::Pass),
        3 => any::<u8>().prop_map(Act::Unknown),
    ]
}

/// What an observer knows without looking inside the machine.
#[derive(Default)]
struct Observer {
    requests: Vec<Request>,
    /// Request under way, by issuer, with its deadline.
    under_way: BTreeMap<String, (usize, u64)>,
    /// When the last fetch began, by issuer.
    began: BTreeMap<String, u64>,
    /// Whether the next request of this issuer continues a fetch (metadata to key set).
    continues: BTreeMap<String, bool>,
    /// When the set in use was fetched, by issuer.
    fetched: BTreeMap<String, u64>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_for_any_order_of_events(
        seed: u64,
        acts in proptest::collection::vec(acts(), 1..160),
    ) {
        let limits = Limits::default();
        let mut keeper = KeyKeeper::new(limits.clone(), seed).unwrap();
        let plain = Source::JwksUri(address("https://id.example/keys"));
        keeper.watch("plain", plain, START).unwrap();
        let metadata = Source::Metadata {
            address: address("https://id.example/metadata"),
            issuers: vec!["https://id.example".to_owned()],
        };
        keeper.watch("metadata", metadata, START).unwrap();
        let mut now = START;
        let mut seen = Observer::default();
        for act in acts {
            match act {
                Act::Pass(seconds) => now += seconds,
                Act::Unknown(kid) => {
                    let lookup = keeper.unknown_key("plain", &kid.to_string(), now);
                    if let Lookup::Refused { until } = lookup {
                        prop_assert!(until > now);
                    }
                }
                Act::Answer(which, answer) => {
                    let Some(request) = seen.requests.get(which).cloned() else { continue };
                    let expected = seen.under_way.get(&request.issuer) == Some(&(which, request.deadline))
                        && now < request.deadline;
                    let delivery = keeper.respond(request.id, now, answer.carry());
                    let wanted = if expected { Delivery::Taken } else { Delivery::Ignored };
                    prop_assert_eq!(delivery, wanted);
                    if expected {
                        seen.under_way.remove(&request.issuer);
                        let was_metadata = request.address.as_str().ends_with("metadata");
                        seen.continues.insert(request.issuer, was_metadata);
                    }
                }
                Act::Drain => {
                    for _ in 0..64 {
                        let Some(output) = keeper.poll(now) else { break };
                        observe(&mut seen, output, now, &limits)?;
                    }
                    prop_assert_eq!(keeper.poll(now), None, "poll comes to an end");
                    prop_assert!(keeper.next_wake().is_some_and(|wake| wake > now));
                }
            }
            for issuer in ["plain", "metadata"] {
                let used = keeper.keys(issuer, now);
                let state = keeper.state(issuer, now);
                let usable = matches!(state, KeyState::Fresh { .. } | KeyState::Stale { .. });
                prop_assert_eq!(used.is_some(), usable);
                if let KeyState::Fresh { age } | KeyState::Stale { age } = state {
                    prop_assert!(age < limits.oldest, "keys older than the hard limit are used");
                }
            }
        }
    }
}

fn observe(
    seen: &mut Observer,
    output: Output,
    now: u64,
    limits: &Limits,
) -> Result<(), TestCaseError> {
    match output {
        Output::Request(request) => {
            let issuer = request.issuer.clone();
            if let Some((_, deadline)) = seen.under_way.get(&issuer) {
                prop_assert!(*deadline <= now, "two requests of one issuer under way");
                seen.continues.insert(issuer.clone(), false);
            }
            if seen.continues.remove(&issuer) != Some(true)
                && let Some(began) = seen.began.insert(issuer.clone(), now)
            {
                let gap = now - began;
                prop_assert!(gap >= limits.unknown_key_pause, "a gap of {} seconds", gap);
            }
            seen.under_way.insert(issuer, (seen.requests.len(), request.deadline));
            seen.requests.push(request);
        }
        Output::Event(Event::KeysReplaced { issuer, usable, .. }) => {
            prop_assert!(usable > 0);
            seen.fetched.insert(issuer, now);
        }
        Output::Event(Event::KeysUnchanged { issuer }) => {
            prop_assert!(seen.fetched.insert(issuer, now).is_some(), "nothing to be unchanged");
        }
        Output::Event(Event::KeysExpired { issuer }) => {
            prop_assert!(seen.fetched.remove(&issuer).is_some(), "nothing to expire");
        }
        Output::Event(Event::FetchFailed { next_try, issuer, .. }) => {
            seen.continues.insert(issuer, false);
            prop_assert!(
                next_try >= seen.began.values().copied().min().unwrap_or(0) + limits.cool_down
            );
        }
    }
    Ok(())
}
