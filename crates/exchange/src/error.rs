//! Why an exchange did not end in a token.

mod answer;
mod assertion;
mod carriage;
mod outcome;
mod refusal;
mod spec;

use vicar_token::{Reason, UnixSeconds};

pub use answer::AnswerError;
pub use assertion::AssertionError;
pub use carriage::{Carriage, CredentialError};
pub use outcome::OutcomeError;
pub use refusal::{Challenge, Refusal};
pub use spec::SpecError;

use crate::{Step, reason};

/// Why an exchange failed. The message says what was seen and what was wanted,
/// [`remedy`](Self::remedy) what would change it; no token or secret stands in either.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The token endpoint's answer cannot be used.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The token to exchange was refused before anything was sent.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// The credential cannot be had from the host.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The exchange took too long.
    #[error("the exchange did not end by {deadline} (now {now}); last: {last}")]
    Deadline {
        /// When it had to end, in seconds since 1970.
        deadline: UnixSeconds,
        /// The host's time.
        now: UnixSeconds,
        /// What kept it, in words.
        last: String,
    },
    /// The person declined, or the device code ended.
    #[error("the person at the terminal {0}")]
    DeviceCode(&'static str),
    /// An event that no step asked for.
    #[error("the exchange was resumed with {0}, which it had not asked for")]
    OutOfOrder(&'static str),
    /// The token that came back is not the one asked for; it is not returned.
    #[error(transparent)]
    Outcome(#[from] OutcomeError),
    /// The token endpoint refused.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// What was asked for cannot be sent.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The token endpoint cannot be reached or is overloaded, and the attempts are used up.
    #[error("the token endpoint gave no token in {attempts} attempt(s); last: {last}")]
    Unavailable {
        /// How often it was asked.
        attempts: u8,
        /// When it said that asking again makes sense.
        retry_at: Option<UnixSeconds>,
        /// What it last answered, in words.
        last: String,
    },
}

impl Problem {
    /// The stable code, with the HTTP status for it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Answer(problem) => problem.reason(),
            Self::Assertion(problem) => problem.reason(),
            Self::Credential(_) => reason::CREDENTIAL_UNAVAILABLE,
            Self::Deadline { .. } => reason::EXCHANGE_DEADLINE,
            Self::DeviceCode(_) => reason::DEVICE_CODE_ENDED,
            Self::OutOfOrder(_) => reason::EXCHANGE_OUT_OF_ORDER,
            Self::Outcome(problem) => problem.reason(),
            Self::Refused(refusal) => refusal.reason(),
            Self::Spec(problem) => problem.reason(),
            Self::Unavailable { .. } => reason::STS_UNAVAILABLE,
        }
    }

    /// What would change it.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Answer(problem) => problem.remedy(),
            Self::Assertion(problem) => problem.remedy(),
            Self::Credential(problem) => problem.remedy(),
            Self::Deadline { .. } | Self::Unavailable { .. } => {
                "try again later; if it lasts, look at the way to the token endpoint"
            }
            Self::DeviceCode(_) => "start anew and sign in at the address shown",
            Self::OutOfOrder(_) => "report this: the host and the exchange disagree",
            Self::Outcome(problem) => problem.remedy(),
            Self::Refused(refusal) => refusal.remedy(),
            Self::Spec(problem) => problem.remedy(),
        }
    }

    /// The challenge to pass on to the user's client, if that is what would help: to be answered
    /// with 401 and `WWW-Authenticate: Bearer error="insufficient_claims"`.
    pub fn challenge(&self) -> Option<&Challenge> {
        match self {
            Self::Refused(refusal) => refusal.challenge(),
            _ => None,
        }
    }

    /// When trying again makes sense, in seconds since 1970, if the token endpoint said so.
    pub const fn retry_at(&self) -> Option<UnixSeconds> {
        match self {
            Self::Unavailable { retry_at, .. } => *retry_at,
            _ => None,
        }
    }
}

impl From<Problem> for Step {
    fn from(problem: Problem) -> Self {
        Self::Failed(Box::new(problem))
    }
}
