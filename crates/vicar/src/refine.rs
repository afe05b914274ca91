//! Denies that the caller can cure: a missing scope, or a stronger sign-in.

use vicar_policy::{
    explain::{PolicyFinding, PolicyResult},
    ir::Effect,
};
use vicar_token::Reason;

use crate::reason;

/// What the nearest permit lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cure {
    /// The reason that says so.
    pub(crate) reason: &'static Reason,
    /// The authentication context to ask for.
    pub(crate) authentication_context: Option<String>,
    /// The permit that would then apply.
    pub(crate) policy: String,
}

/// Why no permit applied, where every unmet clause of a nearest permit (among those whose scope
/// matches, those with the fewest unmet clauses) reads the same curable part of the context.
pub(crate) fn cure(findings: &[PolicyFinding<'_>]) -> Option<Cure> {
    let unsatisfied = || {
        findings
            .iter()
            .filter(|finding| finding.policy.effect() == Effect::Permit)
            .filter(|finding| finding.result == PolicyResult::Unsatisfied)
    };
    let fewest = unsatisfied().map(|finding| finding.failed().count()).min()?;
    unsatisfied().filter(|finding| finding.failed().count() == fewest).find_map(curable)
}

fn curable(finding: &PolicyFinding<'_>) -> Option<Cure> {
    let policy = finding.policy.id().to_owned();
    if lacks_only(finding, "context.scopes") {
        let reason = &reason::SCOPE_INSUFFICIENT;
        return Some(Cure { reason, authentication_context: None, policy });
    }
    let context = finding.policy.annotation("challenge")?;
    lacks_only(finding, "context.auth.contexts").then(|| Cure {
        reason: &reason::AUTHENTICATION_CONTEXT_REQUIRED,
        authentication_context: Some(context.to_owned()),
        policy,
    })
}

/// Whether everything that the policy's unmet clauses consulted in vain is `path`.
fn lacks_only(finding: &PolicyFinding<'_>, path: &str) -> bool {
    finding.failed().all(|clause| {
        let mut vain = clause
            .readings
            .iter()
            .filter(|reading| reading.consulted && reading.met != Some(true))
            .peekable();
        vain.peek().is_some() && vain.all(|reading| reading.path == path)
    })
}
