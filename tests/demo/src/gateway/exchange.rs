//! One token in a request, and what came back.

use serde_json::{Value, json};
use vicar_envoy_tests::client::{Request, Response};

use super::{GatewayDemoError, parts::Parts};
use crate::rows::{Call, Right, Row, Rows};

/// A request's answer.
pub(crate) struct Exchange {
    /// What was called.
    pub(crate) tool: String,
    /// The answer.
    pub(crate) response: Response,
    /// Whether the upstream saw the request.
    pub(crate) passed: bool,
}

impl Exchange {
    /// Sends the row's call with its token.
    pub(crate) fn send(parts: &Parts, rows: &Rows, row: &Row) -> Result<Self, GatewayDemoError> {
        let call = row.call.as_ref().unwrap_or(&rows.call);
        let before = parts.passed();
        let request = Request::post(&call.path, message(call))
            .host(&call.host)
            .bearer(&parts.token(rows, row)?);
        let response = request.send(parts.address())?;
        Ok(Self { tool: call.tool.clone(), response, passed: parts.passed() > before })
    }

    /// The reason code: `permitted` where the upstream answered.
    pub(crate) fn reason(&self) -> String {
        if self.passed {
            return "permitted".to_owned();
        }
        let answer = self.response.json();
        let reason = answer.pointer("/error/data/reason").or_else(|| answer.get("reason"));
        reason.and_then(Value::as_str).unwrap_or("no reason").to_owned()
    }

    /// The filter's sentence.
    pub(crate) fn sentence(&self) -> String {
        let answer = self.response.json();
        let sentence = answer.pointer("/error/message").or_else(|| answer.get("detail"));
        sentence.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A header as the upstream saw it.
    pub(crate) fn seen(&self, name: &str) -> String {
        let answer = self.response.json();
        let headers = answer.get("headers").and_then(Value::as_array).cloned().unwrap_or_default();
        let found = headers.iter().find(|header| header.get(0) == Some(&Value::from(name)));
        found.and_then(|header| header.get(1)?.as_str()).unwrap_or_default().to_owned()
    }

    /// What came out otherwise than the data file says.
    pub(crate) fn surprise(&self, row: &Row) -> Option<String> {
        let reason = self.reason();
        let right = self.passed == (row.right == Right::Allow) && reason == row.vicar;
        (!right).then(|| {
            format!("{}: Envoy answers `{reason}`, the data file says `{}`", row.token, row.vicar)
        })
    }
}

/// The JSON-RPC message of a tool call.
pub(crate) fn message(call: &Call) -> String {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": call.tool, "arguments": call.arguments },
    })
    .to_string()
}
