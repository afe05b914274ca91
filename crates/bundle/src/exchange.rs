//! What tokens may be exchanged for: downstream APIs, and how the blueprint proves itself.
//!
//! Who may exchange what is policy, not configuration: it stands in the program. No secret stands
//! here either, only where a host finds one.

use serde::{Deserialize, Serialize};
use vicar_token::Cloud;

use crate::{BundleError, Contents, validate};

/// The `exchange` section of a bundle, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// App id of the blueprint (or other client) whose credential obtains every token.
    pub blueprint: String,
    /// Tenant id, a lower-case GUID: the home tenant of blueprint and agents.
    pub tenant: String,
    /// The national cloud.
    pub cloud: Cloud,
    /// Another origin that stands in for the cloud's, for an emulator: `https`, or `http` on
    /// loopback, without a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The trusted issuer (by its name) of the users' tokens for the blueprint; none: no token
    /// of a user is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// How the blueprint proves itself; the first that works is used. Never empty.
    pub credentials: Vec<CredentialSource>,
    /// Downstream APIs, sorted by name. One that is not listed is refused.
    pub downstreams: Vec<Downstream>,
}

impl Exchange {
    /// The section of `contents`, read and checked.
    ///
    /// # Errors
    /// [`BundleError`] when it is not canonical JSON of the format, or breaks a rule.
    pub fn of(contents: &Contents) -> Result<Option<Self>, BundleError> {
        let Some(text) = &contents.exchange else { return Ok(None) };
        let exchange: Self = serde_json::from_str(text).map_err(|error| {
            let message: String = error.to_string().chars().take(200).collect();
            BundleError::Malformed(format!("exchange: {}", message.escape_debug()))
        })?;
        if exchange.to_text() != *text {
            return Err(BundleError::NotCanonical);
        }
        validate::exchange(&exchange, contents)?;
        Ok(Some(exchange))
    }

    /// The canonical text, for [`Contents::exchange`].
    #[expect(
        clippy::expect_used,
        reason = "writing to memory fails only for map keys that are no text, and there are no maps"
    )]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("the section is always JSON")
    }

    /// The downstream API with this name.
    pub fn downstream(&self, name: &str) -> Option<&Downstream> {
        self.downstreams.iter().find(|downstream| downstream.name == name)
    }

    /// The `aud` values of a user's token for the blueprint (Tc): its app id (token version 2.0)
    /// and the URI that Entra gives it (version 1.0).
    pub fn assertion_audiences(&self) -> [String; 2] {
        [self.blueprint.clone(), format!("api://{}", self.blueprint)]
    }
}

/// How the blueprint proves itself: which kind, and where the host finds what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CredentialSource {
    /// A certificate: a client assertion is signed with its key.
    Certificate {
        /// The host's path of the certificate (PEM).
        file: String,
        /// The host's path of the private key (PEM).
        key: String,
    },
    /// The managed identity of the machine, federated to the blueprint.
    ManagedIdentity {
        /// Client id of a user-assigned identity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// A projected service-account token, read anew for every use.
    ServiceAccountToken {
        /// The host's path of the file.
        file: String,
    },
    /// A client secret. **Unsafe**: it can be copied and does not say who uses it. The bundle
    /// holds its place only.
    UnsafeSecret(SecretPlace),
}

/// Where a host finds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretPlace {
    /// In this environment variable.
    Environment(String),
    /// In the file at this path.
    File(String),
}

/// An API that tokens may be exchanged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downstream {
    /// Entity id of `Downstream`, and its name in the HTTP API.
    pub name: String,
    /// Its address, without a closing slash: `https`, or `http` where [`loopback`](Self::loopback)
    /// is set.
    pub base_url: String,
    /// Whether the API is on this machine: only then is a loopback host accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loopback: bool,
    /// Scopes asked for when the caller names none, all of one resource; also the attribute
    /// `scopes`. Never empty.
    pub scopes: Vec<String>,
    /// Free labels, as the attribute `labels`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The `aud` values that its tokens may have; never empty.
    pub audiences: Vec<String>,
    /// The flow when the caller names none.
    pub flow: ExchangeFlow,
    /// Path below the address when the caller names none, without a leading slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_path: Option<String>,
    /// Upper-case method when the caller names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    /// Whether its token may grant more than was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_wider_scopes: bool,
    /// Whether its token may be one that cannot be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_opaque: bool,
}

/// In whose place a token is obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeFlow {
    /// The agent's own user account.
    AgentUser,
    /// The blueprint or application itself, without an agent.
    App,
    /// The agent as itself.
    Autonomous,
    /// The user of the token presented: by the agent, or without one by the application.
    OnBehalfOf,
}

impl ExchangeFlow {
    /// All flows, in the order of their names.
    pub const ALL: [Self; 4] = [Self::AgentUser, Self::App, Self::Autonomous, Self::OnBehalfOf];

    /// Its name, for example `on_behalf_of`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgentUser => "agent_user",
            Self::App => "app",
            Self::Autonomous => "autonomous",
            Self::OnBehalfOf => "on_behalf_of",
        }
    }
}
