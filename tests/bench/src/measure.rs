//! Timing, kept honest: the fastest of several batches, each long enough for the clock.

use std::time::{Duration, Instant};

/// Nanoseconds for one call of `work`, which does `count` of what is measured.
///
/// The fastest batch counts: on a shared machine all noise is slowness.
pub(crate) fn nanoseconds(count: u32, mut work: impl FnMut()) -> f64 {
    let mut rounds = 1u32;
    loop {
        let elapsed = time(rounds, &mut work);
        if elapsed >= BATCH || rounds >= 1 << 24 {
            break;
        }
        let factor = BATCH.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
        rounds = ((f64::from(rounds) * factor.min(16.0)).ceil() as u32).max(rounds + 1);
    }
    let fastest = (0..BATCHES).map(|_| time(rounds, &mut work)).min().unwrap_or_default();
    fastest.as_secs_f64() * 1e9 / f64::from(rounds) / f64::from(count.max(1))
}

fn time(rounds: u32, work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    start.elapsed()
}

const BATCH: Duration = Duration::from_millis(60);
const BATCHES: usize = 7;
