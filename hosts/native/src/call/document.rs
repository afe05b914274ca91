//! A request as JSON.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{OwnedCall, OwnedOperation};
use crate::failure::{Failure, code};

/// A request as JSON, written as `call` in a bundle's tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallDocument {
    method: String,
    scheme: Option<String>,
    host: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    mcp: Option<McpDocument>,
    llm: Option<LlmDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct McpDocument {
    method: String,
    tool: Option<String>,
    resource: Option<String>,
    prompt: Option<String>,
    arguments: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LlmDocument {
    model: String,
}

impl TryFrom<CallDocument> for OwnedCall {
    type Error = Failure;

    fn try_from(document: CallDocument) -> Result<Self, Failure> {
        let operation = match (document.mcp, document.llm) {
            (Some(_), Some(_)) => {
                let message = "a request is an MCP message or a model's call, not both";
                return Err(Failure::new(code::REQUEST_MALFORMED, message));
            }
            (None, Some(LlmDocument { model })) => OwnedOperation::Llm { model },
            (None, None) => OwnedOperation::Http,
            (Some(mcp), None) => {
                let mut names = [mcp.tool, mcp.resource, mcp.prompt].into_iter().flatten();
                let name = names.next();
                if names.next().is_some() {
                    let message = "an MCP message names one of `tool`, `resource` and `prompt`";
                    return Err(Failure::new(code::REQUEST_MALFORMED, message));
                }
                let arguments = mcp.arguments.map(|arguments| arguments.to_string());
                OwnedOperation::Mcp { method: mcp.method, name, arguments }
            }
        };
        let headers = document.headers.into_iter();
        Ok(Self {
            method: document.method.to_uppercase(),
            scheme: document.scheme.unwrap_or_else(|| "https".to_owned()),
            host: document.host,
            path: document.path,
            headers: headers.map(|(name, value)| (name.to_lowercase(), value)).collect(),
            operation,
        })
    }
}
