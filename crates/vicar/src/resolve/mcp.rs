//! MCP messages: which method, which tool.

use vicar_bundle::surface::{Place, Surface};
use vicar_policy::{Record, Value};

use super::{IndexedMcpServer, Target, arguments, request_record, shown, unknown_route};
use crate::{Call, Operation, Refusal, reason, vocabulary::names};

/// Finds the tool or server that an MCP message speaks to.
pub(super) fn resolve<'a>(
    surface: &Surface,
    place: &'a Place,
    server: &'a IndexedMcpServer,
    call: &Call<'_>,
    rest: &[String],
) -> Result<Target<'a>, Refusal> {
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
    let request = request_record(surface, call, None);
    if method != names::TOOLS_CALL {
        return Ok(Target {
            action: action.clone(),
            resource: server.uid.clone(),
            scopes: &[],
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
    let described: Record =
        [("arguments", Value::Record(arguments)), ("name", Value::String(name.into()))]
            .into_iter()
            .collect();
    Ok(Target {
        action: action.clone(),
        resource: tool.resource.uid.clone(),
        scopes: &tool.resource.scopes,
        audiences: &place.audiences,
        request,
        tool: Some(described),
    })
}
