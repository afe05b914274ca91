//! An MCP server with one tool, over streamable HTTP: the handshake of revision 2025-11-25.

use serde_json::{Value, json};
use vicar_envoy_tests::upstream::{Received, Reply, Upstream};

use crate::{
    tokens::{Claims, client},
    upstream::{Door, answer, subject},
};

/// Starts it; its endpoint is `/mcp`.
pub(crate) fn start(door: Door) -> Upstream {
    Upstream::answering(move |request| match door.admit(request) {
        Ok(claims) => handle(request, &claims),
        Err(reply) => reply,
    })
    .unwrap()
}

fn handle(request: &Received, claims: &Claims) -> Reply {
    // No stream of its own, no session to end.
    if (request.method.as_str(), request.target.as_str()) != ("POST", "/mcp") {
        return answer(405, &json!({}));
    }
    let message: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(id) = message.get("id") else { return Reply { status: 202, ..Reply::ok("", "") } };
    let outcome = match message["method"].as_str() {
        Some("initialize") => json!({"result": {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "invoices", "version": "1"},
        }}),
        Some("tools/list") => json!({"result": {"tools": [{
            "name": "search_invoices",
            "description": "Finds invoices of a customer",
            "inputSchema": {"type": "object", "properties": {"customer": {"type": "string"}}},
        }]}}),
        Some("tools/call") if message["params"]["name"] == "search_invoices" => {
            found(&message["params"]["arguments"], claims)
        }
        _ => json!({"error": {"code": METHOD_UNKNOWN, "message": "Method not found"}}),
    };
    let mut reply = json!({"jsonrpc": "2.0", "id": id});
    if let (Some(reply), Value::Object(outcome)) = (reply.as_object_mut(), outcome) {
        reply.extend(outcome);
    }
    answer(200, &reply)
}

fn found(arguments: &Value, claims: &Claims) -> Value {
    let text = format!("{} for {}", client(claims), subject(claims));
    json!({"result": {
        "content": [{"type": "text", "text": text}],
        "structuredContent": {"customer": arguments["customer"]},
    }})
}

const METHOD_UNKNOWN: i64 = -32_601;
