//! What a check found, for people and programs alike: what was seen, what was wanted, what would
//! change it. Never a token or a secret.

pub mod reason;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does not work like this.
    Failed,
    /// Nobody looked, and the finding says why.
    NotChecked,
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warning,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "finding")]
pub struct Finding {
    /// What was looked at: stable, `snake_case`.
    pub check: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is not ok: a stable code, listed in `docs/reasons.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
    /// What was seen.
    pub seen: String,
    /// What was wanted instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
    /// What would change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, seen: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, None, seen.into())
    }

    /// It does not work like this.
    pub fn failed(
        check: &'static str,
        reason: impl Into<Cow<'static, str>>,
        seen: impl Into<String>,
        wanted: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, Outcome::Failed, Some(reason.into()), seen.into())
            .wanted(wanted)
            .remedy(remedy)
    }

    /// It works, but somebody should look.
    pub fn warning(
        check: &'static str,
        reason: &'static str,
        seen: impl Into<String>,
        wanted: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { outcome: Outcome::Warning, ..Self::failed(check, reason, seen, wanted, remedy) }
    }

    /// Nobody looked: `why`, and what would have it looked at.
    pub fn not_checked(
        check: &'static str,
        reason: &'static str,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, Outcome::NotChecked, Some(reason.into()), why.into()).remedy(remedy)
    }

    /// The check has no object in this set-up.
    pub fn without_object(check: &'static str, why: impl Into<String>) -> Self {
        Self::new(check, Outcome::NotChecked, Some(reason::NOT_APPLICABLE.into()), why.into())
    }

    fn new(
        check: &'static str,
        outcome: Outcome,
        reason: Option<Cow<'static, str>>,
        seen: String,
    ) -> Self {
        Self { check, outcome, reason, seen, wanted: None, remedy: None }
    }

    fn wanted(mut self, wanted: impl Into<String>) -> Self {
        self.wanted = Some(wanted.into());
        self
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// How many findings ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "counts")]
pub struct Counts {
    /// As they should be.
    pub ok: usize,
    /// Somebody should look.
    pub warnings: usize,
    /// Do not work.
    pub failed: usize,
    /// Nobody looked.
    pub not_checked: usize,
}

impl Counts {
    /// Of these findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            let count = match finding.outcome {
                Outcome::Failed => &mut counts.failed,
                Outcome::NotChecked => &mut counts.not_checked,
                Outcome::Ok => &mut counts.ok,
                Outcome::Warning => &mut counts.warnings,
            };
            *count += 1;
        }
        counts
    }
}
