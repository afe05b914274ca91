//! A world of one clock and scripted servers around the machine.

use vicar_token::UnixSeconds;

use crate::{
    Address, Delivery, Event, FetchFailure, KeyKeeper, KeyState, Limits, Lookup, Output, Request,
    Response, Source,
};

pub(super) const KEY_A: &str = include_str!("../../tests/data/key-a.json");
pub(super) const KEYS_A_B: &str = include_str!("../../tests/data/keys-a-b.json");
pub(super) const ENCRYPTION_ONLY: &str = include_str!("../../tests/data/encryption-only.json");
pub(super) const ENTRA: &str = include_str!("../../tests/data/entra.json");
pub(super) const METADATA: &str = include_str!("../../tests/data/metadata.json");

pub(super) const START: UnixSeconds = 1_790_000_000;
pub(super) const HOUR: u64 = 3600;
pub(super) const DAY: u64 = 24 * HOUR;

/// One issuer, `id`, and what its servers answer.
pub(super) struct Simulation {
    pub(super) keeper: KeyKeeper,
    pub(super) now: UnixSeconds,
    /// What was sent, with the time.
    pub(super) sent: Vec<(UnixSeconds, Request)>,
    /// What was reported, with the time.
    pub(super) events: Vec<(UnixSeconds, Event)>,
    /// Answers by address; an address that is not listed cannot be reached.
    pub(super) answers: Vec<(&'static str, Response)>,
}

impl Simulation {
    pub(super) fn new(source: Source) -> Self {
        Self::with_limits(source, Limits::default())
    }

    pub(super) fn with_limits(source: Source, limits: Limits) -> Self {
        let mut keeper = KeyKeeper::new(limits, 42).expect("limits");
        keeper.watch("id", source, START).expect("a source");
        let (sent, events, answers) = (Vec::new(), Vec::new(), Vec::new());
        Self { keeper, now: START, sent, events, answers }
    }

    pub(super) fn jwks_uri() -> Self {
        Self::new(Source::JwksUri(address("https://id.example/keys")))
    }

    pub(super) fn answer(&mut self, address: &'static str, body: &str) -> &mut Self {
        self.answers.retain(|(known, _)| *known != address);
        self.answers.push((address, ok(body)));
        self
    }

    pub(super) fn go_dark(&mut self) -> &mut Self {
        self.answers.clear();
        self
    }

    /// Does what is due now, without letting time pass.
    pub(super) fn settle(&mut self) -> &mut Self {
        while let Some(output) = self.keeper.poll(self.now) {
            match output {
                Output::Event(event) => self.events.push((self.now, event)),
                Output::Request(request) => {
                    self.sent.push((self.now, request.clone()));
                    let known = |(known, _): &&(&str, _)| *known == request.address.as_str();
                    let answer = self.answers.iter().find(known);
                    let answer = answer
                        .map(|(_, response)| response.clone())
                        .ok_or_else(|| FetchFailure::Unreachable { detail: "no route".to_owned() });
                    let delivery = self.keeper.respond(request.id, self.now, answer);
                    assert_eq!(delivery, Delivery::Taken);
                }
            }
        }
        self
    }

    /// Lets `seconds` pass, stopping wherever the machine wants to be polled.
    pub(super) fn pass(&mut self, seconds: u64) -> &mut Self {
        let end = self.now + seconds;
        self.settle();
        while let Some(wake) = self.keeper.next_wake().filter(|wake| *wake <= end) {
            assert!(wake > self.now, "next_wake is a time to sleep until");
            self.now = wake;
            self.settle();
        }
        self.now = end;
        self.settle()
    }

    pub(super) fn state(&self) -> KeyState {
        self.keeper.state("id", self.now)
    }

    pub(super) fn unknown(&mut self, key_id: &str) -> Lookup {
        self.keeper.unknown_key("id", key_id, self.now)
    }

    pub(super) fn keys(&self) -> Option<String> {
        let document = self.keeper.keys("id", self.now)?;
        Some(String::from_utf8(document.to_vec()).expect("text"))
    }

    pub(super) fn last_failure(&self) -> Option<String> {
        self.events.iter().rev().find_map(|(_, event)| match event {
            Event::FetchFailed { why, .. } => Some(why.to_string()),
            _ => None,
        })
    }
}

pub(super) fn address(text: &str) -> Address {
    Address::https(text).expect(text)
}

pub(super) fn ok(body: &str) -> Response {
    Response { status: 200, max_age: None, body: body.as_bytes().to_vec() }
}
