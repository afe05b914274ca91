//! What the command line says when it cannot answer: a code, a sentence, a hint.

use std::{fmt, path::Path};

use serde::Serialize;

/// An error as the user sees it; the process ends with status 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Failure {
    /// Stable, `snake_case`; listed in `docs/reasons.md`.
    pub reason: String,
    /// What was seen and what was wanted. Lower case, without a full stop, never a token.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in a bundle's sources, for errors of a build.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Failure {
    /// An error without a hint.
    pub fn new(reason: impl Into<String>, message: impl fmt::Display) -> Self {
        Self {
            reason: reason.into(),
            message: message.to_string(),
            hint: None,
            details: Vec::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new("file_unusable", format!("cannot {verb} `{}`: {error}", path.display()))
    }

    /// Text that is not the JSON it should be.
    pub fn json(what: &str, error: &serde_json::Error) -> Self {
        Self::new("json_malformed", format!("{what} is not the JSON it should be: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
