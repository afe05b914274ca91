//! A test file as it is written. The comments here are what editors show.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Damage, WantedDecision};
use crate::{
    source::{exchange::FlowSource, trust::AlgorithmSource},
    yaml::{Entries, Entry, Item, Placed},
};

/// Tests of a Vicar policy bundle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Tests of a Vicar bundle")]
pub(crate) struct TestSource {
    /// The time of every case, in seconds since 1970.
    pub(super) clock: u64,
    /// Tokens by name, without signatures: test keys sign them when the tests run.
    #[serde(default)]
    pub(super) tokens: Entries<TokenSource>,
    /// The cases.
    pub(super) cases: Vec<CaseSource>,
}

/// A token: `issuer` and `claims`, or `raw` text.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TokenSource {
    /// The issuer's name in `vicar.yaml`: gives the key and the algorithm.
    pub(super) issuer: Option<Placed<String>>,
    /// The algorithm; the issuer's first if absent.
    pub(super) algorithm: Option<AlgorithmSource>,
    /// Header members to set; null removes.
    pub(super) header: Map<String, Value>,
    /// The claims.
    pub(super) claims: Map<String, Value>,
    /// The token's text as it stands.
    pub(super) raw: Option<Placed<String>>,
}

impl Entry for NamedOrWritten {
    fn text_schema() -> Schema {
        json_schema!({ "type": "string", "description": "A name under `tokens`." })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self { name: Some(text.to_owned()), written: TokenSource::default() })
    }
}

/// A token by name or written out.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedOrWritten {
    pub(super) name: Option<String>,
    pub(super) written: TokenSource,
}

impl<'de> Deserialize<'de> for NamedOrWritten {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { name: None, written: TokenSource::deserialize(deserializer)? })
    }
}

impl JsonSchema for NamedOrWritten {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NamedOrWritten".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> Schema {
        TokenSource::json_schema(generator)
    }
}

/// One case.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseSource {
    /// What it is about, as a sentence; unique in the file.
    pub(super) name: Placed<String>,
    /// The token presented, by name or written out; none if absent.
    pub(super) token: Option<Placed<Item<NamedOrWritten>>>,
    /// Changes of the claims: null removes, anything else sets.
    #[serde(default)]
    pub(super) claims: Map<String, Value>,
    /// Changes of the header: null removes, anything else sets.
    #[serde(default)]
    pub(super) header: Map<String, Value>,
    /// Changes of the key that signs.
    #[serde(default)]
    pub(super) key: KeySource,
    /// What happens to the signed text on its way.
    pub(super) damage: Option<Damage>,
    /// The time of this case, instead of the file's.
    pub(super) clock: Option<u64>,
    /// The call; without one the token is verified and identified only.
    pub(super) call: Option<CallSource>,
    /// The exchange of the token for one of a downstream API, instead of a call.
    pub(super) exchange: Option<Placed<ExchangeSource>>,
    /// What must come out.
    pub(super) want: WantSource,
}

/// Which key signs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KeySource {
    /// Sign with the key of this issuer.
    pub(super) issuer: Option<Placed<String>>,
    /// The header's `kid`.
    pub(super) id: Option<String>,
    /// Leave `kid` out.
    pub(super) absent: bool,
}

/// A call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallSource {
    /// HTTP method.
    pub(super) method: String,
    /// `https` if absent.
    pub(super) scheme: Option<String>,
    /// `Host`.
    pub(super) host: String,
    /// Path without query.
    pub(super) path: String,
    /// Headers.
    #[serde(default)]
    pub(super) headers: std::collections::BTreeMap<String, String>,
    /// An MCP message.
    pub(super) mcp: Option<Placed<McpSource>>,
    /// A call of a language model.
    pub(super) llm: Option<LlmSource>,
}

/// An exchange.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeSource {
    /// The downstream API's name in `vicar.yaml`.
    pub(super) downstream: String,
    /// App id of the agent that is to act; the blueprint itself if absent.
    pub(super) agent: Option<String>,
    /// Object id of the agent's user account.
    pub(super) agent_user_id: Option<String>,
    /// User principal name of the agent's user account.
    pub(super) agent_user_name: Option<String>,
    /// In whose place; as the downstream API says if absent.
    pub(super) flow: Option<FlowSource>,
    /// Scopes to ask for; those of the downstream API if absent.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
}

/// An MCP message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct McpSource {
    /// The JSON-RPC method.
    pub(super) method: String,
    /// The tool it names.
    pub(super) tool: Option<String>,
    /// The resource it names.
    pub(super) resource: Option<String>,
    /// The prompt it names.
    pub(super) prompt: Option<String>,
    /// The tool's arguments.
    pub(super) arguments: Option<Value>,
}

/// A call of a language model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LlmSource {
    /// Its name.
    pub(super) model: String,
}

/// What must come out. What is absent is not asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantSource {
    /// Allow or deny.
    pub(super) decision: WantedDecision,
    /// The reason code.
    pub(super) reason: Option<String>,
    /// The determining policies, in any order.
    pub(super) policies: Option<Vec<String>>,
    /// A part of the identity's JSON.
    pub(super) identity: Option<Map<String, Value>>,
    /// The HTTP status of the answer.
    pub(super) status: Option<u16>,
}
