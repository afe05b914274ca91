//! Why a configuration cannot be used.

use std::fmt;

use vicar_token::quote::Quoted;

use crate::failure::{Failure, code};

/// One key that cannot be used. The message never holds a value that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationProblem {
    /// The key, as environment variables spell it.
    pub key: String,
    /// What was seen.
    pub seen: String,
    /// What was wanted.
    pub wanted: String,
}

impl fmt::Display for ConfigurationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is {}; wanted: {}", self.key, self.seen, self.wanted)
    }
}

/// All problems of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used")]
pub struct Problems(Vec<ConfigurationProblem>);

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let mut failure = Self::new(code::CONFIGURATION_UNUSABLE, &problems)
            .hint("docs/sidecar-compatibility.md describes every key");
        failure.details = problems.iter().map(ToString::to_string).collect();
        failure
    }
}

impl Problems {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, in the order in which keys were read.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigurationProblem> {
        self.0.iter()
    }

    /// A key that must be there.
    pub(crate) fn missing(&mut self, key: &str, wanted: impl Into<String>) {
        self.add(key, "not set", wanted);
    }

    /// A value that is no secret.
    pub(crate) fn value(&mut self, key: &str, value: &str, wanted: impl Into<String>) {
        self.add(key, Quoted(value).to_string(), wanted);
    }

    /// Anything else.
    pub(crate) fn add(&mut self, key: &str, seen: impl Into<String>, wanted: impl Into<String>) {
        let (key, seen, wanted) = (key.to_owned(), seen.into(), wanted.into());
        self.0.push(ConfigurationProblem { key, seen, wanted });
    }
}
