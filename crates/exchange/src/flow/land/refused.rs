//! A refusal: challenge, another try, or the end.

use vicar_token::UnixSeconds;

use super::{Hop, Machine, Problem, Step};
use crate::{Challenge, Flow, Refusal, answer::OAuthError, entra_error::Class, spec::Grant};

impl Machine {
    pub(super) fn refused(
        &mut self,
        hop: Hop,
        error: OAuthError,
        retry_at: Option<UnixSeconds>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        if hop == Hop::DevicePoll
            && let Some(outcome) = self.device_refused(&error.error, now)
        {
            return outcome;
        }
        let class = error.class();
        if class == Class::Retry {
            let last = format!("`{}` with status {}", error.error.escape_debug(), error.status);
            return self.fail_in_passing(&last, retry_at, now);
        }
        if self.blames_what_was_handed_in(hop, &error, class) {
            self.progress.handed_in = false;
            (self.progress.t1, self.progress.x2) = (None, None);
            return self.go_on(now);
        }
        Err(Problem::Refused(Box::new(self.refusal(hop, error, class))))
    }

    /// Whether a T1 or X2 from a cache may be at fault, which is believed once.
    fn blames_what_was_handed_in(&self, hop: Hop, error: &OAuthError, class: Class) -> bool {
        let by_t1 = hop != Hop::BlueprintExchange && error.error == "invalid_client";
        let by_x2 = hop == Hop::Last && self.progress.x2.is_some() && class == Class::Renew;
        self.progress.handed_in && (by_t1 || by_x2)
    }

    fn refusal(&self, hop: Hop, error: OAuthError, class: Class) -> Refusal {
        let advice = error.advice();
        let class = match class {
            Class::ChallengeUser if !self.has_a_user(hop) => Class::Unattended,
            // Nobody is at a device here.
            Class::Poll => Class::Stop,
            other => other,
        };
        let challenge = match (class, error.claims, &self.spec.flow) {
            (Class::ChallengeUser, Some(claims), Flow::Entra(entra)) => {
                let (origin, tenant) = (entra.authority.origin(), &entra.tenant);
                let authorization_uri = format!("{origin}/{tenant}/oauth2/v2.0/authorize");
                Some(Challenge { claims, authorization_uri })
            }
            _ => None,
        };
        Refusal {
            hop: hop.name(),
            status: error.status,
            error: error.error,
            suberror: error.suberror,
            code: error.codes.first().copied(),
            correlation_id: error.correlation_id,
            trace_id: error.trace_id,
            class,
            advice,
            challenge,
        }
    }

    /// Whether a user stands behind the hop who could sign in again.
    fn has_a_user(&self, hop: Hop) -> bool {
        match &self.spec.flow {
            Flow::Entra(entra) => {
                hop != Hop::BlueprintExchange
                    && hop != Hop::AgentExchange
                    && matches!(
                        entra.grant,
                        Grant::DeviceCode { .. }
                            | Grant::OnBehalfOf { .. }
                            | Grant::PlainOnBehalfOf { .. }
                            | Grant::RefreshOnBehalfOf { .. }
                    )
            }
            Flow::IdentityAssertion(_) | Flow::TokenExchange(_) => true,
        }
    }
}
