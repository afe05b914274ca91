//! Why a token was not traded.

use vicar_identity::{Recognition, facets::FacetError};
use vicar_token::{Reason, TokenError, UnixSeconds, quote::Quoted};

use crate::{Guid, reason};

/// Why the token to exchange (Tc, T1, X2, or the credential's assertion) was refused before
/// anything was sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionError {
    /// It speaks of an application (would be AADSTS7000114).
    #[error("the token to exchange is app-only: {seen}")]
    AppOnly {
        /// What says so.
        seen: &'static str,
    },
    /// It was itself had through a federated credential (would be AADSTS700231).
    #[error("the credential's assertion was itself obtained through a federated credential")]
    Chained,
    /// Its time has run out (would be AADSTS500133 or AADSTS700024).
    #[error("the {what} expired at {expires_at}, it is {now}")]
    Expired {
        /// Which token.
        what: &'static str,
        /// `exp`.
        expires_at: UnixSeconds,
        /// The host's time.
        now: UnixSeconds,
    },
    /// A claim is missing or has a value that it cannot have.
    #[error("the claim `{claim}` of the token to exchange is {seen} where {wanted} is expected")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it is, safe to show.
        seen: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// A facet claim cannot be read, so nobody can say that no agent obtained the token.
    #[error("the claim `{claim}` of the token to exchange cannot be read: {problem}")]
    Facets {
        /// Its name.
        claim: &'static str,
        /// What is wrong.
        problem: FacetError,
    },
    /// An agent obtained it, or it speaks of one (domain case 8).
    #[error("the token to exchange was itself obtained by an agent or speaks of one: {seen}")]
    Nested {
        /// What says so.
        seen: String,
    },
    /// Its time has not come.
    #[error("the token to exchange is valid from {not_before}, it is {now}")]
    NotYetValid {
        /// `nbf`.
        not_before: UnixSeconds,
        /// The host's time.
        now: UnixSeconds,
    },
    /// A credential's assertion is for the exchange of another cloud, or differs in letter case
    /// (would be AADSTS700212).
    #[error("the credential's assertion is for {}, not for `{wanted}`", Quoted(.seen))]
    OtherExchange {
        /// `aud`.
        seen: String,
        /// This cloud's.
        wanted: &'static str,
    },
    /// Not a compact JWS.
    #[error("the {what} cannot be read: {problem}")]
    Unreadable {
        /// Which token.
        what: &'static str,
        /// What is wrong with it.
        problem: TokenError,
    },
    /// It is for another application (would be AADSTS500131).
    #[error("the token to exchange is for {}, not for {wanted}", Quoted(.seen))]
    WrongAudience {
        /// `aud`.
        seen: String,
        /// The blueprint or middle tier.
        wanted: Guid,
    },
    /// A T1 or X2 that was handed in is somebody else's.
    #[error(
        "the {what} that was handed in is for {} where {} is wanted",
        Quoted(.seen), Quoted(.wanted)
    )]
    WrongHolder {
        /// Which token.
        what: &'static str,
        /// Whose it is.
        seen: String,
        /// Whose it has to be.
        wanted: String,
    },
    /// It is not an access token (would be AADSTS240002 for an ID token).
    #[error("the token to exchange is {}: {}", .0.kind.phrase(), .0.why)]
    WrongKind(Recognition),
    /// It is of another tenant.
    #[error("the token to exchange is of tenant {}, not of {wanted}", Quoted(.seen))]
    WrongTenant {
        /// `tid`.
        seen: String,
        /// The agent's tenant.
        wanted: Guid,
    },
}

impl AssertionError {
    /// The stable code.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::AppOnly { .. } => reason::ASSERTION_APP_ONLY,
            Self::Expired { .. } | Self::NotYetValid { .. } => reason::ASSERTION_EXPIRED,
            Self::Chained
            | Self::Claim { .. }
            | Self::Facets { .. }
            | Self::OtherExchange { .. }
            | Self::Unreadable { .. }
            | Self::WrongHolder { .. }
            | Self::WrongKind(_) => reason::ASSERTION_UNREADABLE,
            Self::Nested { .. } => reason::ASSERTION_NESTED,
            Self::WrongAudience { .. } => reason::ASSERTION_WRONG_AUDIENCE,
            Self::WrongTenant { .. } => reason::ASSERTION_WRONG_TENANT,
        }
    }

    /// What would change it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::AppOnly { .. } => "use the autonomous flow, or send a user's token",
            Self::Chained => {
                "trust the service account on the blueprint itself, without a hop between"
            }
            Self::Expired { .. } | Self::NotYetValid { .. } => {
                "obtain a new token, and compare the clocks"
            }
            Self::Claim { .. } | Self::Facets { .. } | Self::Unreadable { .. } => {
                "obtain the token from its genuine issuer"
            }
            Self::Nested { .. } => {
                "send the token that the user gave to the blueprint, or allow nested exchange in \
                 the request"
            }
            Self::OtherExchange { .. } => "project the token for the cloud's exchange audience",
            Self::WrongAudience { .. } => {
                "let the client ask for `api://<blueprint>/access_as_user` and send that token"
            }
            Self::WrongHolder { .. } => "hand in what was obtained for this agent, or nothing",
            Self::WrongKind(_) => "send the user's access token for the blueprint",
            Self::WrongTenant { .. } => "use the agent of the user's tenant",
        }
    }
}
