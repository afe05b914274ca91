//! The `exchange` section.

use schemars::JsonSchema;
use serde::Deserialize;
use vicar_bundle::exchange::ExchangeFlow;

use super::trust::CloudSource;
use crate::yaml::{Entries, Placed};

/// What tokens may be exchanged for. Who may exchange what is policy: `Action::"exchange"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeSource {
    /// The blueprint (or other client) whose credential obtains every token: directory name or
    /// app id.
    pub(crate) blueprint: Placed<String>,
    /// Its tenant, by directory name or id; may be absent when the directory has one tenant.
    pub(crate) tenant: Option<Placed<String>>,
    /// The national cloud; `public` if absent.
    pub(crate) cloud: Option<Placed<CloudSource>>,
    /// Another origin in the cloud's place, for an emulator: `https://host`, or `http://` on
    /// loopback.
    pub(crate) authority: Option<Placed<String>>,
    /// The issuer (its name under `trust`) of the users' tokens for the blueprint; may be absent
    /// when one Entra issuer lists the tenant.
    pub(crate) issuer: Option<Placed<String>>,
    /// How the blueprint proves itself; the first that works is used.
    pub(crate) credentials: Vec<Placed<CredentialSource>>,
    /// Downstream APIs by name. One that is not listed is refused.
    #[serde(default)]
    pub(crate) downstreams: Entries<DownstreamSource>,
}

/// How the blueprint proves itself: names and places, never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialSource {
    /// A certificate whose key signs a client assertion.
    Certificate(CertificateSource),
    /// The managed identity of the machine, federated to the blueprint.
    ManagedIdentity(ManagedIdentitySource),
    /// A projected service-account token, read anew for every use.
    ServiceAccountToken(TokenFileSource),
    /// A client secret. Unsafe: it can be copied and does not say who uses it.
    UnsafeSecret(SecretSource),
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateSource {
    /// Path of the certificate (PEM) on the host.
    pub(crate) file: Placed<String>,
    /// Path of its private key (PEM) on the host.
    pub(crate) key: Placed<String>,
}

/// A managed identity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManagedIdentitySource {
    /// Client id of a user-assigned identity; the machine's own if absent.
    pub(crate) client_id: Option<Placed<String>>,
}

/// A token in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFileSource {
    /// Path of the token on the host.
    pub(crate) file: Placed<String>,
}

/// Where the secret is; the bundle never holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecretSource {
    /// The name of an environment variable of the host.
    Environment(Placed<String>),
    /// Path of a file on the host.
    File(Placed<String>),
}

/// An API that tokens may be exchanged for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DownstreamSource {
    /// Its address without a closing slash: `https`, or `http` with `loopback: true`.
    pub(crate) base_url: Placed<String>,
    /// The API is on this machine; its host must be, then, and may be called over `http`.
    #[serde(default)]
    pub(crate) loopback: bool,
    /// Scopes of one resource, asked for when the caller names none; `resource.scopes` in
    /// policies.
    pub(crate) scopes: Vec<Placed<String>>,
    /// Free labels, as `resource.labels` in policies.
    #[serde(default)]
    pub(crate) labels: Vec<Placed<String>>,
    /// `aud` values that its tokens may have; those that follow from the scopes if absent.
    #[serde(default)]
    pub(crate) audiences: Vec<Placed<String>>,
    /// The flow when the caller names none; `on_behalf_of` if absent.
    #[serde(default)]
    pub(crate) flow: FlowSource,
    /// Path below the address when the caller names none.
    pub(crate) relative_path: Option<Placed<String>>,
    /// Method when the caller names none.
    pub(crate) http_method: Option<Placed<String>>,
    /// Accept a token that grants more than was asked for (Entra adds what was consented to
    /// before).
    #[serde(default)]
    pub(crate) accept_wider_scopes: bool,
    /// Accept a token that cannot be read: nobody then checks whose it is.
    #[serde(default)]
    pub(crate) accept_opaque: bool,
}

/// In whose place a token is obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FlowSource {
    /// The agent's own user account.
    AgentUser,
    /// The blueprint itself, without an agent.
    App,
    /// The agent as itself.
    Autonomous,
    /// The user of the token presented.
    #[default]
    OnBehalfOf,
}

impl From<FlowSource> for ExchangeFlow {
    fn from(source: FlowSource) -> Self {
        match source {
            FlowSource::AgentUser => Self::AgentUser,
            FlowSource::App => Self::App,
            FlowSource::Autonomous => Self::Autonomous,
            FlowSource::OnBehalfOf => Self::OnBehalfOf,
        }
    }
}
