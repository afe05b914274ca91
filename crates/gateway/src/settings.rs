//! What a gateway's operator sets, for the whole gateway and for one route of it.

use serde::Deserialize;
use vicar_bundle::syntax;

use crate::StateKey;

/// Settings of a whole gateway. Every default is the cautious value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether each decision makes an audit record.
    pub audit: bool,
    /// Longest accepted body of a request that is judged by its body, in bytes. Default: 1 MiB.
    pub body_limit_bytes: usize,
    /// Whether a deny may tell the caller which clauses failed, where the bundle allows it too.
    pub detail: bool,
    /// Where the proof of a token comes from.
    pub evidence: Evidence,
    /// Headers to set on a request that passes. Default: none.
    pub headers: Vec<AddedHeader>,
    /// HTTP status of a denied MCP request that has a JSON-RPC id, where no other token would
    /// help: 200 or 403. SDKs of 2026 hand a JSON-RPC error to their caller with 200, and tear
    /// the session down with 403. Default: 200.
    pub mcp_denial_status: u16,
    /// What happens to CORS preflight requests, which never carry a token.
    pub preflight: Preflight,
    /// Who serves the protected resource metadata (RFC 9728) at the bundle's `resource_metadata`
    /// address.
    pub resource_metadata: ResourceMetadata,
    /// Longest accepted body of a response that is filtered, and longest event of an event
    /// stream, in bytes. Default: 4 MiB.
    pub response_limit_bytes: usize,
    /// `Retry-After` of a 503, in seconds. Default: 5.
    pub retry_after_seconds: u32,
    /// Further trust headers that clients may not send, lower case; `x-vicar-*` is always
    /// stripped.
    pub strip: Vec<String>,
    /// What happens to the token of a request that passes.
    pub token: TokenForwarding,
    /// Whether a request may switch protocols (`Upgrade`, `CONNECT`).
    pub upgrade: Upgrade,
    /// Whether each decision brings the whole verdict along, for tests that compare hosts. Not
    /// for operators: no configuration can set it.
    #[serde(skip)]
    pub verdicts: bool,
}

/// Where the proof of a token comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The gate verifies the signature.
    #[default]
    Verify,
    /// A trusted component in front has verified the token and hands over its claims
    /// ([`crate::Vouched`]); everything but form and signature is still checked here.
    Vouched,
}

/// A header set on a request that passes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedHeader {
    /// Its lower-case name.
    pub name: String,
    /// What it says. Left out where the request has no such fact.
    pub value: StateKey,
}

impl AddedHeader {
    /// The `x-vicar-*` headers that say who asked, who acts and why it passed.
    pub fn standard() -> Vec<Self> {
        StateKey::ALL
            .into_iter()
            .map(|value| Self { name: format!("x-vicar-{}", value.name()), value })
            .collect()
    }
}

/// What happens to CORS preflight requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preflight {
    /// They are judged as every other request.
    #[default]
    Judge,
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method` passes, without its token.
    Pass,
}

/// Who serves the protected resource metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceMetadata {
    /// The gateway, when the bundle's `resource_metadata` address leads here.
    #[default]
    Serve,
    /// Someone else; the request is judged as every other.
    Upstream,
}

/// What happens to the token of a request that passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenForwarding {
    /// It goes on to the upstream.
    #[default]
    Forward,
    /// `authorization` is removed.
    Remove,
}

/// Whether a request may switch protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upgrade {
    /// A request that is permitted may: what follows the switch is not judged.
    Judge,
    /// No request may.
    #[default]
    Refuse,
}

/// Settings of one route, over those of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteSettings {
    /// What a deny does.
    pub enforcement: Enforcement,
    /// The only part of the bundle's surface that may serve requests of this route: the name of
    /// an API, MCP server or LLM provider.
    pub section: Option<String>,
    /// The proxy's name of the route, for audit records.
    pub name: Option<String>,
    /// Another body limit, in bytes.
    pub body_limit_bytes: Option<usize>,
    /// Another treatment of the token.
    pub token: Option<TokenForwarding>,
}

/// What a deny does on a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// What the bundle says: its `answers.mode`.
    #[default]
    Bundle,
    /// It stops the request, also where the bundle only observes.
    Require,
    /// It is recorded, and the request passes.
    Shadow,
    /// Nothing is decided: every request passes, with its trust headers stripped.
    Skip,
}

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A header name that is none, or that no gateway may set or strip.
    #[error("`{at}`: {} is not a lower-case header name that may be used here", vicar_token::quote::Quoted(.name))]
    HeaderName {
        /// Where it stands.
        at: &'static str,
        /// The name.
        name: String,
    },
    /// A number out of its range.
    #[error("`{at}` is {found}, where {wanted} is expected")]
    Number {
        /// Where it stands.
        at: &'static str,
        /// The number.
        found: u64,
        /// The range.
        wanted: &'static str,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            audit: false,
            body_limit_bytes: 1 << 20,
            detail: true,
            evidence: Evidence::default(),
            headers: Vec::new(),
            mcp_denial_status: 200,
            preflight: Preflight::default(),
            resource_metadata: ResourceMetadata::default(),
            response_limit_bytes: 4 << 20,
            retry_after_seconds: 5,
            strip: Vec::new(),
            token: TokenForwarding::default(),
            upgrade: Upgrade::default(),
            verdicts: false,
        }
    }
}

impl Settings {
    /// Checks what types cannot say.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let number = |at, found: usize, most: usize, wanted| {
            let found_wide = u64::try_from(found).unwrap_or(u64::MAX);
            if (1..=most).contains(&found) {
                Ok(())
            } else {
                Err(SettingsError::Number { at, found: found_wide, wanted })
            }
        };
        number("body_limit_bytes", self.body_limit_bytes, LARGEST, "1 to 67108864")?;
        number("response_limit_bytes", self.response_limit_bytes, LARGEST, "1 to 67108864")?;
        if !matches!(self.mcp_denial_status, 200 | 403) {
            return Err(SettingsError::Number {
                at: "mcp_denial_status",
                found: self.mcp_denial_status.into(),
                wanted: "200 or 403",
            });
        }
        let added = self.headers.iter().map(|header| ("headers", header.name.as_str()));
        let stripped = self.strip.iter().map(|name| ("strip", name.as_str()));
        for (at, name) in added.chain(stripped) {
            if !syntax::is_header_name(name) || RESERVED.contains(&name) {
                return Err(SettingsError::HeaderName { at, name: name.to_owned() });
            }
        }
        Ok(())
    }
}

/// Largest limit: 64 MiB.
const LARGEST: usize = 64 << 20;

/// Headers that frame or route a message: neither set nor stripped.
const RESERVED: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
