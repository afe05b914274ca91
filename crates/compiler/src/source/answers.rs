//! The `answers` section.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::Placed;

/// How answers look.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AnswersSource {
    /// Whether a deny stops the call.
    pub(crate) mode: ModeSource,
    /// How much a deny tells the caller.
    pub(crate) detail: DetailSource,
    /// `realm` of the challenge.
    pub(crate) realm: Option<Placed<String>>,
    /// Address of the protected resource metadata (RFC 9728) for the challenge.
    pub(crate) resource_metadata: Option<Placed<String>>,
    /// `authorization_uri` of Entra's `insufficient_claims` challenge.
    pub(crate) authorization_uri: Option<Placed<String>>,
}

/// Whether a deny stops the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModeSource {
    /// A deny stops the call.
    #[default]
    Enforce,
    /// Decide and record, but let every call through.
    Shadow,
}

/// How much a deny tells the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DetailSource {
    /// The clauses that failed.
    Clauses,
    /// The reason alone.
    #[default]
    Reason,
}
