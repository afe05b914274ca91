//! What a guest may use.

use std::time::Duration;

/// Limits on one guest instance and on each call into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest linear memory, in bytes.
    pub memory: usize,
    /// Longest time a call may take. Kept by a clock of [`Limits::TICK`], so a call is stopped
    /// at most two ticks late.
    pub deadline: Duration,
}

impl Limits {
    /// How finely deadlines are kept.
    pub const TICK: Duration = Duration::from_millis(5);

    /// The deadline in ticks, rounded up, and one more because a call starts between two ticks.
    pub(crate) fn ticks(&self) -> u64 {
        let ticks = self.deadline.as_nanos().div_ceil(Self::TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX).saturating_add(1)
    }
}

impl Default for Limits {
    /// 64 MiB and one second: far above what any bundle needs, low enough that a runaway guest
    /// hurts nobody else.
    fn default() -> Self {
        Self { memory: 64 << 20, deadline: Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_shorter_than_asked() {
        for (milliseconds, ticks) in [(0, 1), (1, 2), (5, 2), (6, 3), (1000, 201)] {
            let limits =
                Limits { deadline: Duration::from_millis(milliseconds), ..Limits::default() };
            assert_eq!(limits.ticks(), ticks, "{milliseconds} ms");
        }
    }
}
