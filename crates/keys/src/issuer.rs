//! One watched issuer that keys are fetched for.

use std::{collections::BTreeSet, sync::Arc};

use vicar_token::UnixSeconds;

use crate::{
    Address, FetchError, KeyState, Limits, Lookup, RequestId, Response,
    document::{KeySetFacts, read_key_set, read_metadata, success},
    schedule::{Jitter, Pause, failure_pause, refresh_pause},
    unknown::UnknownKeys,
};

/// Where a fetch begins.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    KeySet(Address),
    Metadata { address: Address, issuers: Vec<String> },
}

/// One issuer's schedule, last good set and fetch under way.
#[derive(Clone, Debug)]
pub(crate) struct RemoteIssuer {
    origin: Origin,
    /// The key set's address as recent metadata named it, and since when.
    named: Option<(Address, UnixSeconds)>,
    fetch: Fetch,
    good: Option<GoodSet>,
    /// When the set that expired was fetched.
    expired: Option<UnixSeconds>,
    pause: Pause,
    failures: u32,
    /// When the last fetch began.
    began: Option<UnixSeconds>,
    /// An unknown `kid` was granted a fetch that has not begun.
    urgent: bool,
    unknown: UnknownKeys,
    jitter: Jitter,
}

/// A set in use.
#[derive(Clone, Debug)]
pub(crate) struct GoodSet {
    pub(crate) document: Arc<[u8]>,
    key_ids: BTreeSet<String>,
    fetched: UnixSeconds,
}

/// INVARIANT: at most one request is under way, because this holds at most one.
#[derive(Clone, Debug)]
enum Fetch {
    /// Nothing under way.
    Idle,
    /// Metadata named this address; it is asked next.
    Named(Address),
    /// A request is under way.
    Sent { id: RequestId, address: Address, step: Step, deadline: UnixSeconds },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    KeySet,
    Metadata,
}

/// How a fetch step ended.
pub(crate) enum Outcome {
    Failed {
        address: Address,
        why: FetchError,
        next_try: UnixSeconds,
    },
    /// Metadata was read; the key set is asked for next.
    Named,
    Replaced {
        document: Arc<[u8]>,
        facts: KeySetFacts,
    },
    Unchanged,
}

impl RemoteIssuer {
    pub(crate) fn new(origin: Origin, now: UnixSeconds, jitter: Jitter) -> Self {
        Self {
            origin,
            named: None,
            fetch: Fetch::Idle,
            good: None,
            expired: None,
            pause: Pause::new(now, 0),
            failures: 0,
            began: None,
            urgent: false,
            unknown: UnknownKeys::default(),
            jitter,
        }
    }

    /// Takes a clock that was set back into account: nothing that happened lies in the future,
    /// or a key set would outlive its limit.
    pub(crate) fn not_after(&mut self, now: UnixSeconds, limits: &Limits) {
        self.pause.not_after(now);
        self.unknown.not_after(now);
        let good = self.good.as_mut().map(|good| &mut good.fetched);
        let named = self.named.as_mut().map(|(_, since)| since);
        for time in [good, named, self.began.as_mut(), self.expired.as_mut()].into_iter().flatten()
        {
            *time = now.min(*time);
        }
        if let Fetch::Sent { deadline, .. } = &mut self.fetch {
            *deadline = (*deadline).min(now.saturating_add(limits.request_time));
        }
    }

    /// Drops the set in use when it is too old.
    pub(crate) fn expire(&mut self, now: UnixSeconds, limits: &Limits) -> bool {
        let Some(old) = self.good.take_if(|good| good.expires(limits) <= now) else {
            return false;
        };
        self.expired = Some(old.fetched);
        true
    }

    /// Ends a request whose deadline has passed.
    pub(crate) fn time_out(&mut self, now: UnixSeconds, limits: &Limits) -> Option<Outcome> {
        match &self.fetch {
            Fetch::Sent { deadline, address, .. } if *deadline <= now => {
                let address = address.clone();
                Some(self.fail(address, FetchError::Unanswered, now, limits))
            }
            _ => None,
        }
    }

    /// The next request's address, if one is due; it counts as sent under `id`.
    pub(crate) fn send(
        &mut self,
        id: RequestId,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Option<(Address, UnixSeconds)> {
        let (address, step) = match &self.fetch {
            Fetch::Sent { .. } => return None,
            Fetch::Named(address) => (address.clone(), Step::KeySet),
            Fetch::Idle if self.due() <= now => {
                self.urgent = false;
                self.began = Some(now);
                self.first_step(now, limits)
            }
            Fetch::Idle => return None,
        };
        let deadline = now.saturating_add(limits.request_time);
        self.fetch = Fetch::Sent { id, address: address.clone(), step, deadline };
        Some((address, deadline))
    }

    /// Whether `id` is the request under way.
    pub(crate) fn awaits(&self, id: RequestId) -> bool {
        matches!(self.fetch, Fetch::Sent { id: sent, .. } if sent == id)
    }

    /// Takes the answer to the request under way.
    pub(crate) fn answer(
        &mut self,
        answer: Result<Response, FetchError>,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Option<Outcome> {
        let Fetch::Sent { address, step, .. } = std::mem::replace(&mut self.fetch, Fetch::Idle)
        else {
            return None;
        };
        let max_age = answer.as_ref().ok().and_then(|response| response.max_age);
        let body = answer.and_then(success);
        let read = match (step, &self.origin) {
            (Step::Metadata, Origin::Metadata { issuers, .. }) => body
                .and_then(|body| read_metadata(&body, &address, issuers, limits))
                .map(|named| self.name(named, now)),
            _ => body
                .and_then(|body| read_key_set(&body, limits).map(|facts| (body, facts)))
                .map(|(body, facts)| self.replace(body, facts, max_age, now, limits)),
        };
        Some(read.unwrap_or_else(|why| self.fail(address, why, now, limits)))
    }

    /// Takes a set that somebody else fetched at `fetched`, when it is newer than the own one. A
    /// fetch of ours that began no later is thereby answered.
    pub(crate) fn learn(
        &mut self,
        body: Vec<u8>,
        facts: KeySetFacts,
        fetched: UnixSeconds,
        limits: &Limits,
    ) -> Option<Outcome> {
        if self.good.as_ref().is_some_and(|good| good.fetched >= fetched) {
            return None;
        }
        let newer = self.began.is_none_or(|began| began <= fetched);
        if newer {
            self.fetch = Fetch::Idle;
            self.urgent = false;
            self.began = Some(fetched);
        } else {
            // What waits for the fetch under way is not lacking in a set older than the fetch.
            self.unknown.postpone(&facts.key_ids);
        }
        Some(self.replace(body, facts, None, fetched, limits))
    }

    /// What a token with an unknown `kid` may cause.
    pub(crate) fn unknown_key(
        &mut self,
        key_id: &str,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Lookup {
        if self.good.as_ref().is_some_and(|good| good.key_ids.contains(key_id)) {
            return Lookup::Known;
        }
        if key_id.len() > LONGEST_KEY_ID {
            return Lookup::Refused { until: now.saturating_add(limits.unknown_key_memory) };
        }
        if let Some(until) = self.unknown.lacking_until(key_id, now, limits) {
            return Lookup::Refused { until };
        }
        let under_way = !matches!(self.fetch, Fetch::Idle) || self.due() <= now;
        if !under_way && let Some(until) = self.pause_for_unknown(now, limits) {
            return Lookup::Refused { until };
        }
        if !under_way {
            self.unknown.spend(now, limits);
            self.urgent = true;
        }
        self.unknown.wait(key_id);
        Lookup::Fetching
    }

    pub(crate) fn state(&self, now: UnixSeconds, limits: &Limits) -> KeyState {
        match (&self.good, self.expired) {
            (Some(good), _) => {
                let age = now.saturating_sub(good.fetched);
                if good.expires(limits) <= now {
                    KeyState::Expired { age }
                } else if self.failures == 0 && self.pause.ends() > now {
                    KeyState::Fresh { age }
                } else {
                    KeyState::Stale { age }
                }
            }
            (None, Some(fetched)) => KeyState::Expired { age: now.saturating_sub(fetched) },
            (None, None) => KeyState::Missing,
        }
    }

    /// The set in use, unless it is too old.
    pub(crate) fn good(&self, now: UnixSeconds, limits: &Limits) -> Option<&GoodSet> {
        self.good.as_ref().filter(|good| good.expires(limits) > now)
    }

    /// When this issuer next needs `poll`.
    pub(crate) fn next_wake(&self, limits: &Limits) -> UnixSeconds {
        let step = match &self.fetch {
            Fetch::Idle => self.due(),
            Fetch::Named(_) => 0,
            Fetch::Sent { deadline, .. } => *deadline,
        };
        let expiry = self.good.as_ref().map_or(UnixSeconds::MAX, |good| good.expires(limits));
        step.min(expiry)
    }

    fn due(&self) -> UnixSeconds {
        if self.urgent { 0 } else { self.pause.ends() }
    }

    /// Until when an unknown `kid` may not cause a fetch: after a failure the issuer is left alone
    /// for the whole pause; else for a short one and within an hourly budget.
    fn pause_for_unknown(&self, now: UnixSeconds, limits: &Limits) -> Option<UnixSeconds> {
        if self.failures > 0 {
            return Some(self.pause.ends());
        }
        let rested = self.began.map(|began| began.saturating_add(limits.unknown_key_pause));
        rested.filter(|until| *until > now).max(self.unknown.spent_until(now, limits))
    }

    /// Metadata is asked again with every scheduled refresh, but an unknown `kid` goes straight
    /// to the key set that recent metadata named.
    fn first_step(&self, now: UnixSeconds, limits: &Limits) -> (Address, Step) {
        match (&self.origin, &self.named) {
            (Origin::KeySet(address), _) => (address.clone(), Step::KeySet),
            (Origin::Metadata { .. }, Some((named, since)))
                if self.pause.ends() > now && since.saturating_add(limits.refresh) > now =>
            {
                (named.clone(), Step::KeySet)
            }
            (Origin::Metadata { address, .. }, _) => (address.clone(), Step::Metadata),
        }
    }

    fn name(&mut self, named: Address, now: UnixSeconds) -> Outcome {
        self.named = Some((named.clone(), now));
        self.fetch = Fetch::Named(named);
        Outcome::Named
    }

    fn replace(
        &mut self,
        body: Vec<u8>,
        facts: KeySetFacts,
        max_age: Option<u64>,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Outcome {
        self.failures = 0;
        self.expired = None;
        self.pause = Pause::new(now, refresh_pause(max_age, limits, &mut self.jitter));
        self.unknown.fetched(&facts.key_ids, now, limits);
        if let Some(good) = &mut self.good
            && *good.document == *body
        {
            good.fetched = now;
            return Outcome::Unchanged;
        }
        let document: Arc<[u8]> = body.into();
        let key_ids = facts.key_ids.clone();
        self.good = Some(GoodSet { document: Arc::clone(&document), key_ids, fetched: now });
        Outcome::Replaced { document, facts }
    }

    fn fail(
        &mut self,
        address: Address,
        why: FetchError,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Outcome {
        self.fetch = Fetch::Idle;
        self.failures = self.failures.saturating_add(1);
        self.unknown.fetch_failed();
        self.pause = Pause::new(now, failure_pause(self.failures, limits, &mut self.jitter));
        Outcome::Failed { address, why, next_try: self.pause.ends() }
    }

    #[cfg(test)]
    pub(crate) fn unknown_sizes(&self) -> [usize; 3] {
        self.unknown.sizes()
    }
}

impl GoodSet {
    fn expires(&self, limits: &Limits) -> UnixSeconds {
        self.fetched.saturating_add(limits.oldest)
    }
}

/// Longest `kid` that is looked up, in bytes; issuers use hashes and short names.
const LONGEST_KEY_ID: usize = 256;
