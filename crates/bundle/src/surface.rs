//! How a request becomes a Cedar action and resource.
//!
//! What a bundle has thousands of (tools, routes, models) leaves out the lists that are empty: it
//! is read, hashed and written again each time a bundle is loaded.

use serde::{Deserialize, Serialize};

use crate::contents::ValueType;

/// Everything a bundle protects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surface {
    /// HTTP APIs, sorted by name.
    pub apis: Vec<Api>,
    /// MCP servers, sorted by name.
    pub mcp_servers: Vec<McpServer>,
    /// LLM providers, sorted by name.
    pub llm_providers: Vec<LlmProvider>,
    /// Request headers that policies may read as `context.request.headers`, lower case, sorted.
    pub headers: Vec<String>,
}

/// Where on the wire something is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Accepted `Host` values, lower case without port; empty: any.
    pub hosts: Vec<String>,
    /// Path prefix (whole segments) that everything below shares, for example `/mcp`.
    pub path: String,
    /// `aud` values good here; empty: those of the issuer.
    pub audiences: Vec<String>,
}

/// An HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Entity id of `Api`.
    pub name: String,
    /// Entity id of `Site` above it.
    pub site: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Its routes, in the order they are tried.
    pub routes: Vec<Route>,
}

/// A route of an HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Entity id of `Route` is `<api>/<name>`.
    pub name: String,
    /// Upper-case methods; never empty.
    pub methods: Vec<String>,
    /// Template below the API's path: `/orders/{id}`; `{name}` is one segment, a final `{name*}`
    /// the rest.
    pub path: String,
    /// Scopes the route needs, as the attribute `scopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Free labels, as the attribute `labels`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// An MCP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpServer {
    /// Entity id of `McpServer`.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Its tools, sorted by name. A tool that is not listed is refused.
    pub tools: Vec<Tool>,
}

/// A tool of an MCP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Entity id of `Tool` is `<server>/<name>`.
    pub name: String,
    /// Scopes the tool needs, as the attribute `scopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Free labels, as the attribute `labels`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Arguments that policies may read, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Argument>,
}

/// An argument of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its type; a call whose argument has another type is refused.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// Whether a call without it is refused.
    pub required: bool,
}

/// An LLM provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmProvider {
    /// Entity id of `LlmProvider`.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Its models, sorted by name. A model that is not listed is refused.
    pub models: Vec<Model>,
}

/// A model of an LLM provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Entity id of `Model` is `<provider>/<name>`.
    pub name: String,
    /// Scopes the model needs, as the attribute `scopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Free labels, as the attribute `labels`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}
