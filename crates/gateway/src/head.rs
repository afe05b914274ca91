//! The head of a request or response, as a host shows it: bytes, looked up on demand.

use std::borrow::Cow;

/// The head of an HTTP message. The machine asks only for the fields that it needs, so a host
/// whose look-ups are dear (proxy-wasm) fetches them lazily.
///
/// What is asked for every request to an API route: `:method`, `:scheme`, `:authority`, `:path`,
/// `authorization`, `upgrade`, the bundle's listed headers, and with audit on `x-request-id`. For
/// MCP and LLM routes also `content-type`, `content-encoding`, `content-length`,
/// `mcp-protocol-version`, `mcp-method` and `mcp-name`.
pub trait Head {
    /// A field by its lower-case name; pseudo-header fields begin with a colon (RFC 9113
    /// section 8.3), `:status` in a response.
    ///
    /// A host that cannot tell whether a field stands once or twice must look at the whole list:
    /// policies must never see the first of two values.
    fn field(&self, name: &str) -> Field<'_>;

    /// Whether the message ends with its head: no body follows.
    fn end_of_stream(&self) -> bool;

    /// The claims of a token that a trusted component has already verified, for gateways with
    /// [`Evidence::Vouched`](crate::settings::Evidence::Vouched). Asked for in no other mode.
    fn vouched(&self) -> Option<Vouched<'_>> {
        None
    }
}

/// What a head has under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// Nothing.
    Absent,
    /// One value, any bytes.
    Once(Cow<'a, [u8]>),
    /// More than one field line; nobody can say which counts.
    Repeated,
}

impl<'a> Field<'a> {
    /// What a whole list of field lines has under `name`, both in lower case.
    pub fn among(lines: impl Iterator<Item = (&'a [u8], &'a [u8])>, name: &str) -> Self {
        let mut values = lines.filter(|(key, _)| *key == name.as_bytes());
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some((_, value)), None) => Self::Once(Cow::Borrowed(value)),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}

/// A token that a trusted component has verified (Envoy's `jwt_authn`, AgentGateway's `jwtAuth`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched<'a> {
    /// The bundle's name of the issuer that the component verified the token with; the claims
    /// must then be this issuer's.
    pub issuer: Option<Cow<'a, str>>,
    /// The JOSE header as JSON, where the component hands it on (`header_in_metadata`).
    pub header: Option<Cow<'a, [u8]>>,
    /// The claims as JSON. Whole numbers may be written as `1.0`, as protobuf's `Struct` does.
    pub claims: Cow<'a, [u8]>,
}

/// A head given as a whole list, names in lower case.
#[derive(Clone, Copy, Debug)]
pub struct FieldList<'a> {
    /// Every field line, pseudo-header fields included, in order.
    pub fields: &'a [(&'a [u8], &'a [u8])],
    /// Whether no body follows.
    pub end_of_stream: bool,
}

impl Head for FieldList<'_> {
    fn field(&self, name: &str) -> Field<'_> {
        Field::among(self.fields.iter().copied(), name)
    }

    fn end_of_stream(&self) -> bool {
        self.end_of_stream
    }
}
