//! The `trust` section.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use vicar_bundle::contents::ValueType;
use vicar_token::{Algorithm, Cloud};

use crate::yaml::{Entries, Entry, Item, Placed};

/// A trusted issuer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerSource {
    /// How its claims are read: `entra`, `kubernetes`, `spiffe`, `rfc8693`, `oidc`, `auth0`,
    /// `keycloak` or `okta`; as a mapping with settings.
    pub(crate) profile: Placed<Item<ProfileSource>>,
    /// Its `iss`, compared byte for byte. Not for `entra` and `spiffe`, which make theirs.
    pub(crate) issuer: Option<Placed<String>>,
    /// `entra`: the national cloud.
    pub(crate) cloud: Option<Placed<CloudSource>>,
    /// `entra`: accepted tenants, by directory name or id.
    #[serde(default)]
    pub(crate) tenants: Vec<Placed<String>>,
    /// `entra`: accepted token versions; both if absent.
    #[serde(default)]
    pub(crate) versions: Vec<Placed<Version>>,
    /// `spiffe`: the trust domain, for example `prod.example`.
    pub(crate) trust_domain: Option<Placed<String>>,
    /// Accepted `aud` values, compared exactly.
    pub(crate) audiences: Vec<Placed<String>>,
    /// Accepted signature algorithms; RS256 if absent.
    #[serde(default)]
    pub(crate) algorithms: Vec<Placed<AlgorithmSource>>,
    /// Where its keys come from. If absent: Entra's own address, else the issuer's OpenID
    /// metadata.
    pub(crate) keys: Option<Placed<KeysSource>>,
    /// Tolerated clock difference, at most 5m; 60s if absent.
    pub(crate) clock_skew: Option<Placed<String>>,
    /// Longest accepted `exp - iat`; 28h for `entra`, else 24h, if absent.
    pub(crate) max_lifetime: Option<Placed<String>>,
    /// Refuse tokens whose `aud` is a list; yes for `entra`, else no, if absent.
    pub(crate) single_audience: Option<bool>,
    /// Refuse tokens without `iat`; no for `spiffe`, else yes, if absent.
    pub(crate) require_issued_at: Option<bool>,
    /// Claims that policies may read as `context.claims.<name>`, with their types.
    #[serde(default)]
    pub(crate) claims: Entries<TypeSource>,
}

/// How claims are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProfileSource {
    /// Auth0.
    Auth0(OidcSource),
    /// Microsoft Entra, token versions 1.0 and 2.0.
    Entra(EntraSource),
    /// Keycloak.
    Keycloak(OidcSource),
    /// Kubernetes service-account tokens.
    Kubernetes(NoSettings),
    /// Any OpenID Connect provider, by claim mapping.
    Oidc(OidcSource),
    /// Okta.
    Okta(OidcSource),
    /// RFC 8693 delegation: `sub` is the subject, `act` the actor.
    Rfc8693(Rfc8693Source),
    /// SPIFFE JWT-SVID.
    Spiffe(NoSettings),
}

impl ProfileSource {
    /// Its name in `vicar.yaml`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Auth0(_) => "auth0",
            Self::Entra(_) => "entra",
            Self::Keycloak(_) => "keycloak",
            Self::Kubernetes(_) => "kubernetes",
            Self::Oidc(_) => "oidc",
            Self::Okta(_) => "okta",
            Self::Rfc8693(_) => "rfc8693",
            Self::Spiffe(_) => "spiffe",
        }
    }
}

impl Entry for ProfileSource {
    fn text_schema() -> Schema {
        json_schema!({ "enum": PROFILES })
    }

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auth0" => Self::Auth0(OidcSource::default()),
            "entra" => Self::Entra(EntraSource::default()),
            "keycloak" => Self::Keycloak(OidcSource::default()),
            "kubernetes" => Self::Kubernetes(NoSettings {}),
            "oidc" => Self::Oidc(OidcSource::default()),
            "okta" => Self::Okta(OidcSource::default()),
            "rfc8693" => Self::Rfc8693(Rfc8693Source::default()),
            "spiffe" => Self::Spiffe(NoSettings {}),
            _ => return Err("expected a profile".to_owned()),
        })
    }
}

/// A profile without settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSettings {}

/// What an Entra token must prove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EntraSource {
    /// A token without `idtyp` (an optional claim).
    pub(crate) missing_idtyp: MissingIdtypSource,
    /// A token without facet claims (custom APIs lack them unless configured).
    pub(crate) missing_facets: MissingFacetsSource,
    /// A token with neither `scp` nor `roles`.
    pub(crate) without_permissions: AcceptSource,
    /// A partner administrator or passthrough user.
    pub(crate) partners: AcceptSource,
}

/// Accept or refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AcceptSource {
    /// Accept.
    Accept,
    /// Refuse.
    #[default]
    Refuse,
}

/// A token without `idtyp`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingIdtypSource {
    /// Infer it from other claims; what stays unclear is refused.
    #[default]
    Infer,
    /// Refuse.
    Refuse,
}

/// A token without facet claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingFacetsSource {
    /// Refuse.
    Refuse,
    /// Accept when the directory knows the actor.
    #[default]
    RequireRegistered,
    /// Accept as an app or user whose kind nothing proves.
    TreatAsUnproven,
}

/// RFC 8693 `act` chains.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rfc8693Source {
    /// Longest accepted chain, the current actor included; 1 to 16.
    pub(crate) max_depth: u8,
    /// What an actor is that the directory does not know.
    pub(crate) unknown_actors: UnknownActorSource,
}

impl Default for Rfc8693Source {
    fn default() -> Self {
        Self { max_depth: 4, unknown_actors: UnknownActorSource::default() }
    }
}

/// What an actor is that the directory does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UnknownActorSource {
    /// An agent.
    Agent,
    /// An ordinary app.
    #[default]
    App,
}

/// Where a provider keeps the facts: lists of claim paths, tried in order, dots for nesting. What
/// is absent stays as the named provider has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OidcSource {
    /// The subject's id.
    pub(crate) subject: Option<Vec<String>>,
    /// The client that acts.
    pub(crate) actor: Option<Vec<String>>,
    /// Scopes: a space-separated text or a list.
    pub(crate) scopes: Option<Vec<String>>,
    /// Roles: lists, all paths united.
    pub(crate) roles: Option<Vec<String>>,
    /// Groups: a list.
    pub(crate) groups: Option<Vec<String>>,
    /// Tenant or organisation.
    pub(crate) tenant: Option<Vec<String>>,
    /// Display name.
    pub(crate) display: Option<Vec<String>>,
    /// A token is app-only when a claim has this value.
    pub(crate) app_only: Option<std::collections::BTreeMap<String, String>>,
    /// Longest accepted `act` chain, 1 to 16.
    pub(crate) max_depth: Option<u8>,
}

/// A Microsoft national cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CloudSource {
    /// 21Vianet in China.
    China,
    /// The worldwide public cloud.
    Public,
    /// US Government.
    UsGovernment,
}

impl From<CloudSource> for Cloud {
    fn from(source: CloudSource) -> Self {
        match source {
            CloudSource::China => Self::China,
            CloudSource::Public => Self::Public,
            CloudSource::UsGovernment => Self::UsGovernment,
        }
    }
}

/// An Entra token version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Version {
    /// `https://sts.windows.net/<tenant>/`
    V1,
    /// `https://login.microsoftonline.com/<tenant>/v2.0`
    V2,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeysSource {
    /// A JWK set inside the bundle folder.
    File(String),
    /// The `https` address of a JWK set.
    JwksUri(String),
    /// The `https` address of OpenID metadata that names the JWK set.
    Metadata(String),
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct AlgorithmSource(pub(crate) Algorithm);

impl JsonSchema for AlgorithmSource {
    fn schema_name() -> Cow<'static, str> {
        "Algorithm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Algorithm::ALL.map(Algorithm::name);
        json_schema!({ "description": "A signature algorithm (RFC 7518).", "enum": names })
    }
}

/// The type of a claim or argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TypeSource {
    /// `true` or `false`.
    Boolean,
    /// An integer.
    Long,
    /// Text.
    String,
    /// A list of texts.
    StringSet,
}

impl From<TypeSource> for ValueType {
    fn from(source: TypeSource) -> Self {
        match source {
            TypeSource::Boolean => Self::Boolean,
            TypeSource::Long => Self::Long,
            TypeSource::String => Self::String,
            TypeSource::StringSet => Self::StringSet,
        }
    }
}

const PROFILES: [&str; 8] =
    ["auth0", "entra", "keycloak", "kubernetes", "oidc", "okta", "rfc8693", "spiffe"];
