//! Runs a bundle's tests: signs the tokens with test keys, asks a gate, compares.

mod cedar;
mod compare;
mod exchange;
mod junit;
mod token;

use schemars::JsonSchema;
use serde::Serialize;
use vicar::ExchangeGate;
use vicar_bundle::Bundle;
use vicar_compiler::{
    Compiled, TestCase, TestFile,
    test_file::{Presented, TestCall},
};
use vicar_token::TrustedIssuer;

use crate::{
    call::OwnedCall,
    engine::{Engine, EngineError, GateEngine, Verification},
    mint::{self, KeyNumber, MintError},
    verifier::AwsLc,
};
pub use cedar::{CedarReport, ask_cedar};
pub use compare::Difference;
use compare::Outcome;

/// What became of a bundle's tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// The bundle's name.
    pub bundle: String,
    /// Its digest.
    pub digest: String,
    /// How many cases passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many questions Cedar itself was asked too, with the same answer; absent where it was
    /// not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cedar: Option<usize>,
    /// The cases, in the order of the files.
    pub cases: Vec<CaseReport>,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseReport {
    /// Path of its file inside the bundle folder.
    pub file: String,
    /// 1-based line of its name.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// Whether all came out as wanted.
    pub passed: bool,
    /// `allow`, `deny`, or `error` where there was no answer.
    pub decision: String,
    /// The reason code.
    pub reason: String,
    /// The verdict's sentence.
    pub sentence: String,
    /// What came out otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// Why tests could not be run at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The engine does not take the bundle or the test keys.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A test key is unusable.
    #[error(transparent)]
    Mint(#[from] MintError),
}

impl Report {
    /// Whether every case passed.
    pub const fn good(&self) -> bool {
        self.failed == 0
    }

    /// The report in the JUnit format, for build servers.
    ///
    /// # Errors
    /// Text that XML cannot hold; names are escaped, so none is known.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        junit::document(self)
    }
}

/// Runs `tests` against `bundle` on `engine`, with test keys in place of the issuers' own.
/// Exchanges are decided natively, whatever the engine: the guest does not decide them.
///
/// # Errors
/// [`RunError`] when the bundle or the keys are not taken; a case that fails is no error.
pub fn run(engine: &dyn Engine, bundle: &Bundle, tests: &[TestFile]) -> Result<Report, RunError> {
    let issuers: Vec<&TrustedIssuer> =
        bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
    let mut gate = engine.load(&bundle.to_bytes())?;
    for (position, issuer) in issuers.iter().enumerate() {
        let number = KeyNumber::of_issuer(position);
        gate.set_keys(
            &issuer.name,
            mint::key_set(&issuer.name, &issuer.algorithms, number)?.as_bytes(),
        )?;
    }
    let mut exchanges = exchange::gate(bundle, &issuers)?;
    let mut cases = Vec::new();
    for file in tests {
        for case in &file.cases {
            cases.push(run_case(&mut *gate, &mut exchanges, &issuers, file, case)?);
        }
    }
    let failed = cases.iter().filter(|case| !case.passed).count();
    Ok(Report {
        bundle: bundle.contents().name.clone(),
        digest: bundle.digest().to_string(),
        passed: cases.len() - failed,
        failed,
        cedar: None,
        cases,
    })
}

/// Runs a built folder's tests on `engine`, and puts the same questions to Cedar itself: where it
/// answers otherwise, the case fails.
///
/// # Errors
/// As [`run`].
pub fn run_with_cedar(engine: &dyn Engine, compiled: &Compiled) -> Result<Report, RunError> {
    let mut report = run(engine, &compiled.bundle, &compiled.tests)?;
    let cedar = ask_cedar(compiled)?;
    for case in &mut report.cases {
        let key = (case.file.clone(), case.name.clone());
        if let Some(difference) = cedar.differences.get(&key) {
            case.differences.push(difference.clone());
            case.passed = false;
        }
    }
    report.failed = report.cases.iter().filter(|case| !case.passed).count();
    report.passed = report.cases.len() - report.failed;
    report.cedar = Some(cedar.asked - cedar.differences.len());
    Ok(report)
}

/// The text that a case's caller presents; `None` where it presents nothing.
///
/// # Errors
/// [`MintError`] where a test key is unusable.
pub fn presented_token(
    case: &TestCase,
    issuers: &[&TrustedIssuer],
) -> Result<Option<String>, MintError> {
    match &case.token {
        Presented::Nothing => Ok(None),
        Presented::Raw(text) => Ok(Some(text.clone())),
        Presented::Signed(body) => token::recipe(body, issuers)?.sign().map(Some),
    }
}

fn run_case(
    gate: &mut dyn GateEngine,
    exchanges: &mut ExchangeGate<AwsLc>,
    issuers: &[&TrustedIssuer],
    file: &TestFile,
    case: &TestCase,
) -> Result<CaseReport, MintError> {
    let token = presented_token(case, issuers)?;
    let outcome = match (&case.exchange, &case.call) {
        (Some(exchange), _) => Ok(exchange::decide(exchanges, exchange, token.as_deref(), case)),
        (None, Some(call)) => decide(gate, call, token.as_deref(), case.clock),
        (None, None) => verify(gate, token.as_deref(), case.clock),
    };
    // An engine that gives no answer fails the case, not the run.
    let outcome = outcome.unwrap_or_else(Outcome::error);
    let differences = outcome.differences(&case.want);
    Ok(CaseReport {
        file: file.path.clone(),
        line: case.line,
        name: case.name.clone(),
        passed: differences.is_empty(),
        decision: outcome.decision,
        reason: outcome.reason,
        sentence: outcome.sentence,
        differences,
    })
}

/// Asks both ways: the data path must say what the explanation says.
fn decide(
    gate: &mut dyn GateEngine,
    call: &TestCall,
    token: Option<&str>,
    now: u64,
) -> Result<Outcome, EngineError> {
    let (answer, verdict) =
        OwnedCall::from(call).with(token, |call| (gate.decide(call, now), gate.explain(call, now)));
    Ok(Outcome::of_verdict(&answer?, &verdict?))
}

fn verify(
    gate: &mut dyn GateEngine,
    token: Option<&str>,
    now: u64,
) -> Result<Outcome, EngineError> {
    let Some(token) = token else { return Ok(Outcome::no_token()) };
    Ok(match gate.verify(token, now)? {
        Verification::Admitted(json) => Outcome::admitted(&json),
        Verification::Refused(json) => Outcome::refused(&json),
    })
}
