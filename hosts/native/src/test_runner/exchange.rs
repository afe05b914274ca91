//! Exchanges of a bundle's tests. They are decided natively: the guest knows nothing of them.

use vicar::{ExchangeCall, ExchangeGate};
use vicar_bundle::Bundle;
use vicar_compiler::{TestCase, test_file::TestExchange};
use vicar_token::TrustedIssuer;

use super::{RunError, compare::Outcome};
use crate::{
    engine::{Answer, EngineError},
    mint::{self, KeyNumber},
    verifier::AwsLc,
};

/// The bundle's exchange, with test keys.
pub(super) fn gate(
    bundle: &Bundle,
    issuers: &[&TrustedIssuer],
) -> Result<ExchangeGate<AwsLc>, RunError> {
    let unusable = |error: &dyn std::error::Error| EngineError::Problem {
        reason: "bundle_invalid".to_owned(),
        message: error.to_string(),
    };
    let mut gate =
        ExchangeGate::load(&bundle.to_bytes(), AwsLc).map_err(|error| unusable(&error))?;
    let name = gate.issuer().map(|issuer| issuer.name.clone());
    let position = issuers.iter().position(|issuer| Some(&issuer.name) == name.as_ref());
    if let Some((position, issuer)) = position.and_then(|at| Some((at, issuers.get(at)?))) {
        let number = KeyNumber::of_issuer(position);
        let keys = mint::key_set(&issuer.name, &issuer.algorithms, number)?;
        gate.set_keys(&issuer.name, keys.as_bytes()).map_err(|error| unusable(&error))?;
    }
    Ok(gate)
}

/// Lends the exchange of a case, with a token, to `use_call`.
pub(super) fn with_call<R>(
    exchange: &TestExchange,
    token: Option<&str>,
    use_call: impl FnOnce(&ExchangeCall<'_>) -> R,
) -> R {
    let scopes: Vec<&str> = exchange.scopes.iter().map(String::as_str).collect();
    use_call(&ExchangeCall {
        token,
        downstream: &exchange.downstream,
        agent: exchange.agent.as_deref(),
        agent_user_id: exchange.agent_user_id.as_deref(),
        agent_user_name: exchange.agent_user_name.as_deref(),
        flow: exchange.flow,
        scopes: &scopes,
    })
}

/// Asks both ways: the bare decision must say what the explanation says.
pub(super) fn decide(
    gate: &mut ExchangeGate<AwsLc>,
    exchange: &TestExchange,
    token: Option<&str>,
    case: &TestCase,
) -> Outcome {
    with_call(exchange, token, |call| {
        let decision = gate.decide(call, case.clock);
        let answer = Answer {
            allow: decision.allowed,
            passes: decision.permitted.is_some(),
            status: decision.status,
            reason: decision.reason.code.to_owned(),
        };
        Outcome::of_verdict(&answer, &gate.explain(call, case.clock).to_json())
    })
}
