//! A call that was refused before any policy was asked.

use serde::Serialize;
use vicar_identity::IdentityError;
use vicar_token::{Reason, TokenError};

/// Why a call was refused: what was seen, what was wanted, and what would change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code and HTTP status.
    pub reason: &'static Reason,
    /// What was seen and what was wanted; never holds a token.
    pub message: String,
    /// What would change the answer.
    pub remedy: String,
}

impl Refusal {
    pub(crate) fn new(
        reason: &'static Reason,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { reason, message: message.into(), remedy: remedy.into() }
    }

    /// The refusal of a request that carries no token.
    pub fn no_token() -> Self {
        Self::new(
            &vicar_token::reason::TOKEN_MISSING,
            "the request carries no token",
            "send an access token in the `Authorization` header as `Bearer`",
        )
    }

    /// One or two sentences for people.
    pub fn sentence(&self) -> String {
        let mut sentence = capitalised(&self.message);
        sentence.push('.');
        if !self.remedy.is_empty() {
            sentence.push(' ');
            sentence.push_str(&capitalised(&self.remedy));
            sentence.push('.');
        }
        sentence
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            reason: &'a str,
            status: u16,
            message: &'a str,
            remedy: &'a str,
        }
        crate::canonical::to_json(&Document {
            reason: self.reason.code,
            status: self.reason.status,
            message: &self.message,
            remedy: &self.remedy,
        })
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        Self::new(error.reason(), error.to_string(), error.remedy())
    }
}

impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        Self::new(error.reason(), error.to_string(), error.remedy())
    }
}

/// `text` with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
