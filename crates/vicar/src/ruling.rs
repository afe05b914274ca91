//! A decision that can be recorded and explained without deciding again.

use std::{borrow::Cow, sync::Arc};

use vicar_policy::{EntityUid, PolicyFinding};
use vicar_token::{SignatureVerifier, UnixSeconds};

use crate::{
    Admitted, Call, Decision, Gate, Refusal, Verdict, judge::Judgement, verdict::sentence,
};

/// A token that was admitted, and whether that was known before.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The token with its identity.
    pub admitted: Arc<Admitted>,
    /// Whether it was verified earlier, and not again now.
    pub cached: bool,
}

/// A decision with what led to it, for as long as the gate decides nothing else.
pub struct Ruling<'g, V: SignatureVerifier> {
    gate: &'g Gate<V>,
    judgement: Judgement<'g>,
}

impl<V: SignatureVerifier> Gate<V> {
    /// As [`verify`](Self::verify), and says whether the token was known.
    ///
    /// # Errors
    /// [`Refusal`] with the reason code of the first thing that is wrong.
    pub fn prove(&mut self, token: &str, now: UnixSeconds) -> Result<Proven, Refusal> {
        let before = self.admissions;
        let admitted = self.verify(token, now)?;
        Ok(Proven { admitted, cached: self.admissions == before })
    }

    /// Decides on a call by a token that was admitted before; `call.token` is not looked at. A
    /// token that is no longer within its times is refused.
    pub fn rule(
        &mut self,
        admitted: &Arc<Admitted>,
        call: &Call<'_>,
        now: UnixSeconds,
    ) -> Ruling<'_, V> {
        let verified = match admitted.valid_at(now) {
            true => Ok(Arc::clone(admitted)),
            false => Err(outdated(admitted, now)),
        };
        let judgement = self.rules.judge(call, verified, now, &mut self.evaluation);
        Ruling::new(self, judgement)
    }

    /// The ruling on a call that a host refuses by a rule of its own, so that all refusals are
    /// explained alike.
    pub fn refuse(&mut self, refusal: Refusal, admitted: Option<&Arc<Admitted>>) -> Ruling<'_, V> {
        Ruling::new(self, self.rules.refused(refusal, admitted.cloned()))
    }
}

impl<'g, V: SignatureVerifier> Ruling<'g, V> {
    fn new(gate: &'g Gate<V>, mut judgement: Judgement<'g>) -> Self {
        judgement.decision.status = gate.rules.told(&judgement, "").status;
        Self { gate, judgement }
    }
}

impl<'g, V: SignatureVerifier> Ruling<'g, V> {
    /// The decision.
    pub const fn decision(&self) -> &Decision {
        &self.judgement.decision
    }

    /// `Action::"…"`, when the policies were asked.
    pub fn action(&self) -> Option<&EntityUid> {
        Some(&self.judgement.asked.as_ref()?.action)
    }

    /// What was called, for example `Tool::"…"`, when the policies were asked.
    pub fn resource(&self) -> Option<&EntityUid> {
        Some(&self.judgement.asked.as_ref()?.resource)
    }

    /// Ids of the determining policies, in program order.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let asked = self.judgement.asked.is_some();
        let determining = &self.gate.evaluation.outcome().determining;
        let program = self.gate.rules.bundle.program();
        // Without a question, the evaluation in the gate is an earlier call's.
        determining
            .iter()
            .filter(move |_| asked)
            .filter_map(|index| program.policy(*index))
            .map(|policy| policy.id())
    }

    /// The gate that decided.
    pub const fn gate(&self) -> &Gate<V> {
        self.gate
    }

    /// What each policy saw, when the policies were asked.
    pub(crate) fn findings(&self) -> Option<Cow<'_, [PolicyFinding<'g>]>> {
        let Judgement { decision, asked, .. } = &self.judgement;
        let (admitted, asked) = (decision.admitted.as_deref()?, asked.as_ref()?);
        Some(self.gate.rules.findings(&self.judgement, asked, &admitted.subject))
    }

    /// The sentence of the decision explained; of an allow it is made without evaluating again.
    pub fn sentence(&self, now: UnixSeconds) -> String {
        match (&self.judgement.decision.admitted, &self.judgement.asked) {
            (Some(admitted), Some(asked)) if self.judgement.decision.allowed => {
                let ids: Vec<&str> = self.policies().collect();
                sentence::allowed(admitted.identity(), &ids, &asked.action, &asked.resource)
            }
            _ => self.explain(now).sentence,
        }
    }

    /// The value of `WWW-Authenticate`, with `sentence` as its description, where the status calls
    /// for one.
    pub fn challenge(&self, sentence: &str) -> Option<String> {
        self.gate.rules.told(&self.judgement, sentence).authenticate
    }

    /// The decision explained.
    pub fn explain(&self, now: UnixSeconds) -> Verdict {
        let outcome = self.gate.evaluation.outcome();
        self.gate.rules.explained(&self.judgement, outcome, now)
    }
}

fn outdated(admitted: &Admitted, now: UnixSeconds) -> Refusal {
    if now < admitted.valid_from {
        return Refusal::new(
            &vicar_token::reason::TOKEN_NOT_YET_VALID,
            "the token's time has not come yet",
            "wait, or correct the clock",
        );
    }
    Refusal::new(
        &vicar_token::reason::TOKEN_EXPIRED,
        format!("the token expired at {}, and the time is {now}", admitted.verified.expires_at()),
        "request a new token",
    )
}
