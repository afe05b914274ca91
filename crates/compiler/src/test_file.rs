//! `tests/*.yaml`: tokens without signatures, calls, and the verdicts wanted. Hosts mint and run.

mod resolve;
mod source;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use vicar_bundle::exchange::ExchangeFlow;
use vicar_token::{Algorithm, UnixSeconds};

use crate::{diagnostic::Diagnostic, yaml};

/// A test file, every name in it resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// Path inside the bundle folder.
    pub path: String,
    /// Its cases, in file order.
    pub cases: Vec<TestCase>,
}

/// One token, perhaps one call, and the verdict wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// What it is about; unique in the file.
    pub name: String,
    /// 1-based line of its name.
    pub line: u32,
    /// The token that the caller presents.
    pub token: Presented,
    /// The time of the call.
    pub clock: UnixSeconds,
    /// The call; without one, the token is verified and identified only.
    pub call: Option<TestCall>,
    /// The exchange; a case has a call or an exchange, not both.
    pub exchange: Option<TestExchange>,
    /// What must come out.
    pub want: Want,
}

/// What the caller presents as a token.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one per test case, and almost all are signed")]
pub enum Presented {
    /// Nothing at all.
    Nothing,
    /// This text as it stands.
    Raw(String),
    /// A token to be signed.
    Signed(TokenToSign),
}

/// The parts of a token, to be signed when the test runs.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenToSign {
    /// The issuer of the bundle whose test key signs, unless `key` says otherwise.
    pub issuer: String,
    /// The algorithm; the issuer's first if absent.
    pub algorithm: Option<Algorithm>,
    /// Header members to set; `null` removes the one that would be there.
    pub header: Map<String, Value>,
    /// The claims, with the case's changes applied.
    pub claims: Map<String, Value>,
    /// Changes to the key.
    pub key: TestKey,
    /// What happens to the text once it is signed.
    pub damage: Option<Damage>,
}

/// Which key signs, and what the header says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestKey {
    /// Sign with the test key of this issuer of the bundle.
    pub issuer: Option<String>,
    /// The header's `kid`.
    pub id: Option<String>,
    /// The header has no `kid`.
    pub absent: bool,
}

/// What happens to a signed token on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Damage {
    /// A dot in front.
    LeadingDot,
    /// The signature is taken away, its dot stays.
    NoSignature,
    /// `=` after the signature.
    Padding,
    /// A character of the claims is changed.
    Payload,
    /// A bit of the signature is changed.
    Signature,
    /// The signature in base64's standard alphabet.
    StandardAlphabet,
    /// A dot at the end.
    TrailingDot,
    /// A line feed at the end.
    TrailingLineFeed,
    /// The second half is cut off.
    Truncate,
    /// Signature and its dot are taken away.
    TwoParts,
}

/// A call of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCall {
    /// Upper-case HTTP method.
    pub method: String,
    /// `https` if the file says nothing.
    pub scheme: String,
    /// `Host`.
    pub host: String,
    /// Path without query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What it asks for above HTTP.
    pub operation: TestOperation,
}

/// An exchange of a case. The case's token is the caller's: a user's for the blueprint (Tc).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestExchange {
    /// The downstream API's name.
    pub downstream: String,
    /// App id of the agent.
    pub agent: Option<String>,
    /// Object id of the agent's user account.
    pub agent_user_id: Option<String>,
    /// User principal name of the agent's user account.
    pub agent_user_name: Option<String>,
    /// In whose place.
    pub flow: Option<ExchangeFlow>,
    /// Scopes asked for.
    pub scopes: Vec<String>,
}

/// What a call asks for above HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOperation {
    /// Nothing.
    Http,
    /// A language model.
    Llm {
        /// Its name.
        model: String,
    },
    /// An MCP message.
    Mcp {
        /// The JSON-RPC method.
        method: String,
        /// The tool, resource or prompt.
        name: Option<String>,
        /// The arguments as JSON text.
        arguments: Option<String>,
    },
}

/// What must come out of a case. What is absent is not asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    /// Allow or deny.
    pub decision: WantedDecision,
    /// The reason code.
    pub reason: Option<String>,
    /// The determining policies, in any order.
    pub policies: Option<Vec<String>>,
    /// A part of the identity's JSON.
    pub identity: Option<Map<String, Value>>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
}

/// Allow or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WantedDecision {
    /// The call goes through.
    Allow,
    /// The call is stopped.
    Deny,
}

/// Reads a test file of a bundle that has these issuers.
///
/// # Errors
/// All problems of the file.
pub fn parse(path: &str, text: &str, issuers: &[&str]) -> Result<TestFile, Vec<Diagnostic>> {
    let source: source::TestSource = yaml::read(path, text)?;
    resolve::resolve(path, source, issuers)
}

/// The JSON Schema of test files, for editors.
pub fn json_schema() -> Value {
    yaml::schema::<source::TestSource>()
}
