//! The bundle's contents.

use memchr::memrchr;
use serde::{Deserialize, Serialize};
use vicar_identity::{Directory, Profile};
use vicar_policy::text::same_bytes;
use vicar_token::TrustedIssuer;

use crate::{BundleError, base64_bytes, surface::Surface};

/// A bundle, as `vicar-compiler` makes it and every host loads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// The bundle's name, for people.
    pub name: String,
    /// Trusted issuers, sorted by name.
    pub trust: Vec<Issuer>,
    /// Known names.
    pub directory: Directory,
    /// How requests become actions and resources.
    pub surface: Surface,
    /// How answers look.
    pub answers: Answers,
    /// What tokens may be exchanged for: [`Exchange`](crate::exchange::Exchange) as canonical JSON
    /// text. Only hosts that exchange tokens read it ([`Bundle::exchange`](crate::Bundle)), so
    /// that the guests and filters that never do need no code for it. A bundle without one has
    /// the bytes that it always had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// The policy program (`vicar_policy::Program`), base64 in the file.
    #[serde(with = "crate::base64_bytes")]
    pub program: Vec<u8>,
}

impl Contents {
    /// The canonical form: one line of JSON, members in the order of their declaration, no white
    /// space, no number with a fraction. The bundle's digest is over exactly these bytes.
    #[expect(
        clippy::expect_used,
        reason = "writing to memory fails only for map keys that are \
        no text, and all of ours are"
    )]
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("contents are always JSON")
    }

    /// Reads the canonical form, and no other bytes of the same meaning: digest and contents
    /// determine each other.
    pub(crate) fn from_canonical_bytes(text: &[u8]) -> Result<Self, BundleError> {
        let Some((rest, program)) = program_apart(text) else {
            return Err(parse(text).err().unwrap_or(BundleError::NotCanonical));
        };
        let contents = parse(&rest)?;
        // Writing again is cheaper than any other proof that no member stands twice and nothing
        // was reordered or padded.
        if !same_bytes(&contents.to_canonical_bytes(), &rest) {
            return Err(BundleError::NotCanonical);
        }
        let program = base64_bytes::decode(program)
            .ok_or_else(|| BundleError::Malformed("the program is not base64".to_owned()))?;
        Ok(Self { program, ..contents })
    }
}

/// Contents without their program, which stands last, and its text. The program is most of a
/// bundle and base64 has one text for it, so it need not be read as JSON and written again.
fn program_apart(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let members = text.strip_suffix(b"\"}")?;
    let end = memrchr(b'"', members)?.checked_add(1)?;
    let (before, program) = members.split_at_checked(end)?;
    before.ends_with(b",\"program\":\"").then(|| ([before, b"\"}"].concat(), program))
}

fn parse(text: &[u8]) -> Result<Contents, BundleError> {
    serde_json::from_slice(text).map_err(|error| {
        // serde's message may quote the input: cut to a length fit for a log line.
        let message = error.to_string();
        BundleError::Malformed(message.chars().take(200).flat_map(char::escape_debug).collect())
    })
}

/// A trusted issuer with its keys and profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Terms of trust.
    pub trusted: TrustedIssuer,
    /// How its claims are read.
    pub profile: Profile,
    /// Where its keys come from.
    pub keys: KeySource,
    /// Claims that policies may read as `context.claims.<name>`, sorted by name.
    pub claims: Vec<DeclaredClaim>,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeySource {
    /// The JWK set itself, as canonical JSON text.
    Inline(String),
    /// An `https` address of a JWK set.
    JwksUri(String),
    /// An `https` address of issuer metadata that names the JWK set (same host).
    Metadata(String),
}

/// A claim that policies may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredClaim {
    /// The claim's name in the token.
    pub name: String,
    /// Its type; a token whose claim has another type is refused.
    #[serde(rename = "type")]
    pub value_type: ValueType,
}

/// The type of a declared claim or tool argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// `true` or `false`.
    Boolean,
    /// An integer.
    Long,
    /// Text.
    String,
    /// A list of texts.
    StringSet,
}

/// How answers look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Decide and record, but let every call through.
    pub shadow: bool,
    /// Whether a deny tells the caller which clauses failed.
    pub detail: bool,
    /// `realm` of the challenge.
    pub realm: Option<String>,
    /// RFC 9728 metadata address for the challenge.
    pub resource_metadata: Option<String>,
    /// `authorization_uri` of Entra's `insufficient_claims` challenge.
    pub authorization_uri: Option<String>,
}
