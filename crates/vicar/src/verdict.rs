//! The verdict: a decision with everything that explains it, as canonical JSON.

mod findings;
pub(crate) mod sentence;

use std::sync::Arc;

use serde::Serialize;
use vicar_identity::Identity;
use vicar_policy::{Entities, Evaluation, Outcome};
use vicar_token::UnixSeconds;

use crate::{
    Admitted, Call, Refusal, judge::Judgement, rules::Rules, vocabulary::subject::Subject,
};
pub use findings::{ClauseDocument, PolicyDocument, ReadingDocument};

/// A decision, explained. The same input gives the same bytes on every host.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// `allow` or `deny`.
    pub decision: &'static str,
    /// The stable reason code, see `docs/reasons.md`.
    pub reason: &'static str,
    /// One sentence for people: who asked for what, and why it came out so.
    pub sentence: String,
    /// What would change a deny, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub change: Vec<String>,
    /// The Cedar request: action and resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedDocument>,
    /// Ids of the policies that decided (Cedar's determining policies).
    pub policies: Vec<String>,
    /// Policies that could not be evaluated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PolicyError>,
    /// Every policy whose scope matched, clause by clause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PolicyDocument>,
    /// Who asked and who acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What the caller is told.
    pub answer: Answer,
    /// Whether the bundle only observes: then the call passes whatever the decision.
    pub shadow: bool,
    /// Digest of the bundle that decided.
    pub bundle: String,
    /// The clock, seconds since the epoch.
    pub at: UnixSeconds,
}

/// The Cedar request.
#[derive(Clone, Debug, Serialize)]
pub struct AskedDocument {
    /// The principal, as Cedar writes it.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// A policy that could not be evaluated.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyError {
    /// Its id.
    pub policy: String,
    /// Why.
    pub error: String,
}

/// What the caller is told.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// HTTP status: 200, 401, 403 or 503.
    pub status: u16,
    /// The value of `WWW-Authenticate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub www_authenticate: Option<String>,
}

impl Verdict {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        crate::canonical::to_json(self)
    }
}

impl Rules {
    pub(crate) fn explain(
        &self,
        call: &Call<'_>,
        verified: Result<Arc<Admitted>, Refusal>,
        now: UnixSeconds,
        evaluation: &mut Evaluation,
    ) -> Verdict {
        let judgement = self.judge(call, verified, now, evaluation);
        self.explained(&judgement, evaluation.outcome(), now)
    }

    /// A judgement with its explanation; `outcome` is what the policies came to for it.
    pub(crate) fn explained(
        &self,
        judgement: &Judgement<'_>,
        outcome: &Outcome,
        now: UnixSeconds,
    ) -> Verdict {
        let admitted = judgement.decision.admitted.as_deref();
        let party = admitted.map(|admitted| (&admitted.identity, &admitted.subject));
        self.explained_for(party, judgement, outcome, now)
    }

    /// As [`explained`](Self::explained), for the one whom the policies saw.
    pub(crate) fn explained_for(
        &self,
        party: Option<(&Identity, &Subject)>,
        judgement: &Judgement<'_>,
        outcome: &Outcome,
        now: UnixSeconds,
    ) -> Verdict {
        let mut verdict = self.describe(party, judgement, outcome, now);
        let told = self.told_to(party.map(|(identity, _)| identity), judgement, &verdict.sentence);
        verdict.answer = Answer { status: told.status, www_authenticate: told.authenticate };
        verdict
    }

    fn describe(
        &self,
        party: Option<(&Identity, &Subject)>,
        judgement: &Judgement<'_>,
        outcome: &Outcome,
        now: UnixSeconds,
    ) -> Verdict {
        let Judgement { decision, asked, cure, .. } = judgement;
        let mut verdict = Verdict {
            decision: if decision.allowed { "allow" } else { "deny" },
            reason: decision.reason.code,
            sentence: String::new(),
            change: Vec::new(),
            asked: None,
            policies: Vec::new(),
            errors: Vec::new(),
            findings: Vec::new(),
            identity: party.map(|(identity, _)| identity.clone()),
            answer: Answer { status: 200, www_authenticate: None },
            shadow: decision.shadow,
            bundle: self.bundle.digest().to_string(),
            at: now,
        };
        if let Some(refusal) = &decision.refusal {
            verdict.sentence = sentence::refused(refusal);
            verdict.change = vec![refusal.remedy.clone()];
        }
        let (Some((identity, subject)), Some(asked)) = (party, asked) else { return verdict };
        let program = self.bundle.program();
        let layers = [&self.world, &subject.entities];
        let (request, entities) = (asked.request(subject), Entities::new(&layers));
        let id = |index: u32| program.policy(index).map(|policy| policy.id().to_owned());
        verdict.policies = outcome.determining.iter().filter_map(|index| id(*index)).collect();
        verdict.errors = outcome
            .erring
            .iter()
            .filter_map(|erring| {
                Some(PolicyError { policy: id(erring.policy)?, error: erring.error.to_string() })
            })
            .collect();
        verdict.asked = Some(AskedDocument {
            principal: request.principal.to_string(),
            action: request.action.to_string(),
            resource: request.resource.to_string(),
        });
        let findings = self.findings(judgement, asked, subject);
        if !decision.allowed {
            let mut near = program.near_misses(&request, &entities, NEAR_MISSES);
            // What the caller can cure goes first.
            if let Some(cure) = cure
                && let Some(at) = near.iter().position(|miss| miss.policy.id() == cure.policy)
                && let Some(front) = near.get_mut(..=at)
            {
                front.rotate_right(1);
            }
            verdict.change = sentence::changes(decision.reason, &findings, &near);
        }
        verdict.sentence = sentence::decided(decision, identity, asked, &findings, &verdict);
        verdict.findings = findings.iter().map(PolicyDocument::of).collect();
        verdict
    }
}

/// Permits that a deny names as nearly met.
const NEAR_MISSES: usize = 3;
