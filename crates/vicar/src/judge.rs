//! The decision on a call: token, target, policies, in this order.

use std::{borrow::Cow, sync::Arc};

use vicar_identity::{Identity, identity::Groups};
use vicar_policy::{
    Context, Decision as PolicyDecision, Entities, EntityStore, EntityUid, Evaluation, Outcome,
    PolicyFinding, Record, Request, Value,
};
use vicar_token::{Reason, UnixSeconds};

use crate::{
    Admitted, Call, Decision, Refusal,
    challenge::{self, Challenge, challenge},
    reason,
    refine::{Cure, cure},
    resolve::{Reads, Target, Words, resolve},
    rules::Rules,
    vocabulary::subject::{Subject, datetime},
};

/// A decision with what its explanation is made of.
#[derive(Debug)]
pub(crate) struct Judgement<'r> {
    pub(crate) decision: Decision,
    /// The question put to the policies, when it got that far.
    pub(crate) asked: Option<Asked>,
    /// What the caller could do about a deny.
    pub(crate) cure: Option<Cure>,
    /// What each policy saw, where it had to be found out to decide.
    pub(crate) findings: Option<Vec<PolicyFinding<'r>>>,
}

/// The question put to the policies.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    /// What the request adds to the token's part of the context.
    pub(crate) context: Vec<(Arc<str>, Value)>,
    /// Scopes that the resource needs.
    pub(crate) scopes: Arc<[String]>,
}

impl Asked {
    pub(crate) fn request<'a>(&'a self, subject: &'a Subject) -> Request<'a> {
        Request {
            principal: &subject.principal,
            action: &self.action,
            resource: &self.resource,
            context: Context::layered(&subject.context, &self.context),
        }
    }
}

/// What a call asks of the policies: the Cedar request, ready to be put to any Cedar engine.
#[derive(Debug)]
pub struct Question {
    admitted: Arc<Admitted>,
    asked: Asked,
}

impl Question {
    /// The request.
    pub fn request(&self) -> Request<'_> {
        self.asked.request(&self.admitted.subject)
    }

    /// The entities of the token; those of the bundle lie below them
    /// ([`Gate::world`](crate::Gate::world)).
    pub fn entities(&self) -> &EntityStore {
        &self.admitted.subject.entities
    }
}

impl Rules {
    /// What a call asks of the policies, with every part of the context.
    pub(crate) fn question(
        &self,
        call: &Call<'_>,
        admitted: Arc<Admitted>,
        now: UnixSeconds,
    ) -> Result<Question, Refusal> {
        let asked = self.put(call, &admitted, now, Reads::ALL)?;
        Ok(Question { admitted, asked })
    }

    pub(crate) fn decide(
        &self,
        call: &Call<'_>,
        verified: Result<Arc<Admitted>, Refusal>,
        now: UnixSeconds,
        evaluation: &mut Evaluation,
    ) -> Decision {
        let judgement = self.judge(call, verified, now, evaluation);
        let status = self.told(&judgement, "").status;
        Decision { status, ..judgement.decision }
    }

    /// The HTTP answer that goes with a judgement.
    pub(crate) fn told(&self, judgement: &Judgement<'_>, sentence: &str) -> Challenge {
        let identity = judgement.decision.admitted.as_deref().map(Admitted::identity);
        self.told_to(identity, judgement, sentence)
    }

    /// As [`told`](Self::told), to the one whose identity the policies saw.
    pub(crate) fn told_to(
        &self,
        identity: Option<&Identity>,
        judgement: &Judgement<'_>,
        sentence: &str,
    ) -> Challenge {
        let Judgement { decision, asked, cure, .. } = judgement;
        if decision.allowed {
            return Challenge { status: decision.reason.status, authenticate: None };
        }
        let facts = challenge::Facts {
            answers: &self.contents().answers,
            sentence,
            identity,
            scopes: asked.as_ref().map_or(&[], |asked| &*asked.scopes),
            authentication_context: cure
                .as_ref()
                .and_then(|cure| cure.authentication_context.as_deref()),
        };
        challenge(decision.reason, &facts)
    }

    /// Decides; the outcome of the policies is left in `evaluation`.
    pub(crate) fn judge(
        &self,
        call: &Call<'_>,
        verified: Result<Arc<Admitted>, Refusal>,
        now: UnixSeconds,
        evaluation: &mut Evaluation,
    ) -> Judgement<'_> {
        let admitted = match verified {
            Ok(admitted) => admitted,
            Err(refusal) => return self.refused(refusal, None),
        };
        let asked = match self.put(call, &admitted, now, self.index.reads) {
            Ok(asked) => asked,
            Err(refusal) => return self.refused(refusal, Some(admitted)),
        };
        let layers = [&self.world, &admitted.subject.entities];
        let (request, entities) = (asked.request(&admitted.subject), Entities::new(&layers));
        let program = self.bundle.program();
        program.evaluate_into(&request, &entities, evaluation);
        let groups_unknown = admitted.identity.groups == Groups::Overage;
        let mut reason = self.reason_of(evaluation.outcome(), groups_unknown);
        let (mut findings, mut found_cure) = (None, None);
        if reason == &reason::NO_PERMIT {
            let seen = findings.insert(program.explain(&request, &entities));
            found_cure = cure(seen);
            reason = found_cure.as_ref().map_or(reason, |cure| cure.reason);
        }
        let decision = Decision {
            allowed: reason == &reason::PERMITTED,
            reason,
            status: reason.status,
            admitted: Some(admitted),
            refusal: None,
            shadow: self.contents().answers.shadow,
        };
        Judgement { decision, asked: Some(asked), cure: found_cure, findings }
    }

    /// What each policy saw: found out now, unless the judgement had to know.
    pub(crate) fn findings<'r, 'j>(
        &'r self,
        judgement: &'j Judgement<'r>,
        asked: &Asked,
        subject: &Subject,
    ) -> Cow<'j, [PolicyFinding<'r>]> {
        match &judgement.findings {
            Some(findings) => Cow::Borrowed(findings),
            None => {
                let layers = [&self.world, &subject.entities];
                let entities = Entities::new(&layers);
                Cow::Owned(self.bundle.program().explain(&asked.request(subject), &entities))
            }
        }
    }

    pub(crate) fn refused(
        &self,
        refusal: Refusal,
        admitted: Option<Arc<Admitted>>,
    ) -> Judgement<'_> {
        Judgement {
            decision: Decision {
                allowed: false,
                reason: refusal.reason,
                status: refusal.reason.status,
                admitted,
                refusal: Some(refusal),
                shadow: self.contents().answers.shadow,
            },
            asked: None,
            cure: None,
            findings: None,
        }
    }

    fn put(
        &self,
        call: &Call<'_>,
        admitted: &Admitted,
        now: UnixSeconds,
        reads: Reads,
    ) -> Result<Asked, Refusal> {
        if admitted.identity.binding.is_some() {
            return Err(proof_required());
        }
        let target = resolve(&self.contents().surface, &self.index, call, reads)?;
        let audiences = &admitted.identity.token.audiences;
        if !target.audiences.is_empty()
            && !audiences.iter().any(|audience| target.audiences.contains(audience))
        {
            return Err(wrong_audience(audiences, target.audiences));
        }
        Ok(Asked {
            context: context(&self.index.words, reads, &target, now),
            action: target.action,
            resource: target.resource,
            scopes: target.scopes,
        })
    }

    pub(crate) fn reason_of(&self, outcome: &Outcome, groups_unknown: bool) -> &'static Reason {
        if groups_unknown
            && outcome.trace.iter().any(|traced| {
                self.bundle
                    .program()
                    .policy(traced.policy)
                    .is_some_and(|policy| policy.reads_groups())
            })
        {
            return &reason::GROUPS_UNKNOWN;
        }
        match outcome.decision {
            PolicyDecision::Allow => &reason::PERMITTED,
            PolicyDecision::Deny if !outcome.erring.is_empty() => &reason::POLICY_ERROR,
            PolicyDecision::Deny if !outcome.determining.is_empty() => &reason::FORBIDDEN,
            PolicyDecision::Deny => &reason::NO_PERMIT,
        }
    }
}

/// What the request adds to the context, as far as some policy reads it.
fn context(
    words: &Words,
    reads: Reads,
    target: &Target<'_>,
    now: UnixSeconds,
) -> Vec<(Arc<str>, Value)> {
    let now = reads.now.then(|| datetime(i64::try_from(now).unwrap_or(i64::MAX)));
    let record = |record: &Option<Record>| record.clone().map(Value::Record);
    [
        (&words.now, now),
        (&words.request, record(&target.request)),
        (&words.tool, record(&target.tool)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((Arc::clone(name), value?)))
    .collect()
}

pub(crate) fn proof_required() -> Refusal {
    Refusal::new(
        &reason::PROOF_REQUIRED,
        "the token is bound to a key (`cnf`) and came as a plain bearer token",
        "call with an unbound token; proofs of possession are not accepted yet",
    )
}

fn wrong_audience(seen: &[String], wanted: &[String]) -> Refusal {
    Refusal::new(
        &vicar_token::reason::AUDIENCE_WRONG,
        format!("the token is for {}, and this place accepts {}", listed(seen), listed(wanted)),
        "request a token for this audience",
    )
}

fn listed(items: &[String]) -> String {
    let items: Vec<String> =
        items.iter().take(5).map(|item| format!("`{}`", crate::resolve::shown(item))).collect();
    items.join(", ")
}
