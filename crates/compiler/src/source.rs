//! `vicar.yaml` as it is written. The comments here are what editors show: the JSON Schema is made
//! of them.

pub(crate) mod answers;
pub(crate) mod directory;
pub(crate) mod exchange;
pub(crate) mod surface;
pub(crate) mod trust;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::{Entries, Placed};

/// A Vicar policy bundle: who is trusted, who is known, what is protected, how answers look.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "vicar.yaml")]
pub(crate) struct Source {
    /// The bundle's name, for people and audit records.
    pub(crate) name: Placed<String>,
    /// Trusted issuers by a name of your own. Tokens of any other issuer are refused.
    pub(crate) trust: Entries<trust::IssuerSource>,
    /// Names for known tenants, blueprints, agents, apps and groups.
    #[serde(default)]
    pub(crate) directory: directory::DirectorySource,
    /// What is protected. A request that is not described here is refused.
    pub(crate) surface: surface::SurfaceSource,
    /// What tokens may be exchanged for.
    pub(crate) exchange: Option<exchange::ExchangeSource>,
    /// Links of policy templates, by the id of the policy that each makes.
    #[serde(default)]
    pub(crate) links: Entries<LinkSource>,
    /// How answers look.
    #[serde(default)]
    pub(crate) answers: answers::AnswersSource,
}

/// A policy template with its slots filled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkSource {
    /// The template's `@id`.
    pub(crate) template: Placed<String>,
    /// For `?principal`, as in Cedar: `Agent::"invoice-agent"`.
    pub(crate) principal: Option<Placed<String>>,
    /// For `?resource`, as in Cedar: `McpServer::"tools"`.
    pub(crate) resource: Option<Placed<String>>,
}
