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

/// What the directory knows of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration<'a> {
    /// It is an agent.
    Agent(&'a KnownAgent),
    /// It is an ordinary application.
    App(&'a Known),
    /// It is a blueprint.
    Blueprint(&'a Known),
}

impl<'a> Registration<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        match self {
            Self::Agent(agent) => &agent.name,
            Self::App(known) | Self::Blueprint(known) => &known.name,
        }
    }
}

// Looked at once per token, and right in any order of the entries: plain scans.
impl Directory {
    /// What is known of the actor with this id in this realm.
    pub fn registration(&self, realm: &str, id: &str) -> Option<Registration<'_>> {
        self.agent(realm, id)
            .map(Registration::Agent)
            .or_else(|| find(&self.blueprints, realm, id).map(Registration::Blueprint))
            .or_else(|| find(&self.apps, realm, id).map(Registration::App))
    }

    /// The agent with this id in this realm.
    pub fn agent(&self, realm: &str, id: &str) -> Option<&KnownAgent> {
        self.agents.iter().find(|agent| agent.realm == realm && agent.id == id)
    }

    /// The blueprint with this id in this realm.
    pub fn blueprint(&self, realm: &str, id: &str) -> Option<&Known> {
        find(&self.blueprints, realm, id)
    }

    /// The group with this id in this realm.
    pub fn group(&self, realm: &str, id: &str) -> Option<&Known> {
        find(&self.groups, realm, id)
    }

    /// The name of the tenant with this id.
    pub fn tenant_name(&self, id: &str) -> Option<&str> {
        self.tenants.iter().find(|tenant| tenant.id == id).map(|tenant| tenant.name.as_str())
    }

    /// Whether an agent with this id is known, but only in other realms.
    pub fn has_agent_only_elsewhere(&self, realm: &str, id: &str) -> bool {
        self.agent(realm, id).is_none() && self.agents.iter().any(|agent| agent.id == id)
    }

    /// Whether a blueprint with this id is known, but only in other realms.
    pub fn has_blueprint_only_elsewhere(&self, realm: &str, id: &str) -> bool {
        self.blueprint(realm, id).is_none() && self.blueprints.iter().any(|known| known.id == id)
    }
}

fn find<'a>(known: &'a [Known], realm: &str, id: &str) -> Option<&'a Known> {
    known.iter().find(|known| known.realm == realm && known.id == id)
}
