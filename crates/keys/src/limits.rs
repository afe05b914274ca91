//! How often, how large, how old.

use crate::error::LimitsError;

/// The limits of a [`KeyKeeper`](crate::KeyKeeper). All times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time between two scheduled fetches. Default: a day, as Entra's documents ask. An answer's
    /// `max-age` may shorten it, never lengthen it.
    pub refresh: u64,
    /// Shortest time between two scheduled fetches, whatever `max-age` says. Default: 5 minutes.
    pub shortest_refresh: u64,
    /// Pause after a failed fetch; doubles with each further failure. At least 60. Default: 60.
    pub cool_down: u64,
    /// Longest pause after failures. Default: an hour.
    pub longest_pause: u64,
    /// Age at which the last good set is dropped, whether or not the issuer answers: a key that
    /// was withdrawn is believed no longer than this. Default: 48 hours, so that an issuer may be
    /// out of reach for a whole day beyond a missed refresh.
    pub oldest: u64,
    /// Shortest time between two fetches when a `kid` is unknown. At least 30. Default: 30.
    pub unknown_key_pause: u64,
    /// Most fetches an hour, an issuer, because of unknown `kid`s. Default: 12.
    pub unknown_key_budget: u16,
    /// How long a `kid` that a fresh set lacks is refused without asking. Default: 10 minutes.
    pub unknown_key_memory: u64,
    /// Most `kid`s remembered as unknown, an issuer. Default: 256.
    pub unknown_keys: usize,
    /// Time that one request may take. Default: 10.
    pub request_time: u64,
    /// Largest accepted document, in bytes. Default: 256 KiB, which is also the most that
    /// `vicar-token` reads.
    pub max_bytes: usize,
    /// Most keys in a set. Default: 100.
    pub max_keys: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            refresh: 24 * 3600,
            shortest_refresh: 300,
            cool_down: 60,
            longest_pause: 3600,
            oldest: 48 * 3600,
            unknown_key_pause: 30,
            unknown_key_budget: 12,
            unknown_key_memory: 600,
            unknown_keys: 256,
            request_time: 10,
            max_bytes: 256 * 1024,
            max_keys: 100,
        }
    }
}

impl Limits {
    /// Refuses limits that would hammer an issuer or drop keys before they are refreshed.
    pub(crate) fn check(&self) -> Result<(), LimitsError> {
        let rules = [
            ("cool_down", self.cool_down, self.cool_down >= 60, "at least 60 seconds"),
            (
                "shortest_refresh",
                self.shortest_refresh,
                self.shortest_refresh >= self.cool_down,
                "at least `cool_down`",
            ),
            (
                "refresh",
                self.refresh,
                self.refresh >= self.shortest_refresh,
                "at least `shortest_refresh`",
            ),
            ("oldest", self.oldest, self.oldest > self.refresh, "more than `refresh`"),
            (
                "longest_pause",
                self.longest_pause,
                self.longest_pause >= self.cool_down,
                "at least `cool_down`",
            ),
            (
                "unknown_key_pause",
                self.unknown_key_pause,
                self.unknown_key_pause >= 30,
                "at least 30 seconds",
            ),
            ("request_time", self.request_time, self.request_time > 0, "at least 1 second"),
        ];
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((setting, seen, _, wanted)) => Err(LimitsError { setting, seen, wanted }),
            None => Ok(()),
        }
    }
}
