//! What an answer means for the flow.

mod device;
mod done;
mod refused;

use vicar_token::{Object, UnixSeconds};

use super::{Machine, hop::Hop};
use crate::{
    Carriage, HttpResponse, Problem, Step,
    answer::{self, Answer},
};

impl Machine {
    /// The answer to a hop.
    pub(super) fn answered(
        &mut self,
        hop: Hop,
        response: Result<HttpResponse, Carriage>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let Some(response) = self.carried(response)? else {
            return self.fail_in_passing("there was no answer", None, now);
        };
        match answer::open(&response, self.spec.limits.max_answer_bytes)? {
            Answer::Busy(status) => {
                let last = format!("status {status}");
                self.fail_in_passing(&last, response.retry_at(now), now)
            }
            Answer::Refused(error) => self.refused(hop, error, response.retry_at(now), now),
            Answer::Success(object) => self.granted(hop, object, now),
        }
    }

    fn granted(&mut self, hop: Hop, object: Object, now: UnixSeconds) -> Result<Step, Problem> {
        match hop {
            Hop::AgentExchange | Hop::BlueprintExchange => {
                self.exchange_token_granted(hop, object, now)
            }
            Hop::DeviceAuthorization => self.device_code_granted(object, now),
            Hop::DevicePoll | Hop::Last => self.token_granted(object, now),
            Hop::GrantIssue => self.grant_issued(object, now),
        }
    }
}
