//! The `directory` section.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use crate::yaml::{Entries, Entry, Item, Placed};

/// Names for what policies and audit records speak of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DirectorySource {
    /// Tenants: name to id.
    pub(crate) tenants: Entries<Placed<String>>,
    /// Agent identity blueprints.
    pub(crate) blueprints: Entries<Item<KnownSource>>,
    /// Agent identities.
    pub(crate) agents: Entries<Item<AgentSource>>,
    /// Ordinary applications and managed identities.
    pub(crate) apps: Entries<Item<KnownSource>>,
    /// Groups.
    pub(crate) groups: Entries<Item<KnownSource>>,
}

/// A known object: its id alone, or a mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownSource {
    /// Object or app id.
    pub(crate) id: Placed<String>,
    /// Its tenant, by name or id; may be absent when the directory has one tenant.
    pub(crate) tenant: Option<Placed<String>>,
    /// For issuers without tenants: the issuer's name under `trust`.
    pub(crate) issuer: Option<Placed<String>>,
}

/// A known agent: its app id alone, or a mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentSource {
    /// App id of the agent identity (RFC 8693: the actor's `sub`).
    pub(crate) id: Placed<String>,
    /// Its tenant, by name or id; may be absent when the directory has one tenant.
    pub(crate) tenant: Option<Placed<String>>,
    /// For issuers without tenants: the issuer's name under `trust`.
    pub(crate) issuer: Option<Placed<String>>,
    /// The blueprint that made it, by name or id.
    pub(crate) blueprint: Option<Placed<String>>,
    /// Refuse every token of this agent.
    #[serde(default)]
    pub(crate) disabled: bool,
}

impl Entry for KnownSource {
    fn text_schema() -> Schema {
        json_schema!({ "type": "string", "description": "Object or app id." })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        let id = Placed { value: text.to_owned(), ..Placed::default() };
        Ok(Self { id, tenant: None, issuer: None })
    }
}

impl Entry for AgentSource {
    fn text_schema() -> Schema {
        json_schema!({ "type": "string", "description": "App id of the agent identity." })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        let KnownSource { id, tenant, issuer } = KnownSource::from_text(text)?;
        Ok(Self { id, tenant, issuer, blueprint: None, disabled: false })
    }
}
