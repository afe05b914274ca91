//! A request, as every host describes it.

/// A request to decide on. A host translates its own world into this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The bare token (no `Bearer `), if the request carries one.
    pub token: Option<&'a str>,
    /// Upper-case HTTP method.
    pub method: &'a str,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// `Host` or `:authority`, as received.
    pub host: &'a str,
    /// Path without query, as received.
    pub path: &'a str,
    /// Headers that the bundle lists in its surface; names lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// What the request asks for above HTTP.
    pub operation: Operation<'a>,
}

/// What a request asks for above HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Nothing above HTTP.
    Http,
    /// A call of a language model.
    Llm {
        /// The model's name.
        model: &'a str,
    },
    /// An MCP message.
    Mcp {
        /// The JSON-RPC method, for example `tools/call`.
        method: &'a str,
        /// The tool, resource or prompt it names.
        name: Option<&'a str>,
        /// The tool's arguments as JSON text.
        arguments: Option<&'a str>,
    },
}
