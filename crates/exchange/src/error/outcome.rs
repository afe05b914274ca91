//! Tokens that came back and are not what was asked for.

use vicar_identity::{IdentityError, Recognition};
use vicar_token::{
    Reason, TokenError, UnixSeconds,
    quote::{AnyOf, Quoted},
};

use crate::reason;

/// Why the token that came back is refused. It is dropped, never returned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OutcomeError {
    /// The agent, or the user behind it, does not show in the token.
    #[error("the token that came back {0}")]
    DelegationLost(&'static str),
    /// It is expired already.
    #[error("the token that came back expired at {expires_at}, it is {now}")]
    Expired {
        /// The earlier of `exp` and the answer's `expires_in`.
        expires_at: UnixSeconds,
        /// The host's time.
        now: UnixSeconds,
    },
    /// Its claims contradict each other, or cannot be read.
    #[error("the token that came back cannot be taken: {0}")]
    Identity(IdentityError),
    /// It is not a JWT, so nothing about it can be checked.
    #[error("the token that came back is opaque: nothing about it can be checked")]
    Opaque,
    /// It grants a scope that was not asked for.
    #[error("the token that came back grants {} beyond what was asked for", Quoted(.scope))]
    ScopeWidened {
        /// One such scope.
        scope: String,
    },
    /// It is a malformed JWT.
    #[error("the token that came back is malformed: {0}")]
    Unreadable(TokenError),
    /// It is another client's (domain case 11).
    #[error("the token that came back is {}'s, not {}'s", Quoted(.seen), Quoted(.wanted))]
    WrongActor {
        /// Its actor.
        seen: String,
        /// The requested one.
        wanted: String,
    },
    /// It is for another resource.
    #[error("the token that came back is for {}, not for {}", Quoted(.seen), AnyOf(.wanted))]
    WrongAudience {
        /// Its `aud`.
        seen: String,
        /// The accepted ones.
        wanted: Vec<String>,
    },
    /// It is another kind of token.
    #[error("the token that came back is {}: {}", .0.kind.phrase(), .0.why)]
    WrongKind(Recognition),
    /// It speaks of someone else.
    #[error("the token that came back speaks of {}, not of {}", Quoted(.seen), Quoted(.wanted))]
    WrongSubject {
        /// Its subject.
        seen: String,
        /// The planned one.
        wanted: String,
    },
    /// It is of another tenant.
    #[error("the token that came back is of tenant {}, not of {}", Quoted(.seen), Quoted(.wanted))]
    WrongTenant {
        /// Its tenant.
        seen: String,
        /// The requested one.
        wanted: String,
    },
}

impl OutcomeError {
    /// The stable code.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::DelegationLost(_) => reason::DELEGATION_LOST,
            Self::Expired { .. } => reason::OUTCOME_EXPIRED,
            Self::Identity(_) | Self::Unreadable(_) | Self::WrongKind(_) => {
                reason::OUTCOME_UNREADABLE
            }
            Self::Opaque => reason::OUTCOME_OPAQUE,
            Self::ScopeWidened { .. } => reason::SCOPE_WIDENED,
            Self::WrongActor { .. } => reason::WRONG_ACTOR,
            Self::WrongAudience { .. } => reason::WRONG_AUDIENCE,
            Self::WrongSubject { .. } => reason::WRONG_SUBJECT,
            Self::WrongTenant { .. } => reason::WRONG_TENANT,
        }
    }

    /// What would change it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::DelegationLost(_) | Self::WrongActor { .. } | Self::WrongSubject { .. } => {
                "compare the ids of the request with the directory's"
            }
            Self::Expired { .. } => "compare the clocks",
            Self::Identity(_)
            | Self::Unreadable(_)
            | Self::WrongKind(_)
            | Self::WrongTenant { .. } => "look at what answers at the token endpoint",
            Self::Opaque => "allow opaque tokens for this resource, if it issues such",
            Self::ScopeWidened { .. } => {
                "ask for `.default`, withdraw the consent, or accept wider scopes in the request"
            }
            Self::WrongAudience { .. } => {
                "add the audience to those accepted for this resource, if it is the resource's"
            }
        }
    }
}
