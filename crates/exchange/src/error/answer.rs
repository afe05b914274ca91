//! Answers that cannot be used.

use vicar_token::{Reason, json::JsonError, quote::Quoted};

use crate::reason;

/// Why an answer was refused. None of these is tried again: an endpoint that answers so is not
/// the one that was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The content type is not JSON (HTML of a portal or proxy, for example).
    #[error(
        "the answer (status {status}) is {} where `application/json` is expected",
        Quoted(.seen)
    )]
    ContentType {
        /// HTTP status.
        status: u16,
        /// The content type; empty when there is none.
        seen: String,
    },
    /// Not a JSON object, or cut off.
    #[error("the answer (status {status}) cannot be read: {problem}")]
    Json {
        /// HTTP status.
        status: u16,
        /// What is wrong.
        problem: JsonError,
    },
    /// A member has a value that it cannot have.
    #[error("the member `{member}` of the answer is {seen} where {wanted} is expected")]
    Member {
        /// Its name.
        member: &'static str,
        /// What it is, safe to show; `absent` when it is not there.
        seen: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// A redirect, which is never followed: it would carry the credential elsewhere.
    #[error("the token endpoint answered with the redirect {status}")]
    Redirect {
        /// HTTP status.
        status: u16,
    },
    /// Neither a token nor an OAuth error.
    #[error("the token endpoint answered with status {status} and no OAuth error")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// Longer than the limit.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The server's certificate was refused.
    #[error("the token endpoint's certificate was refused")]
    Untrusted,
}

impl AnswerError {
    /// The stable code.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Redirect { .. } => reason::STS_REDIRECTED,
            Self::TooLarge { .. } => reason::STS_ANSWER_TOO_LARGE,
            Self::Untrusted => reason::STS_UNAVAILABLE,
            _ => reason::STS_ANSWER_MALFORMED,
        }
    }

    /// What would change it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Untrusted => "trust the authority's certificate, or name the right authority",
            _ => "look at what stands between this host and the authority: a proxy or a portal",
        }
    }
}
