//! The lab's time.

use std::{fmt, time::SystemTime};

/// A clock.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Seconds since 1970.
    fn now(&self) -> u64;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs())
    }
}

/// What was done to the clock through the control endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Adjustment {
    /// Nothing.
    #[default]
    None,
    /// It goes wrong by so many seconds.
    Skewed(i64),
    /// It stands still.
    Set(u64),
}

impl Adjustment {
    pub(super) fn apply(self, now: u64) -> u64 {
        match self {
            Self::None => now,
            Self::Skewed(seconds) => now.saturating_add_signed(seconds),
            Self::Set(time) => time,
        }
    }
}
