//! How a bundle tells which issuer family a token belongs to and how its claims are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The issuer family of a trusted issuer, with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Profile {
    /// Microsoft Entra, token versions 1.0 and 2.0.
    Entra(EntraProfile),
    /// Kubernetes service-account tokens.
    Kubernetes,
    /// Any OpenID Connect provider, by claim mapping.
    Oidc(OidcProfile),
    /// RFC 8693 delegation: `sub` is the subject, `act` the actor chain.
    Rfc8693(Rfc8693Profile),
    /// SPIFFE JWT-SVID.
    Spiffe,
}

/// The issuer family alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// [`Profile::Entra`]
    Entra,
    /// [`Profile::Kubernetes`]
    Kubernetes,
    /// [`Profile::Oidc`]
    Oidc,
    /// [`Profile::Rfc8693`]
    Rfc8693,
    /// [`Profile::Spiffe`]
    Spiffe,
}

impl Family {
    /// The name shown to people and policies, for example `entra`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Kubernetes => "kubernetes",
            Self::Oidc => "oidc",
            Self::Rfc8693 => "rfc8693",
            Self::Spiffe => "spiffe",
        }
    }
}

/// What an Entra token must prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntraProfile {
    /// What to do where `idtyp` is missing (an optional claim).
    pub missing_idtyp: MissingIdtyp,
    /// What to do where the facet claims are missing (custom APIs without optional claims).
    pub missing_facets: MissingFacets,
    /// Accept a token with neither `scp` nor `roles` (domain case 54).
    pub accept_without_permissions: bool,
    /// Accept partner administrators and passthrough users (domain case 31).
    pub accept_partners: bool,
}

/// A token without `idtyp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingIdtyp {
    /// Infer user or app from `scp`, `roles`, `oid` and `sub`; unclear shapes are refused.
    Infer,
    /// Refuse.
    Refuse,
}

/// A token without facet claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingFacets {
    /// Refuse.
    Refuse,
    /// Accept when the directory knows the actor by tenant and id, else refuse.
    RequireRegistered,
    /// Read the actor as an ordinary app or user with evidence `absent`, unless registered.
    TreatAsUnproven,
}

/// How deep RFC 8693 `act` chains may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rfc8693Profile {
    /// Longest accepted chain, the current actor included; 1 to 16.
    pub max_depth: u8,
    /// Read an actor not in the directory as an agent (else as an app).
    pub actors_are_agents: bool,
}

/// Where a generic OpenID Connect provider keeps the facts. Each value is a list of claim paths,
/// dots for nesting (`realm_access.roles`), tried in order; a segment in quotes may hold dots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProfile {
    /// The subject's id.
    pub subject: Vec<String>,
    /// The client that acts.
    pub actor: Vec<String>,
    /// Scopes: a space-separated string or an array.
    pub scopes: Vec<String>,
    /// Roles: arrays, all paths united.
    pub roles: Vec<String>,
    /// Groups: an array.
    pub groups: Vec<String>,
    /// Tenant or organisation.
    pub tenant: Vec<String>,
    /// Display name.
    pub display: Vec<String>,
    /// A token is app-only when one of these claims has the value given (`{actor}` in it stands
    /// for the client's id), or when subject equals actor.
    pub app_only: BTreeMap<String, String>,
    /// Longest accepted `act` chain where the provider sets one.
    pub max_depth: u8,
}
