//! JSON-RPC errors.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::Id;

/// A JSON-RPC error response.
#[derive(Clone, Copy, Debug)]
pub struct ErrorAnswer<'a> {
    /// The request's id; nothing where it could not be read.
    pub id: Option<&'a Id>,
    /// The code, see the constants.
    pub code: i32,
    /// One sentence.
    pub message: &'a str,
    /// JSON text of the `data` member.
    pub data: Option<&'a str>,
}

/// The body is not JSON (JSON-RPC 2.0 section 5.1).
pub const PARSE_ERROR: i32 = -32700;
/// The body is no JSON-RPC request.
pub const INVALID_REQUEST: i32 = -32600;
/// A fault on this side.
pub const INTERNAL_ERROR: i32 = -32603;
/// A header disagrees with the body (MCP 2026-07-28).
pub const HEADER_MISMATCH: i32 = -32020;
/// Refused by policy. MCP names no code for it; this one lies in the range that JSON-RPC leaves
/// to implementations and MCP 2026-07-28 does not claim, and no SDK gives it another meaning.
pub const REFUSED: i32 = -32010;

impl ErrorAnswer<'_> {
    /// The response's JSON text. `data` that is not JSON is left out.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Response<'a> {
            jsonrpc: &'static str,
            id: Option<&'a RawValue>,
            error: Error<'a>,
        }
        #[derive(Serialize)]
        struct Error<'a> {
            code: i32,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a RawValue>,
        }
        let data = self.data.and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
        let error = Error { code: self.code, message: self.message, data };
        let response = Response { jsonrpc: "2.0", id: self.id.map(|id| &*id.0), error };
        // Text, a number and raw JSON cannot fail to serialise; `null` is no response.
        serde_json::to_string(&response).unwrap_or_else(|_| "null".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MESSAGE_LIMITS, Message};

    #[test]
    fn an_answer_repeats_the_id_to_the_byte() {
        for id in ["7", "\"a\\u0062\"", "null", "-1", "12345678901234567890", "1.50"] {
            let body = format!(r#"{{"jsonrpc":"2.0","method":"ping","id":{id}}}"#);
            let message = Message::parse(body.as_bytes(), &MESSAGE_LIMITS).unwrap();
            let answer = ErrorAnswer {
                id: message.answerable(),
                code: REFUSED,
                message: "no \"way\"",
                data: Some(r#"{"reason":"no_permit"}"#),
            };
            assert_eq!(
                answer.to_json(),
                format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32010,"message":"no \"way\"","data":{{"reason":"no_permit"}}}}}}"#
                )
            );
        }
    }

    #[test]
    fn without_an_id_the_answer_has_null() {
        let answer = ErrorAnswer { id: None, code: PARSE_ERROR, message: "no", data: Some("{") };
        assert_eq!(
            answer.to_json(),
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}"#
        );
    }
}
