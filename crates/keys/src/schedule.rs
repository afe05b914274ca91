//! When to try again. Times are `since` + `seconds`, so that a clock that is set back can be
//! taken into account.

use vicar_token::UnixSeconds;

use crate::Limits;

/// A pause that began at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    since: UnixSeconds,
    seconds: u64,
}

impl Pause {
    pub(crate) fn new(since: UnixSeconds, seconds: u64) -> Self {
        Self { since, seconds }
    }

    pub(crate) fn ends(self) -> UnixSeconds {
        self.since.saturating_add(self.seconds)
    }

    /// A clock set back must not lengthen the pause.
    pub(crate) fn not_after(&mut self, now: UnixSeconds) {
        self.since = self.since.min(now);
    }
}

/// Source of the small differences that keep many hosts from asking at the same moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter {
    state: u64,
}

impl Jitter {
    /// The same seed and issuer give the same sequence.
    pub(crate) fn new(seed: u64, issuer: &str) -> Self {
        let state = issuer.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { state }
    }

    /// A number from 0 to `most`. SplitMix64: spread, not secrecy, is what is wanted.
    fn up_to(&mut self, most: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(most.saturating_add(1)).unwrap_or_default()
    }
}

/// Seconds until the next scheduled fetch after a success: `refresh` or the shorter `max-age`,
/// less up to a tenth.
pub(crate) fn refresh_pause(max_age: Option<u64>, limits: &Limits, jitter: &mut Jitter) -> u64 {
    let wished = max_age.unwrap_or(limits.refresh).min(limits.refresh);
    let early = jitter.up_to(wished / 10);
    wished.saturating_sub(early).max(limits.shortest_refresh)
}

/// Seconds until the next try after the `failures`th failure in a row: `cool_down`, doubled each
/// time up to `longest_pause`, plus up to a quarter.
pub(crate) fn failure_pause(failures: u32, limits: &Limits, jitter: &mut Jitter) -> u64 {
    let doublings = failures.saturating_sub(1).min(32);
    let pause = limits.cool_down.saturating_mul(1 << doublings).min(limits.longest_pause);
    pause.saturating_add(jitter.up_to(pause / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_after_failures_double_up_to_the_longest() {
        let limits = Limits::default();
        let mut jitter = Jitter::new(1, "entra");
        let mut floor = limits.cool_down;
        for failures in 1..100 {
            let pause = failure_pause(failures, &limits, &mut jitter);
            assert!((floor..=floor + floor / 4).contains(&pause), "{failures}: {pause}");
            floor = (floor * 2).min(limits.longest_pause);
        }
    }

    #[test]
    fn an_answers_max_age_shortens_the_refresh_within_bounds() {
        let limits = Limits::default();
        let mut jitter = Jitter::new(1, "entra");
        let mut pause = |max_age| refresh_pause(max_age, &limits, &mut jitter);
        assert_eq!(pause(Some(0)), limits.shortest_refresh);
        assert!((3240..=3600).contains(&pause(Some(3600))));
        for max_age in [None, Some(limits.refresh), Some(u64::MAX)] {
            assert!((limits.refresh * 9 / 10..=limits.refresh).contains(&pause(max_age)));
        }
    }

    #[test]
    fn jitter_depends_on_seed_and_issuer_only() {
        let draw = |seed, issuer| {
            let mut jitter = Jitter::new(seed, issuer);
            [0; 8].map(|_| jitter.up_to(1_000_000))
        };
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_eq!(Jitter::new(1, "a").up_to(0), 0);
        Jitter::new(1, "a").up_to(u64::MAX);
    }
}
