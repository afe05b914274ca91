//! What is asked of an exchange: plain data, readable from JSON.

mod generic;
mod json;

use serde::{Deserialize, Serialize};
use vicar_token::UnixSeconds;

pub use generic::{GenericClient, GenericOutcome, IdentityAssertion, TokenExchange};

use crate::{Authority, Claims, Credential, Guid, PrincipalName, Scopes, Secret, SpecError};

/// One exchange. Serialised it holds its secrets: [`to_json`](Self::to_json) keeps them together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Which flow, with its parameters.
    pub flow: Flow,
    /// Bounds in time and size.
    #[serde(default)]
    pub limits: Limits,
    /// Sent as `client-request-id` in every hop; a random one when absent.
    #[serde(default)]
    pub correlation_id: Option<Guid>,
}

impl Spec {
    /// The exchange for T1 alone that this one begins with; `None` for a flow without an agent.
    /// A host with a cache runs it first, under [`CacheKey::t1`](crate::CacheKey::t1), so that
    /// one T1 serves all exchanges of the agent.
    pub fn t1(&self) -> Option<Self> {
        let Flow::Entra(entra) = &self.flow else { return None };
        let agent = Agent { t1: None, x2: None, ..entra.grant.agent()?.clone() };
        let grant = Grant::BlueprintExchange { agent };
        let (authority, tenant) = (entra.authority.clone(), entra.tenant.clone());
        let flow = Flow::Entra(Entra { authority, tenant, grant });
        Some(Self { flow, limits: self.limits, correlation_id: self.correlation_id.clone() })
    }

    /// Hands in exchange tokens had earlier for the agent; without effect on other flows.
    pub fn hand_in(&mut self, t1: Option<Held>, x2: Option<Held>) {
        if let Flow::Entra(entra) = &mut self.flow
            && let Some(agent) = entra.grant.agent_mut()
        {
            (agent.t1, agent.x2) = (t1, x2);
        }
    }
}

/// The flows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Flow {
    /// A flow of Microsoft Entra's.
    Entra(Entra),
    /// ID-JAG: an ID token is traded at the user's identity provider for a grant, the grant at
    /// the resource's authorisation server for an access token.
    IdentityAssertion(IdentityAssertion),
    /// RFC 8693 with an `actor_token`, for issuers that speak it (Entra does not).
    TokenExchange(TokenExchange),
}

/// A flow of Entra's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entra {
    /// Whose token endpoint.
    pub authority: Authority,
    /// The agent identity's home tenant, in every hop.
    pub tenant: Guid,
    /// What to ask for.
    pub grant: Grant,
}

/// Entra's flows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// The agent's own user account acts: T1, X2, then `user_fic`.
    AgentUser {
        /// The agent.
        agent: Agent,
        /// Its user account.
        user: AgentUser,
        /// What the token is for.
        target: Target,
    },
    /// The agent acts as itself: T1, then T2.
    Autonomous {
        /// The agent.
        agent: Agent,
        /// What the token is for.
        target: Target,
    },
    /// T1 alone: the blueprint's exchange token for one agent.
    BlueprintExchange {
        /// The agent.
        agent: Agent,
    },
    /// An ordinary application acts as itself.
    ClientCredentials {
        /// The application.
        client: Client,
        /// What the token is for.
        target: Target,
    },
    /// A person signs in on another device (RFC 8628); how Tc is had at a terminal.
    DeviceCode {
        /// App id of the public client.
        client: Guid,
        /// What the token is for; `offline_access` among the scopes brings a refresh token.
        target: Target,
    },
    /// The agent acts for the user of Tc: T1, then T2.
    OnBehalfOf {
        /// The agent.
        agent: Agent,
        /// Tc: the user's token, whose audience is the blueprint.
        #[serde(serialize_with = "Secret::whole")]
        user_assertion: Secret,
        /// Whether Tc may itself be an agent's.
        #[serde(default)]
        nested: Nested,
        /// What the token is for.
        target: Target,
    },
    /// An ordinary middle tier acts for the user.
    PlainOnBehalfOf {
        /// The middle tier.
        client: Client,
        /// The user's token for it.
        #[serde(serialize_with = "Secret::whole")]
        user_assertion: Secret,
        /// Whether the token may be an agent's.
        #[serde(default)]
        nested: Nested,
        /// What the token is for.
        target: Target,
    },
    /// As [`OnBehalfOf`](Self::OnBehalfOf), later, with the refresh token that it brought.
    RefreshOnBehalfOf {
        /// The agent.
        agent: Agent,
        /// The refresh token.
        #[serde(serialize_with = "Secret::whole")]
        refresh_token: Secret,
        /// Object id of the user that it stands for.
        subject: Guid,
        /// What the token is for.
        target: Target,
    },
}

impl Grant {
    /// The agent of the flow, if it has one.
    pub const fn agent(&self) -> Option<&Agent> {
        match self {
            Self::AgentUser { agent, .. }
            | Self::Autonomous { agent, .. }
            | Self::BlueprintExchange { agent }
            | Self::OnBehalfOf { agent, .. }
            | Self::RefreshOnBehalfOf { agent, .. } => Some(agent),
            Self::ClientCredentials { .. }
            | Self::DeviceCode { .. }
            | Self::PlainOnBehalfOf { .. } => None,
        }
    }

    const fn agent_mut(&mut self) -> Option<&mut Agent> {
        match self {
            Self::AgentUser { agent, .. }
            | Self::Autonomous { agent, .. }
            | Self::BlueprintExchange { agent }
            | Self::OnBehalfOf { agent, .. }
            | Self::RefreshOnBehalfOf { agent, .. } => Some(agent),
            Self::ClientCredentials { .. }
            | Self::DeviceCode { .. }
            | Self::PlainOnBehalfOf { .. } => None,
        }
    }

    /// What the token is for; T1 alone has no target.
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::AgentUser { target, .. }
            | Self::Autonomous { target, .. }
            | Self::ClientCredentials { target, .. }
            | Self::DeviceCode { target, .. }
            | Self::OnBehalfOf { target, .. }
            | Self::PlainOnBehalfOf { target, .. }
            | Self::RefreshOnBehalfOf { target, .. } => Some(target),
            Self::BlueprintExchange { .. } => None,
        }
    }
}

/// An agent identity and the way to its credential.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// App id of the agent identity: the `fmi_path` of T1 and the client of what follows.
    pub id: Guid,
    /// App id of its blueprint.
    pub blueprint: Guid,
    /// The blueprint's credential.
    pub credential: Credential,
    /// T1 had earlier for this agent; replaced when it is about to expire.
    #[serde(default)]
    pub t1: Option<Held>,
    /// X2 had earlier for this agent; likewise.
    #[serde(default)]
    pub x2: Option<Held>,
}

/// An exchange token (T1 or X2) that can be used again until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The token.
    #[serde(serialize_with = "Secret::whole")]
    pub token: Secret,
    /// Seconds since 1970.
    pub expires_at: UnixSeconds,
}

/// An ordinary confidential client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// App id.
    pub id: Guid,
    /// Its credential.
    pub credential: Credential,
}

/// An agent's user account, by exactly one of its names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AgentUser {
    /// Object id (`user_id`).
    ObjectId(Guid),
    /// User principal name (`username`).
    PrincipalName(PrincipalName),
}

impl AgentUser {
    /// From two parameters of which exactly one has to be there (domain case 47).
    ///
    /// # Errors
    /// [`SpecError::UserAmbiguous`], and as [`Guid::parse`] and [`PrincipalName::parse`].
    pub fn from_parameters(
        object_id: Option<&str>,
        principal_name: Option<&str>,
    ) -> Result<Self, SpecError> {
        match (object_id, principal_name) {
            (Some(id), None) => Guid::parse(id).map(Self::ObjectId),
            (None, Some(name)) => PrincipalName::parse(name).map(Self::PrincipalName),
            (id, _) => Err(SpecError::UserAmbiguous { both: id.is_some() }),
        }
    }
}

/// What the token is for, and what is accepted of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Scopes of one resource; `<resource>/.default` in flows without a user.
    pub scopes: Scopes,
    /// The `aud` values that the resource's tokens may have, compared exactly; never empty. A
    /// version 2.0 token names the app id, a version 1.0 token the URI as it was asked for.
    pub audiences: Vec<String>,
    /// Whether a token that cannot be read is accepted.
    #[serde(default)]
    pub opaque: Opaque,
    /// Whether the token may grant more than the scopes named. Entra may add what was consented
    /// to before.
    #[serde(default)]
    pub wider_scopes: WiderScopes,
    /// A challenge of the resource to answer.
    #[serde(default)]
    pub claims: Option<Claims>,
    /// What the caller can do, for example `cp1` (answer a claims challenge).
    #[serde(default)]
    pub capabilities: Vec<String>,
}

/// Whether a token that is no JWT may be returned unchecked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opaque {
    /// It may: nobody then checks whose it is.
    Accept,
    /// It may not.
    #[default]
    Refuse,
}

/// Whether a token may grant more than was asked for by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WiderScopes {
    /// It may.
    Accept,
    /// It may not.
    #[default]
    Refuse,
}

/// Whether the token to exchange may have been obtained by an agent, or speak of one. Of a chain
/// of agents Entra shows the last only (domain case 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nested {
    /// It may.
    Accept,
    /// It may not.
    #[default]
    Refuse,
}

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How many passing failures (no connection, overload) of one exchange end it.
    pub attempts: u8,
    /// Seconds for one request.
    pub request_seconds: u64,
    /// Seconds for the whole exchange (a device code has its own end).
    pub total_seconds: u64,
    /// Longest answer, in bytes.
    pub max_answer_bytes: usize,
}

impl Default for Limits {
    /// 3 failures, 10 s a request, 30 s in all, 128 KiB.
    fn default() -> Self {
        Self { attempts: 3, request_seconds: 10, total_seconds: 30, max_answer_bytes: 128 * 1024 }
    }
}
