//! Entity types, entity ids and action names.

use vicar_policy::EntityUid;

/// Every MCP method that a policy can name, as of the specification's revisions 2025-06-18 to
/// 2026-07-28, with the two of the streamable HTTP transport.
pub const MCP_METHODS: [&str; 18] = [
    COMPLETE,
    "initialize",
    "logging/setLevel",
    MCP_NOTIFICATION,
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    MCP_END,
    MCP_STREAM,
    "tasks/get",
    TOOLS_CALL,
    "tools/list",
];

/// Opening the event stream of an MCP session (GET).
pub const MCP_STREAM: &str = "session/stream";
/// Ending an MCP session (DELETE).
pub const MCP_END: &str = "session/end";
/// Any `notifications/…` message of the client.
pub const MCP_NOTIFICATION: &str = "notifications";
/// Calling a tool.
pub const TOOLS_CALL: &str = "tools/call";
/// Calling a model.
pub const CHAT: &str = "chat";
const COMPLETE: &str = "completion/complete";

/// The group of all HTTP methods.
pub const GROUP_CALL: &str = "call";
/// The group of all MCP methods.
pub const GROUP_MCP: &str = "mcp";
/// The group of all LLM actions.
pub const GROUP_LLM: &str = "llm";

/// `Action::"name"`.
pub fn action(name: &str) -> EntityUid {
    EntityUid::new("Action", name)
}

/// Exchanging a token for one of a downstream API.
pub const EXCHANGE: &str = "exchange";

/// `Downstream::"name"`.
pub fn downstream(name: &str) -> EntityUid {
    EntityUid::new("Downstream", name)
}

/// `Api::"name"`.
pub fn api(name: &str) -> EntityUid {
    EntityUid::new("Api", name)
}

/// `LlmProvider::"name"`.
pub fn llm_provider(name: &str) -> EntityUid {
    EntityUid::new("LlmProvider", name)
}

/// `McpServer::"name"`.
pub fn mcp_server(name: &str) -> EntityUid {
    EntityUid::new("McpServer", name)
}

/// An object of the directory by its name, any other by realm and id. Directory names hold no
/// slash, so the two never meet.
pub fn known_or(entity_type: &str, name: Option<&str>, realm: &str, id: &str) -> EntityUid {
    match name {
        Some(name) => EntityUid::new(entity_type, name),
        None => EntityUid::new(entity_type, format!("{realm}/{id}")),
    }
}
