//! Names for the tenants, blueprints, agents and groups that a bundle knows.

use serde::{Deserialize, Serialize};

/// The bundle's directory. Ids are lower case; every object is keyed by realm and id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Tenants, sorted by id.
    pub tenants: Vec<KnownTenant>,
    /// Blueprints, sorted by realm and id.
    pub blueprints: Vec<Known>,
    /// Agents, sorted by realm and id.
    pub agents: Vec<KnownAgent>,
    /// Ordinary applications, sorted by realm and id.
    pub apps: Vec<Known>,
    /// Groups, sorted by realm and id.
    pub groups: Vec<Known>,
}

/// A tenant with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownTenant {
    /// `tid`.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A blueprint, app or group with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Tenant id, or the issuer's name in the bundle.
    pub realm: String,
    /// Object or app id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An agent with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAgent {
    /// Tenant id, or the issuer's name in the bundle.
    pub realm: String,
    /// App id of the agent identity (RFC 8693: the actor's `sub`).
    pub id: String,
    /// Its name.
    pub name: String,
    /// App id of the blueprint that made it, if registered.
    pub blueprint: Option<String>,
    /// Refuse every token of this agent (domain case 42).
    pub disabled: bool,
}
