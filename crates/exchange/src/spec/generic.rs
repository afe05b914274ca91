//! Flows of issuers that speak RFC 8693.

use serde::{Deserialize, Serialize};

use super::{Opaque, WiderScopes};
use crate::{Credential, Scopes, Secret, credential::Endpoint};

/// A client of any authorisation server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GenericClient {
    /// `client_id`.
    pub id: String,
    /// Its credential.
    pub credential: Credential,
}

/// RFC 8693 section 2.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenExchange {
    /// The token endpoint.
    pub token_endpoint: Endpoint,
    /// Who asks.
    pub client: GenericClient,
    /// `subject_token`: on whose behalf.
    #[serde(serialize_with = "Secret::whole")]
    pub subject_token: Secret,
    /// `subject_token_type`.
    #[serde(default = "access_token_type")]
    pub subject_token_type: String,
    /// `actor_token`: who acts.
    #[serde(default, serialize_with = "Secret::whole_if_any")]
    pub actor_token: Option<Secret>,
    /// `actor_token_type`.
    #[serde(default = "access_token_type")]
    pub actor_token_type: String,
    /// `audience`: the target's name at the issuer.
    #[serde(default)]
    pub audience: Option<String>,
    /// `resource`: the target's address (RFC 8707).
    #[serde(default)]
    pub resource: Option<String>,
    /// `scope`.
    #[serde(default)]
    pub scopes: Scopes,
    /// What is accepted of the token.
    pub outcome: GenericOutcome,
}

/// What a token of such an issuer has to show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GenericOutcome {
    /// `sub`, if it is known before.
    #[serde(default)]
    pub subject: Option<String>,
    /// `act.sub` of the outermost actor; required where an `actor_token` is sent.
    #[serde(default)]
    pub actor: Option<String>,
    /// The `aud` values accepted; never empty.
    pub audiences: Vec<String>,
    /// Whether a token that cannot be read is accepted.
    #[serde(default)]
    pub opaque: Opaque,
    /// Whether the token may grant more than the scopes named.
    #[serde(default)]
    pub wider_scopes: WiderScopes,
}

/// Identity assertion authorisation grant (draft-ietf-oauth-identity-assertion-authz-grant).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityAssertion {
    /// Token endpoint of the user's identity provider.
    pub provider_endpoint: Endpoint,
    /// The client there.
    pub provider_client: GenericClient,
    /// The user's ID token (or refresh token) for that client.
    #[serde(serialize_with = "Secret::whole")]
    pub subject_token: Secret,
    /// Its type.
    #[serde(default = "id_token_type")]
    pub subject_token_type: String,
    /// Issuer identifier of the resource's authorisation server: `aud` of the grant.
    pub resource_issuer: Endpoint,
    /// Its token endpoint.
    pub resource_endpoint: Endpoint,
    /// The client there: `client_id` of the grant.
    pub resource_client: GenericClient,
    /// `resource`: the API's address.
    #[serde(default)]
    pub resource: Option<String>,
    /// `scope`.
    #[serde(default)]
    pub scopes: Scopes,
    /// What is accepted of the token.
    pub outcome: GenericOutcome,
}

fn access_token_type() -> String {
    crate::oauth::ACCESS_TOKEN_TYPE.to_owned()
}

fn id_token_type() -> String {
    crate::oauth::ID_TOKEN_TYPE.to_owned()
}
