//! The `surface` section.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::trust::TypeSource;
use crate::yaml::{Entries, Entry, Item, Placed};

/// What is protected.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SurfaceSource {
    /// HTTP APIs.
    pub(crate) apis: Entries<ApiSource>,
    /// MCP servers.
    pub(crate) mcp: Entries<McpSource>,
    /// LLM providers.
    pub(crate) llm: Entries<LlmSource>,
    /// Request headers that policies may read as `context.request.headers`.
    pub(crate) headers: Vec<Placed<String>>,
}

/// An HTTP API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiSource {
    /// Path prefix of the whole API, for example `/orders`; `/` for all paths.
    pub(crate) path: Placed<String>,
    /// Accepted `Host` values; any if absent.
    #[serde(default)]
    pub(crate) hosts: Vec<Placed<String>>,
    /// `aud` values good here; those of the issuers if absent.
    #[serde(default)]
    pub(crate) audiences: Vec<Placed<String>>,
    /// The site that the API belongs to, as `Site::"…"` in policies.
    pub(crate) site: Option<Placed<String>>,
    /// Routes by name, tried in this order.
    #[serde(default)]
    pub(crate) routes: Entries<Placed<Item<RouteSource>>>,
}

/// A route of an API: its match alone, or a mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteSource {
    /// Methods and path template below the API's path: `GET,HEAD /orders/{id}`.
    #[serde(rename = "match")]
    pub(crate) matches: Placed<String>,
    /// Scopes the route needs, as `resource.scopes` in policies.
    #[serde(default)]
    pub(crate) scopes: Vec<Placed<String>>,
    /// Free labels, as `resource.labels` in policies.
    #[serde(default)]
    pub(crate) labels: Vec<Placed<String>>,
}

impl Entry for RouteSource {
    fn text_schema() -> Schema {
        json_schema!({ "type": "string", "description": "Methods and path template: `GET /{id}`." })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        let matches = Placed { value: text.to_owned(), ..Placed::default() };
        Ok(Self { matches, scopes: Vec::new(), labels: Vec::new() })
    }
}

/// An MCP server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct McpSource {
    /// Its path, for example `/mcp`.
    pub(crate) path: Placed<String>,
    /// Accepted `Host` values; any if absent.
    #[serde(default)]
    pub(crate) hosts: Vec<Placed<String>>,
    /// `aud` values good here; those of the issuers if absent.
    #[serde(default)]
    pub(crate) audiences: Vec<Placed<String>>,
    /// A file of the folder with the server's own answer to `tools/list`: each tool's `inputSchema`
    /// types the arguments that policies may read.
    pub(crate) schemas: Option<Placed<String>>,
    /// Its tools by name. A tool that is not listed is refused.
    #[serde(default)]
    pub(crate) tools: Entries<Item<ToolSource>>,
}

/// A tool of an MCP server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ToolSource {
    /// Scopes the tool needs, as `resource.scopes` in policies.
    pub(crate) scopes: Vec<Placed<String>>,
    /// Free labels, as `resource.labels` in policies.
    pub(crate) labels: Vec<Placed<String>>,
    /// Arguments that policies may read as `context.tool.arguments`; beside `schemas`, those that
    /// a call must have although the schema does not ask for them.
    pub(crate) arguments: Entries<Item<ArgumentSource>>,
}

impl Entry for ToolSource {
    fn text_schema() -> Schema {
        json_schema!({ "type": "null" })
    }

    fn from_text(_: &str) -> Result<Self, String> {
        Err("expected a mapping with `scopes`, `labels` or `arguments`".to_owned())
    }

    fn from_name() -> Option<Self> {
        Some(Self::default())
    }
}

/// An argument of a tool: its type alone (and then it may be absent), or a mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArgumentSource {
    /// Its type; a call whose argument has another type is refused.
    #[serde(rename = "type")]
    pub(crate) value_type: TypeSource,
    /// Refuse a call without it.
    #[serde(default)]
    pub(crate) required: bool,
}

impl Entry for ArgumentSource {
    fn text_schema() -> Schema {
        json_schema!({ "enum": ["boolean", "long", "string", "string_set"] })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        let text = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
        let value_type = TypeSource::deserialize(text).map_err(|error| error.to_string())?;
        Ok(Self { value_type, required: false })
    }
}

/// An LLM provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LlmSource {
    /// Its path, for example `/llm`.
    pub(crate) path: Placed<String>,
    /// Accepted `Host` values; any if absent.
    #[serde(default)]
    pub(crate) hosts: Vec<Placed<String>>,
    /// `aud` values good here; those of the issuers if absent.
    #[serde(default)]
    pub(crate) audiences: Vec<Placed<String>>,
    /// Its models by name. A model that is not listed is refused.
    #[serde(default)]
    pub(crate) models: Entries<Item<ModelSource>>,
}

/// A model of an LLM provider.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ModelSource {
    /// Scopes the model needs, as `resource.scopes` in policies.
    pub(crate) scopes: Vec<Placed<String>>,
    /// Free labels, as `resource.labels` in policies.
    pub(crate) labels: Vec<Placed<String>>,
}

impl Entry for ModelSource {
    fn text_schema() -> Schema {
        json_schema!({ "type": "null" })
    }

    fn from_text(_: &str) -> Result<Self, String> {
        Err("expected a mapping with `scopes` or `labels`".to_owned())
    }

    fn from_name() -> Option<Self> {
        Some(Self::default())
    }
}
