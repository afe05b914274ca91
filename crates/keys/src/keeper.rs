//! The machine: every watched issuer, one queue of outputs.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use vicar_token::UnixSeconds;

use crate::{
    Event, FetchError, FetchFailure, Limits, LimitsError, Output, Request, RequestId, Response,
    Source, WatchError,
    document::read_key_set,
    issuer::{Origin, Outcome, RemoteIssuer},
    schedule::Jitter,
};

/// Keeps the keys of every watched issuer current.
///
/// The loop of a host: call any verb, drain [`poll`](Self::poll) until `None`, carry out the
/// requests it gave, sleep until [`next_wake`](Self::next_wake) or an answer.
#[derive(Clone, Debug)]
pub struct KeyKeeper {
    limits: Limits,
    seed: u64,
    next_request: u64,
    issuers: BTreeMap<String, Watched>,
    events: VecDeque<Event>,
}

/// Whether an answer was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No request of this id is under way (answered already, or past its deadline).
    Ignored,
    /// The answer was taken; [`KeyKeeper::poll`] says what follows.
    Taken,
}

/// What a token with an unknown `kid` can hope for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A fetch is under way or due: the token may be tried again after it.
    Fetching,
    /// The set in use has this key after all.
    Known,
    /// The set is part of the bundle, or the issuer is not watched: nothing will change.
    Never,
    /// No fetch before this time: refuse the token.
    Refused {
        /// When asking again makes sense.
        until: UnixSeconds,
    },
}

/// How good an issuer's keys are. Ages are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The last set passed the hard age limit and is not used.
    Expired {
        /// Since it was fetched.
        age: u64,
    },
    /// The set is part of the bundle.
    Fixed,
    /// Fetched, and no refresh is due.
    Fresh {
        /// Since it was fetched.
        age: u64,
    },
    /// Never fetched, or the issuer is not watched.
    Missing,
    /// Usable, but a refresh is due or has failed.
    Stale {
        /// Since it was fetched.
        age: u64,
    },
}

#[derive(Clone, Debug)]
enum Watched {
    Fixed(Arc<[u8]>),
    Remote(Box<RemoteIssuer>),
}

impl KeyKeeper {
    /// A machine without issuers. `seed` decides the small differences in its schedule; give each
    /// host its own.
    ///
    /// # Errors
    /// [`LimitsError`] when a limit is below its floor or contradicts another.
    pub fn new(limits: Limits, seed: u64) -> Result<Self, LimitsError> {
        limits.check()?;
        let (issuers, events) = (BTreeMap::new(), VecDeque::new());
        Ok(Self { limits, seed, next_request: 0, issuers, events })
    }

    /// Begins to watch `issuer` (the bundle's name of it). An inline set is in use at once; any
    /// other is due now.
    ///
    /// # Errors
    /// [`WatchError`] when the name is taken or an inline set is unusable.
    pub fn watch(
        &mut self,
        issuer: &str,
        source: Source,
        now: UnixSeconds,
    ) -> Result<(), WatchError> {
        if self.issuers.contains_key(issuer) {
            return Err(WatchError::Twice { issuer: issuer.to_owned() });
        }
        let origin = match source {
            Source::Inline(document) => return self.fix(issuer, document),
            Source::JwksUri(address) => Origin::KeySet(address),
            Source::Metadata { address, issuers } => Origin::Metadata { address, issuers },
        };
        let jitter = Jitter::new(self.seed, issuer);
        let remote = Box::new(RemoteIssuer::new(origin, now, jitter));
        self.issuers.insert(issuer.to_owned(), Watched::Remote(remote));
        Ok(())
    }

    /// What the host has to do or know next; `None` until [`next_wake`](Self::next_wake).
    pub fn poll(&mut self, now: UnixSeconds) -> Option<Output> {
        self.advance(now);
        if let Some(event) = self.events.pop_front() {
            return Some(Output::Event(event));
        }
        let id = RequestId(self.next_request);
        let limits = &self.limits;
        let (issuer, (address, deadline)) = remotes(&mut self.issuers)
            .find_map(|(name, remote)| Some((name, remote.send(id, now, limits)?)))?;
        let (issuer, max_bytes) = (issuer.to_owned(), limits.max_bytes);
        self.next_request = self.next_request.saturating_add(1);
        Some(Output::Request(Request { id, issuer, address, max_bytes, deadline }))
    }

    /// Hands in the answer to a request.
    pub fn respond(
        &mut self,
        id: RequestId,
        now: UnixSeconds,
        answer: Result<Response, FetchFailure>,
    ) -> Delivery {
        // An answer past its deadline must find the request gone.
        self.advance(now);
        let Some((name, remote)) = remotes(&mut self.issuers).find(|(_, remote)| remote.awaits(id))
        else {
            return Delivery::Ignored;
        };
        let answer = answer.map_err(FetchError::Carriage);
        let outcome = remote.answer(answer, now, &self.limits);
        self.events.extend(outcome.and_then(|outcome| event(name, outcome)));
        Delivery::Taken
    }

    /// Hands in a key set that another host of the same issuer fetched at `fetched`: of many
    /// workers on one machine, one asks the issuer and the others learn. Taken when it is newer
    /// than the set in use and within the hard age limit.
    ///
    /// # Errors
    /// [`FetchError`] when the document is not a usable key set.
    pub fn learn(
        &mut self,
        issuer: &str,
        document: Vec<u8>,
        fetched: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<Delivery, FetchError> {
        self.advance(now);
        let Some((name, remote)) = remotes(&mut self.issuers).find(|(name, _)| *name == issuer)
        else {
            return Ok(Delivery::Ignored);
        };
        let fetched = fetched.min(now);
        if fetched.saturating_add(self.limits.oldest) <= now {
            return Ok(Delivery::Ignored);
        }
        let facts = read_key_set(&document, &self.limits)?;
        let Some(outcome) = remote.learn(document, facts, fetched, &self.limits) else {
            return Ok(Delivery::Ignored);
        };
        self.events.extend(event(name, outcome));
        Ok(Delivery::Taken)
    }

    /// Reports a token whose `kid` the gate does not have among `issuer`'s keys.
    pub fn unknown_key(&mut self, issuer: &str, key_id: &str, now: UnixSeconds) -> Lookup {
        self.advance(now);
        match self.issuers.get_mut(issuer) {
            Some(Watched::Remote(remote)) => remote.unknown_key(key_id, now, &self.limits),
            Some(Watched::Fixed(_)) | None => Lookup::Never,
        }
    }

    /// How good `issuer`'s keys are.
    pub fn state(&self, issuer: &str, now: UnixSeconds) -> KeyState {
        match self.issuers.get(issuer) {
            Some(Watched::Fixed(_)) => KeyState::Fixed,
            Some(Watched::Remote(remote)) => remote.state(now, &self.limits),
            None => KeyState::Missing,
        }
    }

    /// The key set in use for `issuer`, as it was sent; `None` when there is none young enough.
    pub fn keys(&self, issuer: &str, now: UnixSeconds) -> Option<Arc<[u8]>> {
        match self.issuers.get(issuer)? {
            Watched::Fixed(document) => Some(Arc::clone(document)),
            Watched::Remote(remote) => {
                remote.good(now, &self.limits).map(|good| Arc::clone(&good.document))
            }
        }
    }

    /// When [`poll`](Self::poll) next has something, if nothing else happens; a time that has
    /// passed means now, `None` means never.
    pub fn next_wake(&self) -> Option<UnixSeconds> {
        if !self.events.is_empty() {
            return Some(0);
        }
        self.issuers
            .values()
            .filter_map(|watched| match watched {
                Watched::Fixed(_) => None,
                Watched::Remote(remote) => Some(remote.next_wake(&self.limits)),
            })
            .min()
    }

    fn fix(&mut self, issuer: &str, document: Vec<u8>) -> Result<(), WatchError> {
        let facts = read_key_set(&document, &self.limits)
            .map_err(|why| WatchError::Inline { issuer: issuer.to_owned(), why })?;
        let document: Arc<[u8]> = document.into();
        let outcome = Outcome::Replaced { document: Arc::clone(&document), facts };
        self.events.extend(event(issuer, outcome));
        self.issuers.insert(issuer.to_owned(), Watched::Fixed(document));
        Ok(())
    }

    /// Lets time pass: requests time out, sets expire.
    fn advance(&mut self, now: UnixSeconds) {
        for (name, remote) in remotes(&mut self.issuers) {
            remote.not_after(now, &self.limits);
            if let Some(outcome) = remote.time_out(now, &self.limits) {
                self.events.extend(event(name, outcome));
            }
            if remote.expire(now, &self.limits) {
                self.events.push_back(Event::KeysExpired { issuer: name.to_owned() });
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn unknown_sizes(&self, issuer: &str) -> [usize; 3] {
        match self.issuers.get(issuer) {
            Some(Watched::Remote(remote)) => remote.unknown_sizes(),
            _ => [0; 3],
        }
    }
}

fn remotes(
    issuers: &mut BTreeMap<String, Watched>,
) -> impl Iterator<Item = (&str, &mut RemoteIssuer)> {
    issuers.iter_mut().filter_map(|(name, watched)| match watched {
        Watched::Fixed(_) => None,
        Watched::Remote(remote) => Some((name.as_str(), &mut **remote)),
    })
}

fn event(issuer: &str, outcome: Outcome) -> Option<Event> {
    let issuer = issuer.to_owned();
    match outcome {
        Outcome::Failed { address, why, next_try } => {
            Some(Event::FetchFailed { issuer, address, why, next_try })
        }
        Outcome::Named => None,
        Outcome::Replaced { document, facts } => {
            let (usable, skipped) = (facts.usable, facts.skipped);
            Some(Event::KeysReplaced { issuer, document, usable, skipped })
        }
        Outcome::Unchanged => Some(Event::KeysUnchanged { issuer }),
    }
}
