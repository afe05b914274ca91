//! Passing failures: when to try again, and when no longer.

use std::time::UNIX_EPOCH;

use vicar_token::UnixSeconds;

use super::{Machine, State};
use crate::{HttpResponse, Problem, Step};

impl Machine {
    /// Waits before the same hop is tried again, or gives up.
    ///
    /// Pauses double from one second and are spread up to twice as long, so that clients that
    /// failed together do not return together.
    pub(super) fn fail_in_passing(
        &mut self,
        last: &str,
        retry_at: Option<UnixSeconds>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        self.progress.failures = self.progress.failures.saturating_add(1);
        let failures = self.progress.failures;
        let least = 1_u64 << failures.saturating_sub(1).min(6);
        let pause = self.random.between(least, least.saturating_mul(2));
        let until = now.saturating_add(pause).max(retry_at.unwrap_or_default());
        if failures >= self.spec.limits.attempts || until >= self.deadline {
            let last = last.to_owned();
            return Err(Problem::Unavailable { attempts: failures, retry_at, last });
        }
        self.state = State::Paused(until);
        Ok(Step::Wait { until })
    }

    /// Until when a request sent now may take.
    pub(super) fn request_deadline(&self, now: UnixSeconds) -> UnixSeconds {
        now.saturating_add(self.spec.limits.request_seconds).min(self.deadline)
    }
}

/// A `Retry-After` beyond a day is not believed.
const LONGEST_RETRY_AFTER: u64 = 24 * 3600;

impl HttpResponse {
    /// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
    pub(super) fn retry_at(&self, now: UnixSeconds) -> Option<UnixSeconds> {
        let text = self.retry_after.as_deref()?.trim();
        let latest = now.saturating_add(LONGEST_RETRY_AFTER);
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds: u64 = text.parse().unwrap_or(LONGEST_RETRY_AFTER);
            return Some(now.saturating_add(seconds).min(latest));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        let seconds = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Some(seconds.clamp(now, latest))
    }
}
