//! What cannot be asked for.

use vicar_keys::AddressError;
use vicar_token::{Reason, json::JsonError, quote::Quoted};

use crate::reason;

/// A value that must not be sent, found before anything was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No audience is accepted of the token that comes back.
    #[error("no audience is listed that the token may have")]
    AudiencesMissing,
    /// A custom authority or endpoint is not an acceptable address.
    #[error(transparent)]
    Authority(AddressError),
    /// A custom authority has a path or query.
    #[error("the authority {} is more than scheme and host", Quoted(.seen))]
    AuthorityPath {
        /// As written.
        seen: String,
    },
    /// A claims challenge is not base64.
    #[error("the claims challenge is neither JSON nor base64 of it")]
    ChallengeEncoding,
    /// A claims challenge is not an acceptable JSON object.
    #[error("the claims challenge cannot be read: {0}")]
    ChallengeJson(JsonError),
    /// `.default` beside named permissions.
    #[error(
        "the scope {} asks for all that was consented to, so no other goes with it",
        Quoted(.seen)
    )]
    DefaultMixed {
        /// The `.default` scope.
        seen: String,
    },
    /// A token for the token exchange, which no caller may have as a result.
    #[error("the scope {} is of the token exchange itself, not of a resource", Quoted(.seen))]
    ExchangeResource {
        /// The scope's resource.
        seen: String,
    },
    /// Not a GUID.
    #[error("{} is not a GUID (8-4-4-4-12 hexadecimal digits)", Quoted(.seen))]
    NotAGuid {
        /// As written.
        seen: String,
    },
    /// Not a user principal name.
    #[error("{} is not a user principal name (`name@domain`)", Quoted(.seen))]
    NotAPrincipalName {
        /// As written.
        seen: String,
    },
    /// A text that has to be plain characters without spaces, of bounded length.
    #[error(
        "the {what} {} is empty, too long, or has a space or a control character",
        Quoted(.seen)
    )]
    NotPlain {
        /// What it is for.
        what: &'static str,
        /// As written.
        seen: String,
    },
    /// A flow without a user, asked for named permissions.
    #[error(
        "the scope {} names a permission, but without a user only `<resource>/.default` can be \
         asked for",
        Quoted(.seen)
    )]
    ScopeNotDefault {
        /// The scope.
        seen: String,
    },
    /// A text that is no scope.
    #[error("{} is not a scope", Quoted(.seen))]
    ScopeMalformed {
        /// As written.
        seen: String,
    },
    /// No scope of a resource.
    #[error("no scope names a resource")]
    ScopeMissing,
    /// Scopes of several resources.
    #[error("the scopes are of two resources, {} and {}", Quoted(.one), Quoted(.other))]
    ScopesOfTwoResources {
        /// One of them.
        one: String,
        /// The other.
        other: String,
    },
    /// Not a certificate thumbprint.
    #[error("{} is not base64url of a SHA-256 thumbprint", Quoted(.seen))]
    Thumbprint {
        /// As written.
        seen: String,
    },
    /// The JSON is not a spec's. Of the values in it nothing is repeated: they may be secrets.
    #[error("what is asked for cannot be read: {0}")]
    Unreadable(String),
    /// Both ways to name the agent's user account, or neither.
    #[error(
        "the agent's user account is given {} where exactly one is wanted",
        if *.both { "by object id and by name" } else { "neither by object id nor by name" }
    )]
    UserAmbiguous {
        /// Whether both were given.
        both: bool,
    },
}

impl SpecError {
    /// The stable code.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::ChallengeEncoding | Self::ChallengeJson(_) => reason::CHALLENGE_MALFORMED,
            Self::DefaultMixed { .. }
            | Self::ExchangeResource { .. }
            | Self::ScopeMalformed { .. }
            | Self::ScopeMissing
            | Self::ScopeNotDefault { .. }
            | Self::ScopesOfTwoResources { .. } => reason::SCOPE_REFUSED,
            Self::UserAmbiguous { .. } => reason::USER_AMBIGUOUS,
            _ => reason::EXCHANGE_REQUEST_MALFORMED,
        }
    }

    /// What would change it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::AudiencesMissing => "list the `aud` values that the resource's tokens have",
            Self::Authority(_) => "name an `https` address, or an `http` one on loopback",
            Self::AuthorityPath { .. } => "name the authority as `https://host[:port]`",
            Self::ChallengeEncoding | Self::ChallengeJson(_) => {
                "pass on the `claims` of the `WWW-Authenticate` header unchanged"
            }
            Self::DefaultMixed { .. } => "ask for `.default` alone, or for named permissions alone",
            Self::ExchangeResource { .. } => "ask for a scope of the API to call",
            Self::NotAGuid { .. } => "give the id as it stands in the directory",
            Self::NotAPrincipalName { .. } => "give the object id of the agent's user instead",
            Self::NotPlain { .. } => "correct the text",
            Self::ScopeMalformed { .. } => "write scopes as `<resource>/<permission>`",
            Self::ScopeMissing => "add a scope of the resource",
            Self::ScopeNotDefault { .. } => "ask for `<resource>/.default`",
            Self::ScopesOfTwoResources { .. } => "make one exchange for each resource",
            Self::Thumbprint { .. } => "give the `x5t#S256` of the certificate",
            Self::Unreadable(_) => "correct the JSON of what is asked for",
            Self::UserAmbiguous { .. } => "give the object id or the user principal name",
        }
    }
}
