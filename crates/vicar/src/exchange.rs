//! Policy before exchange: whether this caller may have this agent act, for this subject, towards
//! this downstream API, with these scopes. Decided before anything is sent.
//!
//! A token of a user for the blueprint (Tc) is good here and nowhere else, and a token for an API
//! is good there and not here: so an [`ExchangeGate`] has its own trust and its own cache.

mod assertion;
mod call;
mod decision;
mod plan;

use std::sync::Arc;

use vicar_bundle::{Bundle, Exchange, exchange::Downstream};
use vicar_policy::{Entities, EntityStore, Evaluation, Outcome, Request};
use vicar_token::{KeyReport, SignatureVerifier, TrustedIssuer, UnixSeconds};

use crate::{
    Admitted, Decision, Gate, KeysError, LoadError, Refusal, Verdict, WantedKey,
    cache::TokenCache,
    judge::{Asked, Judgement},
    reason,
    refine::cure,
    vocabulary::{
        exchange::{self as words, with_downstreams},
        subject::datetime,
    },
};
pub use call::ExchangeCall;
pub use decision::{ExchangeDecision, PermittedExchange};
use plan::Plan;

/// A bundle's exchange at work.
///
/// One serves one thread, as a [`Gate`] does. A bundle without an `exchange` section makes one
/// that denies everything.
pub struct ExchangeGate<V: SignatureVerifier> {
    /// Trusts the issuer of the users' tokens, for the blueprint's audiences alone.
    gate: Gate<V>,
    exchange: Option<Exchange>,
    downstreams: Vec<Arc<Downstream>>,
}

/// What an exchange asks of the policies: the Cedar request, ready to be put to any Cedar engine.
#[derive(Debug)]
pub struct ExchangeQuestion {
    plan: Plan,
    asked: Asked,
}

impl ExchangeQuestion {
    /// The request.
    pub fn request(&self) -> Request<'_> {
        self.asked.request(&self.plan.subject)
    }

    /// The entities of the agent, the user and the caller; those of the bundle lie below them
    /// ([`ExchangeGate::world`]).
    pub const fn entities(&self) -> &EntityStore {
        &self.plan.subject.entities
    }
}

impl<V: SignatureVerifier> ExchangeGate<V> {
    /// Makes one of a bundle file.
    ///
    /// # Errors
    /// [`LoadError`] when the bundle, its exchange section or keys inside it are refused.
    pub fn load(bundle: &[u8], verifier: V) -> Result<Self, LoadError> {
        let mut gate = Gate::load(bundle, verifier)?;
        let exchange = gate.bundle().exchange()?;
        gate.issuers = exchange
            .as_ref()
            .and_then(|exchange| assertion::issuer(exchange, gate.bundle().contents()))
            .into_iter()
            .collect();
        gate.cache = TokenCache::new(CACHED_TOKENS);
        let downstreams = exchange.iter().flat_map(|exchange| &exchange.downstreams);
        let downstreams: Vec<Arc<Downstream>> = downstreams.cloned().map(Arc::new).collect();
        gate.rules.world = with_downstreams(&gate.rules.world, &downstreams)?;
        Ok(Self { gate, exchange, downstreams })
    }

    /// The bundle at work.
    pub const fn bundle(&self) -> &Bundle {
        self.gate.bundle()
    }

    /// The exchange section of the bundle.
    pub const fn exchange(&self) -> Option<&Exchange> {
        self.exchange.as_ref()
    }

    /// The issuer whose users' tokens are taken, and on which terms; the only one whose keys are
    /// of use here.
    pub fn issuer(&self) -> Option<&TrustedIssuer> {
        self.gate.issuers.first()
    }

    /// The entities that every request of this bundle shares.
    pub const fn world(&self) -> &EntityStore {
        self.gate.world()
    }

    /// As [`Gate::set_keys`], for [`issuer`](Self::issuer) alone.
    ///
    /// # Errors
    /// [`KeysError`]; the issuer then keeps the keys it had.
    pub fn set_keys(&mut self, issuer: &str, jwks: &[u8]) -> Result<KeyReport, KeysError> {
        self.gate.set_keys(issuer, jwks)
    }

    /// As [`Gate::forget_keys`].
    pub fn forget_keys(&mut self, issuer: &str) -> bool {
        self.gate.forget_keys(issuer)
    }

    /// As [`Gate::wanted_key`].
    pub fn wanted_key(
        &self,
        token: &str,
        reason: &'static vicar_token::Reason,
    ) -> Option<WantedKey> {
        self.gate.wanted_key(token, reason)
    }

    /// Verifies a user's token for the blueprint (Tc): signature, issuer, tenant, audience, times,
    /// and that no agent obtained it. One that was verified before is looked up.
    ///
    /// # Errors
    /// [`Refusal`] with the reason code of the first thing that is wrong.
    pub fn verify(&mut self, token: &str, now: UnixSeconds) -> Result<Arc<Admitted>, Refusal> {
        if self.gate.issuers.is_empty() {
            return Err(not_configured("takes no tokens of users"));
        }
        assertion::verify(&mut self.gate, token, now)
    }

    /// Decides on an exchange.
    pub fn decide(&mut self, call: &ExchangeCall<'_>, now: UnixSeconds) -> ExchangeDecision {
        let mut evaluation = std::mem::take(&mut self.gate.evaluation);
        let caller = self.caller(call, now);
        let considered = self.consider(call, caller, now, &mut evaluation);
        let decision = considered.decision(self, evaluation.outcome());
        self.gate.evaluation = evaluation;
        decision
    }

    /// Decides on an exchange and explains the decision.
    pub fn explain(&mut self, call: &ExchangeCall<'_>, now: UnixSeconds) -> Verdict {
        let mut evaluation = std::mem::take(&mut self.gate.evaluation);
        let caller = self.caller(call, now);
        let considered = self.consider(call, caller, now, &mut evaluation);
        let (judgement, party) = (&considered.judgement, considered.party());
        let rules = &self.gate.rules;
        let verdict = rules.explained_for(party, judgement, evaluation.outcome(), now);
        self.gate.evaluation = evaluation;
        verdict
    }

    /// Puts an exchange in Cedar's words without deciding it.
    ///
    /// # Errors
    /// [`Refusal`] when it is refused before any policy is asked.
    pub fn question(
        &mut self,
        call: &ExchangeCall<'_>,
        now: UnixSeconds,
    ) -> Result<ExchangeQuestion, Refusal> {
        let caller = self.caller(call, now)?;
        let plan = self.plan(call, caller.as_ref())?;
        Ok(ExchangeQuestion { asked: asked(&plan, now), plan })
    }

    /// The token first: what else is wrong is nobody's business without a good one.
    fn consider(
        &self,
        call: &ExchangeCall<'_>,
        caller: Result<Option<Arc<Admitted>>, Refusal>,
        now: UnixSeconds,
        evaluation: &mut Evaluation,
    ) -> Considered<'_> {
        let caller = match caller {
            Ok(caller) => caller,
            Err(refusal) => return self.refused(refusal, None),
        };
        match self.plan(call, caller.as_ref()) {
            Ok(plan) => self.weigh(plan, caller, now, evaluation),
            Err(refusal) => self.refused(refusal, caller),
        }
    }

    fn caller(
        &mut self,
        call: &ExchangeCall<'_>,
        now: UnixSeconds,
    ) -> Result<Option<Arc<Admitted>>, Refusal> {
        if self.exchange.is_none() {
            return Err(not_configured("has no exchange section"));
        }
        call.token.map(|token| self.verify(token, now)).transpose()
    }

    fn plan(
        &self,
        call: &ExchangeCall<'_>,
        caller: Option<&Arc<Admitted>>,
    ) -> Result<Plan, Refusal> {
        let exchange = self.exchange.as_ref();
        let exchange = exchange.ok_or_else(|| not_configured("has no exchange section"))?;
        let downstream = self.downstreams.iter().find(|known| known.name == call.downstream);
        let downstream = downstream.ok_or_else(|| unknown_downstream(call.downstream))?;
        plan::plan(&self.gate.rules, exchange, downstream, call, caller.map(|caller| &**caller))
    }

    fn weigh(
        &self,
        plan: Plan,
        caller: Option<Arc<Admitted>>,
        now: UnixSeconds,
        evaluation: &mut Evaluation,
    ) -> Considered<'_> {
        let rules = &self.gate.rules;
        let asked = asked(&plan, now);
        let layers = [&rules.world, &plan.subject.entities];
        let (request, entities) = (asked.request(&plan.subject), Entities::new(&layers));
        let program = rules.bundle.program();
        program.evaluate_into(&request, &entities, evaluation);
        let mut reason = rules.reason_of(evaluation.outcome(), plan.groups_unknown);
        let (mut findings, mut found_cure) = (None, None);
        if reason == &reason::NO_PERMIT {
            // A scope too many is no scope that the token lacks: only a sign-in is a cure here.
            found_cure = cure(findings.insert(program.explain(&request, &entities)))
                .filter(|cure| cure.reason == &reason::AUTHENTICATION_CONTEXT_REQUIRED);
            reason = found_cure.as_ref().map_or(reason, |cure| cure.reason);
        }
        let decision = Decision {
            allowed: reason == &reason::PERMITTED,
            reason,
            status: reason.status,
            admitted: caller,
            refusal: None,
            // A token that nobody permitted is never obtained, whatever is only observed.
            shadow: false,
        };
        let judgement = Judgement { decision, asked: Some(asked), cure: found_cure, findings };
        Considered { judgement, plan: Some(plan) }
    }

    fn refused(&self, refusal: Refusal, caller: Option<Arc<Admitted>>) -> Considered<'_> {
        let mut judgement = self.gate.rules.refused(refusal, caller);
        judgement.decision.shadow = false;
        Considered { judgement, plan: None }
    }
}

/// A judgement, and what it is about when it got that far.
struct Considered<'r> {
    judgement: Judgement<'r>,
    plan: Option<Plan>,
}

impl Considered<'_> {
    /// The one whom the policies saw: who would act, for whom; else the caller.
    fn party(&self) -> Option<words::Party<'_>> {
        let caller = self.judgement.decision.admitted.as_deref();
        match &self.plan {
            Some(plan) => Some((&plan.identity, &plan.subject)),
            None => caller.map(|caller| (&caller.identity, &caller.subject)),
        }
    }

    fn decision<V: SignatureVerifier>(
        self,
        gate: &ExchangeGate<V>,
        outcome: &Outcome,
    ) -> ExchangeDecision {
        let rules = &gate.gate.rules;
        let identity = self.party().map(|(identity, _)| identity);
        let status = rules.told_to(identity, &self.judgement, "").status;
        let asked = self.judgement.asked.is_some();
        let program = rules.bundle.program();
        let policies = outcome.determining.iter().filter(|_| asked);
        let policies = policies.filter_map(|index| program.policy(*index));
        let Judgement { decision, .. } = self.judgement;
        let mut planned = self.plan;
        ExchangeDecision {
            allowed: decision.allowed,
            reason: decision.reason,
            status,
            caller: decision.admitted,
            identity: planned.as_ref().map(|plan| plan.identity.clone()),
            policies: policies.map(|policy| policy.id().to_owned()).collect(),
            refusal: decision.refusal,
            permitted: planned.take_if(|_| decision.allowed).map(|plan| plan.permitted),
        }
    }
}

fn asked(plan: &Plan, now: UnixSeconds) -> Asked {
    let now = datetime(i64::try_from(now).unwrap_or(i64::MAX));
    Asked {
        action: words::action(),
        resource: words::resource(&plan.permitted.downstream),
        context: vec![("now".into(), now)],
        scopes: plan.permitted.downstream.scopes.as_slice().into(),
    }
}

fn not_configured(lacks: &str) -> Refusal {
    Refusal::new(
        &reason::EXCHANGE_NOT_CONFIGURED,
        format!("the bundle {lacks}"),
        "describe the exchange in the bundle's `exchange` section",
    )
}

fn unknown_downstream(name: &str) -> Refusal {
    Refusal::new(
        &reason::DOWNSTREAM_UNKNOWN,
        format!("the bundle has no downstream API `{}`", crate::resolve::shown(name)),
        "name a downstream API that the bundle lists, or add this one to its exchange section",
    )
}

/// Tokens kept per gate: a sidecar sees the users of one application, holds the tokens that it
/// obtained as well, and has little memory.
const CACHED_TOKENS: usize = 512;
