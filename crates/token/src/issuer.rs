//! Which issuers are trusted, and on which terms.

mod entra;
mod select;
mod spiffe;

use serde::{Deserialize, Serialize};

use crate::Algorithm;

pub use entra::EntraIssuer;
pub(crate) use entra::TENANT_PLACEHOLDER;
pub use select::{Selection, select};

/// An issuer that a bundle trusts. The algorithm is pinned here before any key is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The bundle's name for it, unique in the bundle.
    pub name: String,
    /// Which `iss` values are its own.
    pub issuer: IssuerRule,
    /// Accepted `alg` values; never empty.
    pub algorithms: Vec<Algorithm>,
    /// Accepted `aud` values, compared exactly; never empty.
    pub audiences: Vec<String>,
    /// Refuse a token whose `aud` is an array (Entra never sends one).
    pub single_audience: bool,
    /// Tolerated clock difference in seconds for `exp`, `nbf` and `iat`; at most 300.
    pub clock_skew_seconds: u32,
    /// Longest accepted `exp - iat` in seconds.
    pub max_lifetime_seconds: u32,
    /// Whether a token without `iat` is refused (SPIFFE and legacy Kubernetes tokens lack it).
    pub require_issued_at: bool,
}

/// Which `iss` values belong to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IssuerRule {
    /// Microsoft Entra: the issuer form of one cloud, for the listed tenants only.
    EntraTenants {
        /// The national cloud.
        cloud: Cloud,
        /// Tenant ids, lower-case GUIDs; never empty.
        tenants: Vec<String>,
        /// Accept `https://sts.windows.net/{tid}/` (token version 1.0).
        v1: bool,
        /// Accept `https://login.microsoftonline.com/{tid}/v2.0` (token version 2.0).
        v2: bool,
    },
    /// This `iss`, byte for byte.
    Exact(String),
    /// SPIFFE JWT-SVID: `sub` is in this trust domain; `iss` is not required.
    SpiffeTrustDomain(String),
}

/// Which form of an issuer rule a token's `iss` (or SPIFFE `sub`) matched.
///
/// Whether Entra's form agrees with the token's `ver` is not judged here: exchange tokens have
/// `ver` 2.0 with a v1 issuer, and only `vicar-identity` knows which token is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerForm {
    /// `https://sts.windows.net/{tid}/` or its national form.
    EntraV1,
    /// `https://login.microsoftonline.com/{tid}/v2.0` or its national form.
    EntraV2,
    /// [`IssuerRule::Exact`].
    Exact,
    /// [`IssuerRule::SpiffeTrustDomain`].
    SpiffeTrustDomain,
}

/// A Microsoft national cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// 21Vianet in China.
    China,
    /// The worldwide public cloud.
    Public,
    /// US Government.
    UsGovernment,
}

#[cfg(test)]
mod tests;
