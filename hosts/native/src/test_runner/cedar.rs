//! The same questions to Cedar itself: what it answers, Vicar must answer.

use std::collections::BTreeMap;

use vicar::{ExchangeGate, Gate};
use vicar_compiler::{Compiled, TestCase, reference::compare};
use vicar_policy::{Entities, Evaluation, Request};
use vicar_token::TrustedIssuer;

use super::{Difference, RunError, exchange, presented_token};
use crate::{
    call::OwnedCall,
    engine::EngineError,
    mint::{self, KeyNumber},
    verifier::AwsLc,
};

/// What Cedar says to every case whose call gets as far as the policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CedarReport {
    /// How many questions were put to both.
    pub asked: usize,
    /// Where the answers part, by file and case.
    pub differences: BTreeMap<(String, String), Difference>,
}

/// Puts every question of the tests to `cedar-policy` and to `vicar-policy`.
///
/// # Errors
/// [`RunError`] when the bundle or the test keys are not taken.
pub fn ask_cedar(compiled: &Compiled) -> Result<CedarReport, RunError> {
    let contents = compiled.bundle.contents();
    let issuers: Vec<&TrustedIssuer> =
        contents.trust.iter().map(|issuer| &issuer.trusted).collect();
    let unusable = |error: &dyn std::error::Error| EngineError::Problem {
        reason: "bundle_invalid".to_owned(),
        message: error.to_string(),
    };
    let mut gate =
        Gate::load(&compiled.bundle.to_bytes(), AwsLc).map_err(|error| unusable(&error))?;
    for (position, issuer) in issuers.iter().enumerate() {
        let number = KeyNumber::of_issuer(position);
        let set = mint::key_set(&issuer.name, &issuer.algorithms, number)?;
        gate.set_keys(&issuer.name, set.as_bytes()).map_err(|error| unusable(&error))?;
    }
    let mut exchanges = exchange::gate(&compiled.bundle, &issuers)?;
    let mut report = CedarReport::default();
    for file in &compiled.tests {
        for case in &file.cases {
            let token = presented_token(case, &issuers)?;
            let token = token.as_deref();
            let difference = match &case.exchange {
                Some(_) => ask_exchange(&mut exchanges, compiled, case, token, &mut report),
                None => ask(&mut gate, compiled, case, token, &mut report),
            };
            if let Some(difference) = difference {
                report.differences.insert((file.path.clone(), case.name.clone()), difference);
            }
        }
    }
    Ok(report)
}

fn ask(
    gate: &mut Gate<AwsLc>,
    compiled: &Compiled,
    case: &TestCase,
    token: Option<&str>,
    report: &mut CedarReport,
) -> Option<Difference> {
    let call = OwnedCall::from(case.call.as_ref()?);
    let question = call.with(token, |call| gate.question(call, case.clock)).ok()?;
    report.asked += 1;
    let layers = [gate.world(), question.entities()];
    put_to_both(compiled, &question.request(), &Entities::new(&layers))
}

fn ask_exchange(
    gate: &mut ExchangeGate<AwsLc>,
    compiled: &Compiled,
    case: &TestCase,
    token: Option<&str>,
    report: &mut CedarReport,
) -> Option<Difference> {
    let asked = case.exchange.as_ref()?;
    let question =
        exchange::with_call(asked, token, |call| gate.question(call, case.clock)).ok()?;
    report.asked += 1;
    let layers = [gate.world(), question.entities()];
    put_to_both(compiled, &question.request(), &Entities::new(&layers))
}

fn put_to_both(
    compiled: &Compiled,
    request: &Request<'_>,
    entities: &Entities<'_>,
) -> Option<Difference> {
    let program = compiled.bundle.program();
    let mut evaluation = Evaluation::default();
    program.evaluate_into(request, entities, &mut evaluation);
    let differs = match compiled.reference.authorize(request, entities) {
        Ok(cedar) => compare(&cedar, program, evaluation.outcome()).err().map(|d| d.to_string()),
        Err(error) => Some(error.to_string()),
    };
    differs.map(|seen| Difference {
        what: "cedar".to_owned(),
        wanted: "the answer that Cedar gives".to_owned(),
        seen,
    })
}
