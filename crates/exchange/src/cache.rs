//! Tokens kept by everything they depend on, with one flight a key.
//!
//! The cache neither waits nor runs anything. A host keeps it behind a lock and asks before each
//! exchange:
//!
//! ```
//! use vicar_exchange::cache::{Cache, CacheKey, CacheLimits, Look};
//! # use vicar_exchange::digest::Digest;
//!
//! # fn key() -> CacheKey { CacheKey::from_parts(["a"], None, None) }
//! let mut cache: Cache<&str, String> = Cache::new(CacheLimits::default(), Digest::of(b"policy"));
//! let now = 1_790_000_000;
//! let Look::Lead(flight) = cache.look(&key(), now) else { panic!() };
//!
//! // Whoever comes meanwhile follows: a future that is ready when the flight has ended.
//! let Look::Follow(follow) = cache.look(&key(), now) else { panic!() };
//! assert!(!follow.is_over());
//!
//! // The leader runs the exchange and lands it.
//! assert!(cache.land(flight, "token", now + 3600, now));
//! assert!(follow.is_over());
//! assert!(matches!(cache.look(&key(), now), Look::Hit("token")));
//! ```

mod flight;
mod key;

use std::{collections::BTreeMap, sync::Arc};

use vicar_token::UnixSeconds;

use crate::digest::Digest;

pub use flight::{Flight, Follow, Landing};
pub use key::CacheKey;

use flight::Shared;

/// Bounds of a cache. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Most keys, those in flight included; the one unused for longest goes first.
    pub entries: usize,
    /// How long a leader may take before another caller leads.
    pub flight_seconds: u64,
    /// A token is not handed out when it ends within this time.
    pub margin: u64,
    /// How long before its end a token is replaced; at most a fifth of its life.
    pub refresh_ahead: u64,
}

impl Default for CacheLimits {
    /// 10,000 keys, 60 s a flight, 30 s of margin, replaced 300 s ahead.
    fn default() -> Self {
        Self { entries: 10_000, flight_seconds: 60, margin: 30, refresh_ahead: 300 }
    }
}

/// What a caller gets.
#[derive(Debug)]
#[must_use]
pub enum Look<T, E> {
    /// The last exchange of this key failed, and it is too early for another.
    Failed(E),
    /// Someone else is at it: wait for the end of the flight.
    Follow(Follow<E>),
    /// A token.
    Hit(T),
    /// Run the exchange, then [`Cache::land`] or [`Cache::fail`] it.
    Lead(Flight<E>),
    /// A token that is still good, and the lead of its replacement: serve the one, run the other.
    Refresh(T, Flight<E>),
}

/// Tokens (or whatever a host makes of them) by key.
#[derive(Debug)]
pub struct Cache<T, E> {
    limits: CacheLimits,
    policy: Digest,
    slots: BTreeMap<Digest, Slot<T, E>>,
    /// Keys by their last use: the first has been unused for longest.
    uses: BTreeMap<u64, Digest>,
    next_use: u64,
}

#[derive(Debug)]
struct Slot<T, E> {
    entry: Option<Entry<T>>,
    failure: Option<(E, UnixSeconds)>,
    flight: Option<(Arc<Shared<E>>, UnixSeconds)>,
    subject: Option<Digest>,
    not_after: Option<UnixSeconds>,
    used: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    refresh_at: UnixSeconds,
    dead_at: UnixSeconds,
}

impl<T: Clone, E: Clone> Cache<T, E> {
    /// An empty cache, for tokens permitted by the policy of this digest.
    pub const fn new(limits: CacheLimits, policy: Digest) -> Self {
        Self { limits, policy, slots: BTreeMap::new(), uses: BTreeMap::new(), next_use: 0 }
    }

    /// What there is for `key`.
    pub fn look(&mut self, key: &CacheKey, now: UnixSeconds) -> Look<T, E> {
        let seconds = self.limits.flight_seconds;
        let slot = self.slot(key);
        slot.let_time_pass(now);
        let good = slot.entry.as_ref().map(|entry| (entry.value.clone(), entry.refresh_at <= now));
        match (good, &slot.flight, &slot.failure) {
            (Some((value, false)), ..) | (Some((value, true)), Some(_), _) => Look::Hit(value),
            (Some((value, true)), None, _) => {
                Look::Refresh(value, slot.take_off(*key.digest(), seconds, now))
            }
            (None, Some((shared, _)), _) => Look::Follow(Follow::new(Arc::clone(shared))),
            (None, None, Some((failure, _))) => Look::Failed(failure.clone()),
            (None, None, None) => Look::Lead(slot.take_off(*key.digest(), seconds, now)),
        }
    }

    /// Ends a flight with a token that ends at `expires_at`, and releases the followers. It is
    /// not kept (and `false` returned) when the flight was overtaken: by a later leader, a change
    /// of policy, or [`forget`](Self::forget).
    pub fn land(
        &mut self,
        flight: Flight<E>,
        value: T,
        expires_at: UnixSeconds,
        now: UnixSeconds,
    ) -> bool {
        let CacheLimits { margin, refresh_ahead, .. } = self.limits;
        let Some(slot) = self.slots.get_mut(flight.key()).filter(|slot| slot.is_led_by(&flight))
        else {
            return false;
        };
        let life = expires_at.saturating_sub(now);
        let refresh_at = expires_at.saturating_sub(refresh_ahead.min(life / 5));
        let dead_at = expires_at
            .saturating_sub(margin.min(life / 5))
            .min(slot.not_after.unwrap_or(UnixSeconds::MAX));
        slot.flight = None;
        slot.failure = None;
        slot.entry = Some(Entry { value, refresh_at, dead_at });
        // Dropped last: whoever is released finds the token.
        drop(flight);
        true
    }

    /// Ends a flight without a token. Followers get `failure`; later callers do so until
    /// `hold_until`, or are served the token that was to be replaced.
    pub fn fail(&mut self, flight: Flight<E>, failure: E, hold_until: UnixSeconds) {
        if let Some(slot) = self.slots.get_mut(flight.key()).filter(|slot| slot.is_led_by(&flight))
        {
            slot.flight = None;
            if let Some(entry) = &mut slot.entry {
                entry.refresh_at = entry.refresh_at.max(hold_until);
            }
            slot.failure = Some((failure.clone(), hold_until));
        }
        flight.fail(failure);
    }

    /// Drops what is kept for `key`: the resource refused it, or answered with a claims
    /// challenge. A flight under way is not stored.
    pub fn forget(&mut self, key: &CacheKey) {
        if let Some(slot) = self.slots.remove(key.digest()) {
            self.uses.remove(&slot.used);
        }
    }

    /// Drops what is kept for a user assertion or an agent's user: the user was disabled, signed
    /// out, or challenged.
    pub fn forget_subject(&mut self, subject: &Digest) {
        let uses = &mut self.uses;
        self.slots.retain(|_, slot| {
            let keep = slot.subject.as_ref() != Some(subject);
            if !keep {
                uses.remove(&slot.used);
            }
            keep
        });
    }

    /// Another policy is in force: nothing permitted by the old one is kept.
    pub fn adopt_policy(&mut self, policy: Digest) {
        if self.policy != policy {
            self.policy = policy;
            self.slots.clear();
            self.uses.clear();
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The slot of a key, now the one used last.
    fn slot(&mut self, key: &CacheKey) -> &mut Slot<T, E> {
        if !self.slots.contains_key(key.digest()) {
            self.make_room();
        }
        self.next_use = self.next_use.saturating_add(1);
        let used = self.next_use;
        let slot = self.slots.entry(*key.digest()).or_insert_with(|| Slot {
            entry: None,
            failure: None,
            flight: None,
            subject: key.subject().copied(),
            not_after: key.not_after(),
            used,
        });
        self.uses.remove(&slot.used);
        slot.used = used;
        self.uses.insert(used, *key.digest());
        slot
    }

    fn make_room(&mut self) {
        while self.slots.len() >= self.limits.entries.max(1) {
            let Some((_, key)) = self.uses.pop_first() else { break };
            self.slots.remove(&key);
        }
    }
}

impl<T, E> Slot<T, E> {
    /// What has ended is dropped: entries, failures, and flights whose leader is gone or late.
    fn let_time_pass(&mut self, now: UnixSeconds) {
        self.entry.take_if(|entry| entry.dead_at <= now);
        self.failure.take_if(|(_, until)| *until <= now);
        self.flight.take_if(|(shared, until)| *until <= now || shared.is_over());
    }

    fn take_off(&mut self, key: Digest, seconds: u64, now: UnixSeconds) -> Flight<E> {
        let flight = Flight::new(key);
        self.flight = Some((flight.shared(), now.saturating_add(seconds)));
        flight
    }

    fn is_led_by(&self, flight: &Flight<E>) -> bool {
        self.flight.as_ref().is_some_and(|(shared, _)| flight.is(shared))
    }
}
