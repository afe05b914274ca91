//! MCP messages: which method, which tool.

use std::sync::Arc;

use vicar_bundle::surface::Place;
use vicar_policy::{Record, Value};

use super::{Asking, IndexedMcpServer, Target, arguments, shown, unknown_route};
use crate::{Operation, Refusal, reason, vocabulary::names};

/// Finds the tool or server that an MCP message speaks to.
pub(super) fn resolve<'a>(
    asking: &Asking<'_>,
    place: &'a Place,
    server: &'a IndexedMcpServer,
    rest: &str,
) -> Result<Target<'a>, Refusal> {
    let Asking { call, words, reads, .. } = asking;
    if !rest.is_empty() {
        return Err(unknown_route(call));
    }
    let (method, name, arguments) = match call.operation {
        Operation::Mcp { method, name, arguments } => (method, name, arguments),
        // The streamable HTTP transport opens its event stream with GET and ends a session with
        // DELETE; neither carries a message.
        Operation::Http if call.method == "GET" => (names::MCP_STREAM, None, None),
        Operation::Http if call.method == "DELETE" => (names::MCP_END, None, None),
        Operation::Http | Operation::Llm { .. } => {
            return Err(Refusal::new(
                &reason::MESSAGE_MISSING,
                format!("the request to MCP server `{}` carries no JSON-RPC message", server.name),
                "send the JSON-RPC message in the body of a POST",
            ));
        }
    };
    let action = server.methods.get(method).or_else(|| {
        method.starts_with("notifications/").then(|| server.methods.get(names::MCP_NOTIFICATION))?
    });
    let action = action.ok_or_else(|| {
        Refusal::new(
            &reason::METHOD_UNKNOWN,
            format!("`{}` is not an MCP method", shown(method)),
            "use a method of the MCP specification",
        )
    })?;
    let request = asking.request_record(None);
    if method != names::TOOLS_CALL {
        return Ok(Target {
            action: action.clone(),
            resource: server.uid.clone(),
            scopes: Arc::default(),
            audiences: &place.audiences,
            request,
            tool: None,
        });
    }
    let name = name.unwrap_or_default();
    let tool = server.tools.get(name).ok_or_else(|| {
        Refusal::new(
            &reason::TOOL_UNKNOWN,
            format!("MCP server `{}` has no tool `{}` in the bundle", server.name, shown(name)),
            "call a tool that the bundle lists, or add this one to its surface",
        )
    })?;
    let arguments = arguments::read(name, &tool.arguments, arguments)?;
    let described = reads.tool.then(|| {
        Record::from_sorted(vec![
            (Arc::clone(&words.arguments), Value::Record(arguments)),
            (Arc::clone(&words.name), Value::String(name.into())),
        ])
    });
    Ok(Target {
        action: action.clone(),
        resource: tool.offered.uid.clone(),
        scopes: Arc::clone(&tool.offered.scopes),
        audiences: &place.audiences,
        request,
        tool: described,
    })
}
