//! Headers that repeat what a message says, so that proxies can route by them (revision
//! 2026-07-28, Streamable HTTP).

use crate::{Message, MessageError};

/// The headers that repeat parts of a message, as text; those that are not there are left out.
///
/// `Mcp-Param-*` headers repeat arguments that a tool's own schema marks. Without that schema they
/// cannot be checked: no policy reads them, and no proxy should route by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrored<'a> {
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`, which may be `=?base64?…?=`.
    pub name: Option<&'a str>,
    /// `MCP-Protocol-Version`.
    pub protocol_version: Option<&'a str>,
}

impl Mirrored<'_> {
    /// Compares the headers with the message.
    ///
    /// # Errors
    /// [`MessageError`] with the reason `mcp_header_mismatch` for the first that disagrees.
    pub fn agree_with(&self, message: &Message<'_>) -> Result<(), MessageError> {
        if let Some(method) = self.method {
            agree("mcp-method", method, message.method())?;
        }
        if let Some(name) = self.name {
            agree("mcp-name", &decoded("mcp-name", name)?, message.name())?;
        }
        match (self.protocol_version, message.protocol_version()) {
            (Some(header), said @ Some(_)) => agree("mcp-protocol-version", header, said),
            _ => Ok(()),
        }
    }
}

fn agree(header: &'static str, found: &str, message: Option<&str>) -> Result<(), MessageError> {
    if message == Some(found) {
        return Ok(());
    }
    let (found, message) = (found.to_owned(), message.map(str::to_owned));
    Err(MessageError::HeaderMismatch { header, found, message })
}

/// The value of a header that may be wrapped because it is not plain ASCII.
fn decoded(header: &'static str, value: &str) -> Result<String, MessageError> {
    let wrapped = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let Some(encoded) = wrapped else { return Ok(value.to_owned()) };
    let malformed = |problem| MessageError::HeaderMalformed { header, problem };
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded)
        .map_err(|_| malformed("it is not canonical base64"))?;
    String::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MESSAGE_LIMITS;

    const CALL: &[u8] =
        br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"caf\u00e9",
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;

    #[track_caller]
    fn compared(body: &[u8], mirrored: Mirrored<'_>) -> Result<(), String> {
        let message = Message::parse(body, &MESSAGE_LIMITS).unwrap();
        mirrored.agree_with(&message).map_err(|error| {
            assert_eq!(error.reason().code, "mcp_header_mismatch");
            error.to_string()
        })
    }

    #[test]
    fn headers_that_say_the_same_agree() {
        let mirrored = Mirrored {
            method: Some("tools/call"),
            name: Some("=?base64?Y2Fmw6k=?="),
            protocol_version: Some("2026-07-28"),
        };
        assert_eq!(compared(CALL, mirrored), Ok(()));
        assert_eq!(compared(CALL, Mirrored::default()), Ok(()));
    }

    #[test]
    fn a_header_that_says_something_else_is_refused() {
        let method = Mirrored { method: Some("tools/list"), ..Mirrored::default() };
        assert_eq!(
            compared(CALL, method),
            Err("the header `mcp-method` is `tools/list`, where the message says `tools/call`"
                .to_owned())
        );
        let name = |name| compared(CALL, Mirrored { name: Some(name), ..Mirrored::default() });
        assert!(name("cafe").is_err());
        assert!(name("=?base64?Y2FmZQ==?=").is_err());
        assert_eq!(
            name("=?base64?Y2Fm*?="),
            Err("the header `mcp-name` cannot be read: it is not canonical base64".to_owned())
        );
        assert_eq!(
            name("=?base64?/w==?="),
            Err("the header `mcp-name` cannot be read: it is not UTF-8".to_owned())
        );
        let version = Mirrored { protocol_version: Some("2025-11-25"), ..Mirrored::default() };
        assert!(compared(CALL, version).is_err());
    }

    #[test]
    fn a_header_about_nothing_in_the_message_is_refused() {
        let list = br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        let name = Mirrored { name: Some("search"), ..Mirrored::default() };
        assert_eq!(
            compared(list, name),
            Err("the header `mcp-name` is `search`, where the message says nothing of the kind"
                .to_owned())
        );
        let answer = br#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        let method = Mirrored { method: Some("tools/list"), ..Mirrored::default() };
        assert!(compared(answer, method).is_err());
    }

    #[test]
    fn an_earlier_revision_states_its_version_in_the_header_alone() {
        let list = br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        let version = Mirrored { protocol_version: Some("2025-06-18"), ..Mirrored::default() };
        assert_eq!(compared(list, version), Ok(()));
    }
}
