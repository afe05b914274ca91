//! From a ruling to the step that a host takes.

use std::sync::Arc;

use vicar::{Admitted, Operation, Proven, Ruling, Verdict};
use vicar_mcp::Id;
use vicar_token::{Algorithm, SignatureVerifier, UnixSeconds};

use crate::{
    Allow, Deny, Observed, Outcome, State, Step, audit,
    facts::Facts,
    gateway::Terms,
    problem,
    settings::{Evidence, TokenForwarding},
};

/// A request with all that its end depends on besides the ruling.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) operation: Operation<'a>,
    /// The id that a JSON-RPC error repeats.
    pub(crate) id: Option<&'a Id>,
    pub(crate) proven: Option<&'a Proven>,
    pub(crate) filters: bool,
}

/// Lets a request pass, or answers it.
pub(crate) fn conclude<V: SignatureVerifier>(
    case: &Case<'_>,
    ruling: &Ruling<'_, V>,
    now: UnixSeconds,
) -> Step {
    let decision = ruling.decision();
    let terms = case.terms;
    let state = State {
        admitted: decision.admitted.clone(),
        allowed: decision.allowed,
        bundle: Arc::clone(&terms.digest),
        policies: joined(ruling.policies()),
        reason: decision.reason,
    };
    let observes = !decision.allowed && case.facts.observes(decision.shadow);
    let observed = Observed {
        outcome: match (decision.allowed, observes) {
            (true, _) => Outcome::Allowed,
            (false, true) => Outcome::Shadowed,
            (false, false) => Outcome::Denied,
        },
        reason: decision.reason,
        verifier: decision.admitted.as_deref().map(|admitted| verifier(terms, admitted)),
        cached: case.proven.is_some_and(|proven| proven.cached),
        admitted: decision.admitted.clone(),
    };
    let audit = |sentence: &str, status| {
        audit::record(case, ruling, &observed, &audit::End { sentence, status }, now)
    };
    if decision.allowed || observes {
        let record = terms.settings.audit.then(|| audit(&ruling.sentence(now), None));
        return Step::Allow(Box::new(Allow {
            remove: removed(case),
            set: added(terms, &state),
            state,
            filters_response: case.filters,
            record,
            observed,
            verdict: terms.settings.verdicts.then(|| ruling.explain(now).to_json()),
        }));
    }
    let verdict: Verdict = ruling.explain(now);
    let answer = problem::answer(case, ruling, &verdict);
    let record = terms.settings.audit.then(|| audit(&verdict.sentence, Some(answer.status)));
    let verdict = terms.settings.verdicts.then(|| verdict.to_json());
    Step::Deny(Box::new(Deny { answer, state, record, observed, verdict }))
}

fn joined<'a>(policies: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for policy in policies {
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(policy);
    }
    joined
}

fn removed(case: &Case<'_>) -> Vec<&'static str> {
    let settings = &case.terms.settings;
    let forwarding = case.facts.route.token.unwrap_or(settings.token);
    let token = (forwarding == TokenForwarding::Remove).then_some("authorization");
    // A list has to be readable to be filtered.
    let encoding = case.filters.then_some("accept-encoding");
    token.into_iter().chain(encoding).collect()
}

fn added(terms: &Terms, state: &State) -> Vec<(String, String)> {
    let headers = &terms.settings.headers;
    let value = |key| state.value(key).map(std::borrow::Cow::into_owned);
    headers.iter().filter_map(|header| Some((header.name.clone(), value(header.value)?))).collect()
}

/// Who verified the token's signature.
fn verifier(terms: &Terms, admitted: &Admitted) -> &'static str {
    match (terms.settings.evidence, &*admitted.verified().header().algorithm) {
        (Evidence::Vouched, _) => "vouched",
        (Evidence::Verify, name) => Algorithm::from_name(name).map_or("unknown", terms.verifiers),
    }
}
