//! What an unknown `kid` may cause. An attacker can make up any number of them, so every
//! collection here is bounded and a fetch is rationed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use vicar_token::UnixSeconds;

use crate::Limits;

/// The unknown `kid`s of one issuer.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnknownKeys {
    /// Times of the fetches caused in the last hour, oldest first; at most the budget.
    fetches: VecDeque<UnixSeconds>,
    /// `kid`s that wait for the fetch under way.
    waiting: BTreeSet<String>,
    /// `kid`s that a fetched set lacked, and when.
    lacking: BTreeMap<String, UnixSeconds>,
}

impl UnknownKeys {
    /// Until when `key_id` is known to be lacking.
    pub(crate) fn lacking_until(
        &self,
        key_id: &str,
        now: UnixSeconds,
        limits: &Limits,
    ) -> Option<UnixSeconds> {
        let since = self.lacking.get(key_id)?;
        Some(since.saturating_add(limits.unknown_key_memory)).filter(|until| *until > now)
    }

    /// Until when no further fetch may be caused; `None`: one may.
    pub(crate) fn spent_until(&self, now: UnixSeconds, limits: &Limits) -> Option<UnixSeconds> {
        let budget = usize::from(limits.unknown_key_budget);
        if budget == 0 {
            return Some(UnixSeconds::MAX);
        }
        let recent = self.fetches.iter().filter(|time| time.saturating_add(HOUR) > now);
        let excess = recent.clone().count().checked_sub(budget)?;
        recent.clone().nth(excess).map(|oldest| oldest.saturating_add(HOUR))
    }

    /// Records that a fetch was caused.
    pub(crate) fn spend(&mut self, now: UnixSeconds, limits: &Limits) {
        while self.fetches.len() >= usize::from(limits.unknown_key_budget).max(1) {
            self.fetches.pop_front();
        }
        self.fetches.push_back(now);
    }

    /// Lets `key_id` wait for the fetch under way, while there is room.
    pub(crate) fn wait(&mut self, key_id: &str) {
        if self.waiting.len() < WAITING {
            self.waiting.insert(key_id.to_owned());
        }
    }

    /// A fetch ended without a set: what waited is asked for again another time.
    pub(crate) fn fetch_failed(&mut self) {
        self.waiting.clear();
    }

    /// A set came that is older than the fetch under way: what it lacks has to be asked for again.
    pub(crate) fn postpone(&mut self, key_ids: &BTreeSet<String>) {
        self.waiting.retain(|key_id| key_ids.contains(key_id));
    }

    /// A set came: remembers what it still lacks, forgets what it has.
    pub(crate) fn fetched(
        &mut self,
        key_ids: &BTreeSet<String>,
        now: UnixSeconds,
        limits: &Limits,
    ) {
        let memory = limits.unknown_key_memory;
        self.lacking.retain(|key_id, since| {
            since.saturating_add(memory) > now && !key_ids.contains(key_id)
        });
        for key_id in std::mem::take(&mut self.waiting) {
            if !key_ids.contains(&key_id) && self.lacking.len() < limits.unknown_keys {
                self.lacking.insert(key_id, now);
            }
        }
    }

    /// A clock set back must not lengthen any of these times.
    pub(crate) fn not_after(&mut self, now: UnixSeconds) {
        let times = self.fetches.iter_mut().chain(self.lacking.values_mut());
        for time in times {
            *time = now.min(*time);
        }
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 3] {
        [self.fetches.len(), self.waiting.len(), self.lacking.len()]
    }
}

/// Most `kid`s that wait for one fetch; further ones ask again after it.
const WAITING: usize = 16;

const HOUR: u64 = 3600;
