//! Requests that were read, not received.

mod document;

use vicar::{Call, Operation};
use vicar_compiler::test_file::{TestCall, TestOperation};

pub use document::CallDocument;

/// [`Call`] that owns its texts; the token stays apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedCall {
    /// Upper-case HTTP method.
    pub method: String,
    /// `https` or `http`.
    pub scheme: String,
    /// `Host`.
    pub host: String,
    /// Path without query.
    pub path: String,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// What it asks for above HTTP.
    pub operation: OwnedOperation,
}

/// [`Operation`] that owns its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedOperation {
    /// Nothing above HTTP.
    Http,
    /// A call of a language model.
    Llm {
        /// Its name.
        model: String,
    },
    /// An MCP message.
    Mcp {
        /// The JSON-RPC method.
        method: String,
        /// The tool, resource or prompt it names.
        name: Option<String>,
        /// The tool's arguments as JSON text.
        arguments: Option<String>,
    },
}

impl OwnedCall {
    /// Lends the request, with a token, to `use_call`.
    pub fn with<R>(&self, token: Option<&str>, use_call: impl FnOnce(&Call<'_>) -> R) -> R {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let operation = match &self.operation {
            OwnedOperation::Http => Operation::Http,
            OwnedOperation::Llm { model } => Operation::Llm { model },
            OwnedOperation::Mcp { method, name, arguments } => {
                Operation::Mcp { method, name: name.as_deref(), arguments: arguments.as_deref() }
            }
        };
        use_call(&Call {
            token,
            method: &self.method,
            scheme: &self.scheme,
            host: &self.host,
            path: &self.path,
            headers: &headers,
            operation,
        })
    }
}

impl From<&TestCall> for OwnedCall {
    fn from(call: &TestCall) -> Self {
        Self {
            method: call.method.clone(),
            scheme: call.scheme.clone(),
            host: call.host.clone(),
            path: call.path.clone(),
            headers: call.headers.clone().into_iter().collect(),
            operation: match &call.operation {
                TestOperation::Http => OwnedOperation::Http,
                TestOperation::Llm { model } => OwnedOperation::Llm { model: model.clone() },
                TestOperation::Mcp { method, name, arguments } => OwnedOperation::Mcp {
                    method: method.clone(),
                    name: name.clone(),
                    arguments: arguments.clone(),
                },
            },
        }
    }
}
