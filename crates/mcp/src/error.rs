//! Why a message is refused.

use vicar_token::{Reason, json::JsonError, json::WrongType, quote::Quoted};

use crate::reason;

/// Why a message is refused: what was seen and what was wanted, input bounded and escaped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A member that some readers take for another.
    #[error("the member {} differs from `{known}` by letter case alone", Quoted(.found))]
    Ambiguous {
        /// The member as written.
        found: String,
        /// The member that it could be taken for.
        known: String,
    },
    /// An array of messages.
    #[error("the body is a batch, which MCP has not had since its revision 2025-06-18")]
    Batch,
    /// A header says something else than the message.
    #[error("the header `{header}` is {}, where the message says {}", Quoted(.found), said(.message))]
    HeaderMismatch {
        /// The header.
        header: &'static str,
        /// Its value.
        found: String,
        /// What the message says; nothing where it says nothing of the kind.
        message: Option<String>,
    },
    /// A header whose value cannot be read.
    #[error("the header `{header}` cannot be read: {problem}")]
    HeaderMalformed {
        /// The header.
        header: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Not JSON, or beyond the limits.
    #[error("the message cannot be read: {0}")]
    Json(#[from] JsonError),
    /// JSON, but no JSON-RPC message.
    #[error("the body is no JSON-RPC message of MCP: {0}")]
    Shape(&'static str),
    /// A member of the wrong type.
    #[error("in the message, {0}")]
    Type(#[from] WrongType),
}

impl MessageError {
    /// The stable reason.
    pub const fn reason(&self) -> &'static Reason {
        match self {
            Self::Ambiguous { .. } => &reason::MESSAGE_AMBIGUOUS,
            Self::Batch => &reason::BATCH_REFUSED,
            Self::HeaderMismatch { .. } | Self::HeaderMalformed { .. } => {
                &reason::MCP_HEADER_MISMATCH
            }
            Self::Json(_) | Self::Shape(_) | Self::Type(_) => &reason::MESSAGE_MALFORMED,
        }
    }

    /// What would change the answer.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "spell each member as the specification does",
            Self::Batch => "send each message in a request of its own",
            Self::HeaderMismatch { .. } | Self::HeaderMalformed { .. } => {
                "have the header repeat what the message says"
            }
            Self::Json(_) | Self::Shape(_) | Self::Type(_) => {
                "send one JSON-RPC 2.0 message as the body"
            }
        }
    }
}

fn said(message: &Option<String>) -> String {
    message
        .as_deref()
        .map_or_else(|| "nothing of the kind".to_owned(), |text| Quoted(text).to_string())
}
