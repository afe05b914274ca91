//! What policy needs of an MCP message, bounded.
//!
//! What it is: the reader of one JSON-RPC message of the Model Context Protocol (revisions
//! 2025-06-18, 2025-11-25 and 2026-07-28), the writer of JSON-RPC errors, and the filter of lists
//! in answers, in JSON bodies and in event streams. What it never does: decide anything, or keep a
//! session.
//!
//! Where two readers could take a message for two different ones, it is refused: a member that
//! stands twice, a member that differs from a known one by letter case alone (some servers match
//! names without case), a batch, a header that disagrees with the body.
//!
//! ```
//! use vicar_mcp::{Message, MESSAGE_LIMITS};
//!
//! let body = br#"{"jsonrpc":"2.0","id":7,"method":"tools/call",
//!                 "params":{"name":"search","arguments":{"query":"overdue"}}}"#;
//! let message = Message::parse(body, &MESSAGE_LIMITS)?;
//! assert_eq!(message.method(), Some("tools/call"));
//! assert_eq!(message.name(), Some("search"));
//! assert_eq!(message.arguments(), Some(r#"{"query":"overdue"}"#));
//!
//! let batch = Message::parse(b"[]", &MESSAGE_LIMITS).unwrap_err();
//! assert_eq!(batch.reason().code, "batch_refused");
//! # Ok::<(), vicar_mcp::MessageError>(())
//! ```

pub mod error;
pub mod error_answer;
pub mod event_stream;
mod fold;
pub mod id;
pub mod list;
mod members;
pub mod message;
pub mod mirrored;
pub mod reason;

pub use error::MessageError;
pub use error_answer::ErrorAnswer;
pub use event_stream::{EventStream, EventTooLong, Fate};
pub use fold::same_but_for_case;
pub use id::Id;
pub use list::{ListError, ListKind};
pub use message::{MESSAGE_LIMITS, Message};
pub use mirrored::Mirrored;
