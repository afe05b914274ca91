//! One HTTP request on its way through.

mod body;
mod response;

use vicar::{Operation, Proven, Refusal, SectionKind, VouchedToken};
use vicar_mcp::ListKind;
use vicar_token::{SignatureVerifier, UnixSeconds};

use crate::{
    Gateway, Head, NeedKeys, RouteSettings, Step, authorization, by_rule,
    conclude::{Case, conclude},
    content,
    facts::{Carried, Facts},
    llm, refusals,
    settings::Enforcement,
};

use body::Awaited;
use response::Filter;

/// One HTTP request on its way through: made by [`Gateway::begin`], dropped when the exchange is
/// over. No call lets the request pass unless it is allowed; calls out of turn are answered with
/// [`Step::Hold`] and change nothing.
#[derive(Debug)]
pub struct Request {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The client was answered.
    Answered,
    AwaitsBody(Box<Awaited>),
    AwaitsKeys(Box<Facts<'static>>),
    /// It passes; its response may have to be filtered.
    Passes(Option<Box<Filter>>),
}

/// Whether a request may wait for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    None,
    Some,
}

impl Request {
    pub(crate) fn begin<V: SignatureVerifier, H: Head + ?Sized>(
        gateway: &mut Gateway<V>,
        head: &H,
        route: &RouteSettings,
        now: UnixSeconds,
    ) -> (Self, Step) {
        let mut request = Self { stage: Stage::Answered };
        let step = request.start(gateway, head, route, now);
        (request, step)
    }

    /// Whether the request was allowed.
    pub const fn passes(&self) -> bool {
        matches!(self.stage, Stage::Passes(_))
    }

    /// Judges again, after [`Step::NeedKeys`] and a change of the gate's keys. Needs keys again
    /// only if they are still missing.
    pub fn keys_changed<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        now: UnixSeconds,
    ) -> Step {
        self.resume(gateway, Patience::Some, now)
    }

    /// Ends the wait for keys: judges with the keys that are there.
    pub fn give_up<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        now: UnixSeconds,
    ) -> Step {
        self.resume(gateway, Patience::None, now)
    }

    fn resume<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        patience: Patience,
        now: UnixSeconds,
    ) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Answered) {
            Stage::AwaitsKeys(facts) => self.proceed(gateway, *facts, patience, now),
            other => {
                self.stage = other;
                self.idle()
            }
        }
    }

    /// The step for a call that changes nothing.
    fn idle(&self) -> Step {
        match &self.stage {
            Stage::Passes(_) => Step::Pass,
            Stage::AwaitsBody(awaited) => Step::NeedBody { limit: awaited.limit },
            Stage::Answered | Stage::AwaitsKeys(_) => Step::Hold,
        }
    }

    fn start<V: SignatureVerifier, H: Head + ?Sized>(
        &mut self,
        gateway: &mut Gateway<V>,
        head: &H,
        route: &RouteSettings,
        now: UnixSeconds,
    ) -> Step {
        if route.enforcement == Enforcement::Skip {
            self.stage = Stage::Passes(None);
            return by_rule::skipped(&gateway.terms);
        }
        let (mut facts, problem) = Facts::read(head, route, &gateway.terms);
        if let Some(refusal) = problem {
            return self.refuse(gateway, &facts, refusal, None, now);
        }
        if let Some(answer) = by_rule::metadata(&gateway.terms, &facts) {
            return Step::Serve(Box::new(answer));
        }
        if by_rule::is_preflight(&gateway.terms, &facts, head) {
            self.stage = Stage::Passes(None);
            return by_rule::preflight(&gateway.terms);
        }
        if by_rule::refuses_upgrade(&gateway.terms, &facts, head) {
            return self.refuse(gateway, &facts, refusals::upgrade(), None, now);
        }
        facts.place = gateway.place(&facts);
        let found = facts.place.as_ref().map(|place| place.name.as_str());
        if let Some(wanted) = facts.route.section.as_deref().filter(|wanted| Some(*wanted) != found)
        {
            let refusal = refusals::section(wanted, found);
            return self.refuse(gateway, &facts, refusal, None, now);
        }
        if facts.place.as_ref().is_some_and(|place| place.kind != SectionKind::Api) {
            facts.read_content(head);
        }
        self.proceed(gateway, facts, Patience::Some, now)
    }

    /// Verifies the token, then judges by the head or asks for the body: nobody makes the gateway
    /// keep a body without a good token.
    fn proceed<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        facts: Facts<'_>,
        patience: Patience,
        now: UnixSeconds,
    ) -> Step {
        let proven = match prove(gateway, &facts, now) {
            Ok(proven) => proven,
            Err(refusal) => match wanted_keys(gateway, &facts, &refusal, patience) {
                Some(wanted) => {
                    self.stage = Stage::AwaitsKeys(Box::new(facts.into_owned()));
                    return Step::NeedKeys(wanted);
                }
                None => return self.refuse(gateway, &facts, refusal, None, now),
            },
        };
        if !facts.is_judged_by_body() {
            let (path, lists) = (facts.path_model().map(str::to_owned), facts.lists_of_stream());
            let operation = match &path {
                Some(model) => Operation::Llm { model },
                None => Operation::Http,
            };
            return self.judge(gateway, facts, &proven, operation, None, lists, now);
        }
        let limit = facts.route.body_limit_bytes;
        let limit = limit.unwrap_or(gateway.terms.settings.body_limit_bytes);
        if let Err(refusal) = content::admit(&facts.content, limit) {
            return self.refuse(gateway, &facts, refusal, Some(&proven), now);
        }
        let facts = facts.into_owned();
        self.stage =
            Stage::AwaitsBody(Box::new(Awaited { facts, proven, limit, body: Vec::new() }));
        Step::NeedBody { limit }
    }

    /// Puts the operation to the gate.
    #[expect(clippy::too_many_arguments, reason = "they are what one decision depends on")]
    fn judge<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        facts: Facts<'_>,
        proven: &Proven,
        operation: Operation<'_>,
        id: Option<&vicar_mcp::Id>,
        lists: &'static [ListKind],
        now: UnixSeconds,
    ) -> Step {
        let Gateway { gate, terms } = gateway;
        let observes = facts.observes(gate.bundle().contents().answers.shadow);
        let lists = if observes { &[] } else { lists };
        let headers = facts.listed();
        let ruling = gate.rule(&proven.admitted, &facts.call(&headers, operation), now);
        let filters = ruling.decision().allowed && !lists.is_empty();
        let case = Case { terms, facts: &facts, operation, id, proven: Some(proven), filters };
        let step = conclude(&case, &ruling, now);
        if matches!(step, Step::Allow(_)) {
            drop(headers);
            let filter = filters.then(|| Filter::new(facts.into_owned(), proven, lists, id, terms));
            self.stage = Stage::Passes(filter.map(Box::new));
        }
        step
    }

    /// Ends a request by a rule of the gateway's own.
    fn refuse<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        facts: &Facts<'_>,
        refusal: Refusal,
        proven: Option<&Proven>,
        now: UnixSeconds,
    ) -> Step {
        let Gateway { gate, terms } = gateway;
        let ruling = gate.refuse(refusal, proven.map(|proven| &proven.admitted));
        let operation = Operation::Http;
        let case = Case { terms, facts, operation, id: None, proven, filters: false };
        let step = conclude(&case, &ruling, now);
        self.stage = match step {
            Step::Allow(_) => Stage::Passes(None),
            _ => Stage::Answered,
        };
        step
    }
}

impl Facts<'_> {
    /// Whether what the request asks for stands in its body.
    fn is_judged_by_body(&self) -> bool {
        !self.end_of_stream
            && self.place.as_ref().is_some_and(|place| match place.kind {
                SectionKind::Api => false,
                SectionKind::Llm => true,
                SectionKind::Mcp => self.method == "POST",
            })
    }

    /// The model that the path names.
    pub(crate) fn path_model(&self) -> Option<&str> {
        let place = self.place.as_ref().filter(|place| place.kind == SectionKind::Llm)?;
        llm::model_of_path(&place.below)
    }

    /// The lists that the response to this head may bring: a stream opened by GET may replay the
    /// answer to any earlier request (MCP 2025-06-18, resumability).
    fn lists_of_stream(&self) -> &'static [ListKind] {
        if self.is_mcp() && self.method == "GET" { &ListKind::ALL } else { &[] }
    }
}

fn prove<V: SignatureVerifier>(
    gateway: &mut Gateway<V>,
    facts: &Facts<'_>,
    now: UnixSeconds,
) -> Result<Proven, Refusal> {
    match &facts.token {
        Ok(Carried::Bearer(token)) => {
            gateway.gate.prove(token, now).map_err(|refusal| authorization::blame(token, refusal))
        }
        Ok(Carried::Vouched { issuer, header, claims }) => {
            let (issuer, header) = (issuer.as_deref(), header.as_deref());
            gateway.gate.prove_vouched(&VouchedToken { issuer, header, claims }, now)
        }
        Err(refusal) => Err(refusal.clone()),
    }
}

/// The keys to wait for, where a wait can help and somebody would notice.
fn wanted_keys<V: SignatureVerifier>(
    gateway: &Gateway<V>,
    facts: &Facts<'_>,
    refusal: &Refusal,
    patience: Patience,
) -> Option<NeedKeys> {
    let gate = &gateway.gate;
    if patience == Patience::None || facts.observes(gate.bundle().contents().answers.shadow) {
        return None;
    }
    let Ok(Carried::Bearer(token)) = &facts.token else { return None };
    let vicar::WantedKey { issuer, key_id } = gate.wanted_key(token, refusal.reason)?;
    Some(NeedKeys { issuer, key_id })
}
