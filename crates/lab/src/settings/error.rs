//! Why a configuration is refused.

use serde_saphyr::{MessageFormatter, UserMessageFormatter};
use vicar_token::quote::Quoted;

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Not the YAML that is wanted.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// An id that is no GUID.
    #[error("{what}: {} is not a GUID in lower case", Quoted(.id))]
    NotAGuid {
        /// What it is the id of.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Two things with one id, name or address.
    #[error("{what}: {} is there twice", Quoted(.id))]
    Twice {
        /// What it is.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// An id of nothing.
    #[error("{what}: there is none with the id {}; {hint}", Quoted(.id))]
    Unknown {
        /// What refers to it.
        what: &'static str,
        /// The id.
        id: String,
        /// What would help.
        hint: &'static str,
    },
    /// A consent for a scope or role that the resource does not have.
    #[error("{what}: the resource {} does not define {}", Quoted(.resource), Quoted(.name))]
    NotDefined {
        /// What refers to it.
        what: &'static str,
        /// App id of the resource.
        resource: String,
        /// The scope or role.
        name: String,
    },
    /// A credential that cannot be one.
    #[error("credential of {}: {why}", Quoted(.application))]
    Credential {
        /// App id.
        application: String,
        /// What is wrong.
        why: String,
    },
    /// A value out of range.
    #[error("{what}: {why}")]
    Value {
        /// Where.
        what: &'static str,
        /// What is wrong.
        why: &'static str,
    },
}

impl SettingsError {
    pub(crate) fn syntax(error: &serde_saphyr::Error) -> Self {
        let error = error.without_snippet();
        let (line, column) =
            error.location().map_or((0, 0), |place| (place.line(), place.column()));
        let message = UserMessageFormatter.format_message(error);
        let message = message
            .chars()
            .take(LONGEST_MESSAGE)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        Self::Syntax { line, column, message }
    }
}

const LONGEST_MESSAGE: usize = 300;
