//! What the host could not do.

use vicar_token::quote::Quoted;

use crate::AssertionError;

/// Why a request had no answer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Carriage {
    /// No connection, or it broke.
    #[error("the connection failed")]
    Connection,
    /// No complete answer before the request's deadline: a body that never ends is one, too.
    #[error("the answer did not come in time")]
    Deadline,
    /// The answer is longer than the request's limit.
    #[error("the answer is longer than the limit")]
    TooLarge,
    /// The server's certificate was refused.
    #[error("the server's certificate was refused")]
    Untrusted,
}

/// Why a credential cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The assertion in the file or of the managed identity is unusable.
    #[error(transparent)]
    Assertion(AssertionError),
    /// The file of the service-account token cannot be read.
    #[error("the service-account token {} cannot be read", Quoted(.0))]
    File(String),
    /// A credential that this client cannot use.
    #[error("{0}")]
    Kind(&'static str),
    /// The managed identity's endpoint gave no token.
    #[error("the managed identity endpoint answered with status {0}")]
    ManagedIdentity(u16),
    /// The host has no such key, or cannot sign with it.
    #[error("the host cannot sign with the key {}", Quoted(.0))]
    Signing(String),
}

impl CredentialError {
    /// What would change it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Assertion(problem) => problem.remedy(),
            Self::File(_) => "mount the projected token, and let the process read it",
            Self::Kind(_) => "name another credential",
            Self::ManagedIdentity(_) => "assign the managed identity to this machine",
            Self::Signing(_) => "give the host the certificate's private key (RSA, PS256)",
        }
    }
}
