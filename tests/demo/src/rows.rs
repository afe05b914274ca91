//! The demo's data file: which tokens, and what each side should answer.

use serde::Deserialize;
use serde_json::{Map, Value};

/// `data/rows.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The demo's time, in seconds since the epoch.
    pub clock: i64,
    /// The CEL expression of the usual rule.
    pub rule: String,
    /// The issuer that the usual gateway trusts.
    pub issuer: String,
    /// The audiences that the usual gateway accepts.
    pub audiences: Vec<String>,
    /// The bundle's name for the issuer.
    pub trusted_as: String,
    /// Claims that move a captured shape to the demo's API and clock.
    pub here: Map<String, Value>,
    /// The call that every token is tried on.
    pub call: Call,
    /// The table.
    pub rows: Vec<Row>,
}

/// A tool call, as the gateway sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `Host`.
    pub host: String,
    /// Path.
    pub path: String,
    /// The MCP tool.
    pub tool: String,
    /// The tool's arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// One token in front of both sides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What the token is, in words.
    pub token: String,
    /// A file of `data/tokens`, without its ending.
    pub shape: String,
    /// Changes: a null removes a claim, anything else sets it.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Another call than the table's.
    #[serde(default)]
    pub call: Option<Call>,
    /// What the API's owner wants.
    pub right: Right,
    /// What the usual rule answers.
    pub usual: Usual,
    /// The reason code that Vicar answers with; `permitted` allows, every other denies.
    pub vicar: String,
}

/// What the API's owner wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// The call should go through.
    Allow,
    /// The call should be stopped.
    Deny,
}

/// What the usual rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usual {
    /// The expression is true.
    Allow,
    /// The JWT check refused the audience.
    DenyAudience,
    /// The JWT check misses a claim.
    DenyClaim,
    /// The expression could not be evaluated.
    DenyError,
    /// The JWT check found the token expired.
    DenyExpired,
    /// The JWT check refused the issuer.
    DenyIssuer,
    /// The expression is false.
    DenyRule,
    /// The JWT check refused the signature or the form.
    DenySignature,
}

impl Usual {
    /// How the table shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::DenyAudience => "deny (audience)",
            Self::DenyClaim => "deny (claim missing)",
            Self::DenyError => "deny (error)",
            Self::DenyExpired => "deny (expired)",
            Self::DenyIssuer => "deny (issuer)",
            Self::DenyRule => "deny",
            Self::DenySignature => "deny (signature)",
        }
    }

    /// Whether the call goes through.
    pub fn allows(self) -> bool {
        self == Self::Allow
    }
}

/// Why the data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The table is not what [`Rows`] describes.
    #[error("data/rows.yaml: {0}")]
    Rows(String),
    /// A row names a token shape that is not there.
    #[error("data/rows.yaml names the token shape `{0}`, which is not in data/tokens")]
    ShapeUnknown(String),
    /// A token shape is not a JSON object.
    #[error("data/tokens/{shape}.json: {error}")]
    Shape {
        /// The file, without its ending.
        shape: String,
        /// What the JSON parser said.
        error: serde_json::Error,
    },
}

impl Rows {
    /// The table that ships with the demo.
    pub fn shipped() -> Result<Self, DataError> {
        serde_saphyr::from_str(include_str!("../data/rows.yaml"))
            .map_err(|error| DataError::Rows(error.to_string()))
    }

    /// The claims of `row`: its shape, moved to this API and clock, with the row's changes.
    pub fn claims(&self, row: &Row) -> Result<Map<String, Value>, DataError> {
        let text = SHAPES
            .iter()
            .find(|(name, _)| *name == row.shape)
            .map(|(_, text)| *text)
            .ok_or_else(|| DataError::ShapeUnknown(row.shape.clone()))?;
        let mut claims: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| DataError::Shape { shape: row.shape.clone(), error })?;
        for (name, value) in self.here.iter().chain(&row.claims) {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        Ok(claims)
    }
}

/// The token shapes by name.
const SHAPES: &[(&str, &str)] = &[
    ("agent-user-account", include_str!("../data/tokens/agent-user-account.json")),
    ("blueprint-as-itself", include_str!("../data/tokens/blueprint-as-itself.json")),
    ("ordinary-app", include_str!("../data/tokens/ordinary-app.json")),
    ("ordinary-user", include_str!("../data/tokens/ordinary-user.json")),
    ("t1-blueprint-for-agent", include_str!("../data/tokens/t1-blueprint-for-agent.json")),
    ("t2-agent-as-itself", include_str!("../data/tokens/t2-agent-as-itself.json")),
    ("t2-agent-on-behalf-of-user", include_str!("../data/tokens/t2-agent-on-behalf-of-user.json")),
    ("x2-agent-exchange", include_str!("../data/tokens/x2-agent-exchange.json")),
];
