//! Waiting for a person at another device (RFC 8628 sections 3.3 to 3.5).

use vicar_token::{Object, UnixSeconds};

use super::{Machine, Problem, Step};
use crate::{answer, flow::State, step::DevicePrompt};

/// `slow_down` adds this many seconds to the interval (RFC 8628 section 3.5).
const SLOWER: u64 = 5;

impl Machine {
    pub(super) fn device_code_granted(
        &mut self,
        object: Object,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let device = answer::device_code(object, now)?;
        let poll_at = now.saturating_add(device.interval);
        let prompt = DevicePrompt {
            user_code: device.user_code.clone(),
            verification_uri: device.verification_uri.clone(),
            expires_at: device.expires_at,
            poll_at,
        };
        // From here on the person's time counts.
        self.deadline = device.expires_at;
        self.progress.device = Some(device);
        self.progress.failures = 0;
        self.state = State::Paused(poll_at);
        Ok(Step::Prompt(prompt))
    }

    /// An error that only a device code has; `None` for any other.
    pub(super) fn device_refused(
        &mut self,
        error: &str,
        now: UnixSeconds,
    ) -> Option<Result<Step, Problem>> {
        let device = self.progress.device.as_mut()?;
        let ended = |why| Some(Err(Problem::DeviceCode(why)));
        match error {
            "authorization_pending" => {}
            "slow_down" => device.interval = device.interval.saturating_add(SLOWER),
            "access_denied" | "authorization_declined" => return ended("declined"),
            "bad_verification_code" => return ended("cannot use the device code any more"),
            "code_expired" | "expired_token" => return ended("did not sign in in time"),
            _ => return None,
        }
        let until = now.saturating_add(device.interval);
        if until >= device.expires_at {
            return ended("did not sign in in time");
        }
        self.progress.failures = 0;
        self.state = State::Paused(until);
        Some(Ok(Step::Wait { until }))
    }
}
