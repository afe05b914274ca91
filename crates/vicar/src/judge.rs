//! The decision on a call: token, target, policies, in this order.

use std::sync::Arc;

use vicar_identity::identity::Groups;
use vicar_policy::{
    Decision as PolicyDecision, Entities, EntityStore, EntityUid, Outcome, Record, Request, Value,
};
use vicar_token::{Reason, SignatureVerifier, UnixSeconds};

use crate::{
    Admitted, Call, Decision, Gate, Refusal,
    challenge::{self, Challenge, challenge},
    reason,
    refine::Cure,
    resolve::{Target, Words, resolve},
    vocabulary::subject::datetime,
};

/// A decision with what its explanation is made of.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) decision: Decision,
    /// The question put to the policies, when it got that far; the outcome is in the gate.
    pub(crate) asked: Option<Asked>,
    /// What the caller could do about a deny.
    pub(crate) cure: Option<Cure>,
}

/// The question put to the policies.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) context: Record,
    /// Scopes that the resource needs.
    pub(crate) scopes: Arc<[String]>,
}

impl Asked {
    pub(crate) fn request<'a>(&'a self, admitted: &'a Admitted) -> Request<'a> {
        Request {
            principal: &admitted.subject.principal,
            action: &self.action,
            resource: &self.resource,
            context: &self.context,
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
        self.asked.request(&self.admitted)
    }

    /// The entities of the token; those of the bundle lie below them ([`Gate::world`]).
    pub fn entities(&self) -> &EntityStore {
        &self.admitted.subject.entities
    }
}

impl<V: SignatureVerifier> Gate<V> {
    /// Puts a call in Cedar's words without deciding it, so that Cedar itself can be asked the
    /// same.
    ///
    /// # Errors
    /// [`Refusal`] when the call is refused before any policy is asked.
    pub fn question(&mut self, call: &Call<'_>, now: UnixSeconds) -> Result<Question, Refusal> {
        let admitted = self.verify(call.token.ok_or_else(no_token)?, now)?;
        let asked = self.put(call, &admitted, now)?;
        Ok(Question { admitted, asked })
    }

    /// The entities that every request of this bundle shares.
    pub const fn world(&self) -> &EntityStore {
        &self.world
    }

    /// Decides on a call.
    pub fn decide(&mut self, call: &Call<'_>, now: UnixSeconds) -> Decision {
        self.judge(call, now).decision
    }

    pub(crate) fn judge(&mut self, call: &Call<'_>, now: UnixSeconds) -> Judgement {
        let mut judgement = self.ask(call, now);
        judgement.decision.status = self.told(&judgement, "").status;
        judgement
    }

    /// The HTTP answer that goes with a judgement.
    pub(crate) fn told(&self, judgement: &Judgement, sentence: &str) -> Challenge {
        let Judgement { decision, asked, cure } = judgement;
        if decision.allowed {
            return Challenge { status: decision.reason.status, authenticate: None };
        }
        let facts = challenge::Facts {
            answers: &self.bundle.contents().answers,
            sentence,
            identity: decision.admitted.as_deref().map(Admitted::identity),
            scopes: asked.as_ref().map_or(&[], |asked| &*asked.scopes),
            authentication_context: cure
                .as_ref()
                .and_then(|cure| cure.authentication_context.as_deref()),
        };
        challenge(decision.reason, &facts)
    }

    fn ask(&mut self, call: &Call<'_>, now: UnixSeconds) -> Judgement {
        let admitted = match call.token {
            None => return self.refused(no_token(), None),
            Some(token) => match self.verify(token, now) {
                Ok(admitted) => admitted,
                Err(refusal) => return self.refused(refusal, None),
            },
        };
        self.ask_for(admitted, call, now)
    }

    pub(crate) fn ask_for(
        &mut self,
        admitted: Arc<Admitted>,
        call: &Call<'_>,
        now: UnixSeconds,
    ) -> Judgement {
        let asked = match self.put(call, &admitted, now) {
            Ok(asked) => asked,
            Err(refusal) => return self.refused(refusal, Some(admitted)),
        };
        let layers = [&self.world, &admitted.subject.entities];
        let entities = Entities::new(&layers);
        self.bundle.program().evaluate_into(
            &asked.request(&admitted),
            &entities,
            &mut self.evaluation,
        );
        let outcome = self.evaluation.outcome();
        let mut reason = self.reason_of(outcome, &admitted);
        let mut cure = None;
        if reason == &reason::NO_PERMIT {
            cure = self.cure(&asked, &admitted);
            reason = cure.as_ref().map_or(reason, |cure| cure.reason);
        }
        let decision = Decision {
            allowed: reason == &reason::PERMITTED,
            reason,
            status: reason.status,
            admitted: Some(admitted),
            refusal: None,
            shadow: self.bundle.contents().answers.shadow,
        };
        Judgement { decision, asked: Some(asked), cure }
    }

    pub(crate) fn refused(&self, refusal: Refusal, admitted: Option<Arc<Admitted>>) -> Judgement {
        Judgement {
            decision: Decision {
                allowed: false,
                reason: refusal.reason,
                status: refusal.reason.status,
                admitted,
                refusal: Some(refusal),
                shadow: self.bundle.contents().answers.shadow,
            },
            asked: None,
            cure: None,
        }
    }

    fn put(
        &self,
        call: &Call<'_>,
        admitted: &Admitted,
        now: UnixSeconds,
    ) -> Result<Asked, Refusal> {
        if admitted.identity.binding.is_some() {
            return Err(proof_required());
        }
        let target = resolve(&self.bundle.contents().surface, &self.index, call)?;
        let audiences = &admitted.identity.token.audiences;
        if !target.audiences.is_empty()
            && !audiences.iter().any(|audience| target.audiences.contains(audience))
        {
            return Err(wrong_audience(audiences, target.audiences));
        }
        Ok(Asked {
            context: context(&self.index.words, admitted, &target, now),
            action: target.action,
            resource: target.resource,
            scopes: target.scopes,
        })
    }

    fn reason_of(&self, outcome: &Outcome, admitted: &Admitted) -> &'static Reason {
        let groups_unknown = admitted.identity.groups == Groups::Overage;
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

/// `context`: what the token says, and what the request adds.
fn context(words: &Words, admitted: &Admitted, target: &Target<'_>, now: UnixSeconds) -> Record {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let mut request: Vec<(Arc<str>, Value)> = Vec::with_capacity(3);
    request.push((Arc::clone(&words.now), datetime(now)));
    request.push((Arc::clone(&words.request), Value::Record(target.request.clone())));
    request.extend(target.tool.clone().map(|tool| (Arc::clone(&words.tool), Value::Record(tool))));
    admitted.subject.context.with(&request)
}

pub(crate) fn no_token() -> Refusal {
    Refusal::new(
        &vicar_token::reason::TOKEN_MISSING,
        "the request carries no token",
        "send an access token in the `Authorization` header as `Bearer`",
    )
}

fn proof_required() -> Refusal {
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
