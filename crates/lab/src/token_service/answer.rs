//! The answers of the token and device-code endpoints.

use std::fmt;

use serde::Serialize;

/// A token answer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TokenAnswer {
    /// `Bearer`.
    pub token_type: &'static str,
    /// What was granted to a user's client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Seconds.
    pub expires_in: u64,
    /// Seconds, the same.
    pub ext_expires_in: u64,
    /// Seconds after which a client is to ask anew, for tokens that live two hours or longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in: Option<u64>,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Who the user is, for the client's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_info: Option<String>,
}

impl TokenAnswer {
    pub(super) fn app(access_token: String, lifetime: u64) -> Self {
        let expires_in = lifetime.saturating_sub(1);
        Self {
            token_type: "Bearer",
            scope: None,
            expires_in,
            ext_expires_in: expires_in,
            refresh_in: (lifetime >= 7200).then_some(expires_in / 2),
            access_token,
            refresh_token: None,
            id_token: None,
            client_info: None,
        }
    }
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenAnswer")
            .field("scope", &self.scope)
            .field("expires_in", &self.expires_in)
            .field("refresh_token", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}

/// An answer of the device-code endpoint.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DeviceAnswer {
    /// What the person types.
    pub user_code: String,
    /// What the client polls with.
    pub device_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// Seconds.
    pub expires_in: u64,
    /// Seconds between polls.
    pub interval: u64,
    /// The whole as a sentence.
    pub message: String,
}

impl fmt::Debug for DeviceAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeviceAnswer")
            .field("user_code", &self.user_code)
            .finish_non_exhaustive()
    }
}
