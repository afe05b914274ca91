//! What each policy saw, for the verdict's JSON.

use serde::Serialize;
use vicar_policy::{
    explain::{ClauseFinding, ClauseState, PolicyFinding, PolicyResult, Reading, Seen},
    ir::{ClauseKind, Effect, SourceSpan},
};

/// A policy whose scope matched.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyDocument {
    /// Its id.
    pub policy: String,
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// `satisfied`, `unsatisfied` or `error`.
    pub result: &'static str,
    /// File, line and column.
    pub source: String,
    /// Its `@reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its `@advice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Its clauses, in source order.
    pub clauses: Vec<ClauseDocument>,
}

/// A clause and what it came to.
#[derive(Clone, Debug, Serialize)]
pub struct ClauseDocument {
    /// `when` or `unless`.
    pub keyword: &'static str,
    /// Its source text.
    pub text: String,
    /// File, line and column.
    pub source: String,
    /// `met`, `not_met` or `error`.
    pub state: &'static str,
    /// Why it has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether an earlier clause had already decided.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// What it read.
    pub readings: Vec<ReadingDocument>,
}

/// A condition inside a clause.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingDocument {
    /// What it reads, for example `context.mode`.
    pub path: String,
    /// What was there, as a Cedar literal, or `absent`.
    pub seen: String,
    /// What was wanted, for example `== "on_behalf_of"`.
    pub wanted: String,
    /// Whether it was so; absent when that cannot be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl PolicyDocument {
    pub(super) fn of(finding: &PolicyFinding<'_>) -> Self {
        let PolicyFinding { policy, result, clauses } = finding;
        let annotation = |name| policy.annotation(name).map(str::to_owned);
        Self {
            policy: policy.id().to_owned(),
            effect: match policy.effect() {
                Effect::Forbid => "forbid",
                Effect::Permit => "permit",
            },
            result: match result {
                PolicyResult::Erred => "error",
                PolicyResult::Satisfied => "satisfied",
                PolicyResult::Unsatisfied => "unsatisfied",
            },
            source: place(&policy.source()),
            reason: annotation("reason"),
            advice: annotation("advice"),
            clauses: clauses.iter().map(ClauseDocument::of).collect(),
        }
    }
}

impl ClauseDocument {
    fn of(finding: &ClauseFinding<'_>) -> Self {
        Self {
            keyword: match finding.clause.kind() {
                ClauseKind::Unless => "unless",
                ClauseKind::When => "when",
            },
            text: finding.clause.text().to_owned(),
            source: place(&finding.clause.source()),
            state: match finding.state {
                ClauseState::Error(_) => "error",
                ClauseState::Met => "met",
                ClauseState::Unmet => "not_met",
            },
            error: match &finding.state {
                ClauseState::Error(error) => Some(error.to_string()),
                ClauseState::Met | ClauseState::Unmet => None,
            },
            skipped: finding.skipped_by_cedar,
            readings: finding.readings.iter().map(ReadingDocument::of).collect(),
        }
    }
}

impl ReadingDocument {
    fn of(reading: &Reading) -> Self {
        Self {
            path: reading.path.clone(),
            seen: match &reading.seen {
                Seen::Value(literal) => literal.clone(),
                other => other.to_string(),
            },
            wanted: reading.wanted.clone(),
            met: reading.met,
        }
    }
}

fn place(source: &SourceSpan) -> String {
    format!("{}:{}:{}", source.file, source.line, source.column)
}
