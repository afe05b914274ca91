//! Applications of all kinds.

use crate::settings::{OptionalClaim, PreAuthorised};

use super::Credential;

/// An application. Whether a tenant has it is the tenant's to say.
#[derive(Clone, Debug)]
pub struct Application {
    /// App id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// What kind.
    pub kind: ApplicationKind,
    /// Id of the home tenant; none for Microsoft's own.
    pub home: Option<String>,
    /// Disabled.
    pub disabled: bool,
    /// A public client.
    pub public: bool,
    /// Microsoft's own.
    pub microsoft: bool,
    /// Version of the access tokens made for it: 1 or 2.
    pub token_version: u8,
    /// Whether tokens for it have a `nonce` in the header.
    pub header_nonce: bool,
    /// Whether it does continuous access evaluation.
    pub continuous_access: bool,
    /// Only assigned clients get app-only tokens.
    pub assignment_required: bool,
    /// Application id URIs.
    pub identifier_uris: Vec<String>,
    /// Delegated permissions it exposes.
    pub scopes: Vec<String>,
    /// App roles it defines.
    pub app_roles: Vec<String>,
    /// Optional claims of access tokens for it.
    pub optional_claims: Vec<OptionalClaim>,
    /// Clients that need no consent.
    pub pre_authorised: Vec<PreAuthorised>,
    /// Its credentials.
    pub credentials: Vec<Credential>,
    /// Resources whose consents agents of this blueprint inherit.
    pub inheritable: Vec<String>,
}

/// What kind of application it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationKind {
    /// A client or an API.
    Plain,
    /// An agent identity blueprint.
    Blueprint,
    /// An agent identity.
    Agent {
        /// App id of its blueprint.
        blueprint: String,
    },
    /// A managed identity.
    ManagedIdentity {
        /// ARM resource id.
        resource_id: String,
    },
}

impl Application {
    /// App id of the blueprint, if it is an agent identity.
    pub fn blueprint(&self) -> Option<&str> {
        match &self.kind {
            ApplicationKind::Agent { blueprint } => Some(blueprint),
            _ => None,
        }
    }

    /// Whether it is a blueprint.
    pub fn is_blueprint(&self) -> bool {
        self.kind == ApplicationKind::Blueprint
    }

    /// Whether tokens for it carry the optional claim `name`.
    pub fn wants(&self, name: &str) -> bool {
        self.microsoft || self.optional_claims.iter().any(|claim| claim.name == name)
    }

    /// Whether the optional claim `name` is asked for with `property`.
    pub fn wants_with(&self, name: &str, property: &str) -> bool {
        self.microsoft
            || self.optional_claims.iter().any(|claim| {
                claim.name == name && claim.additional_properties.iter().any(|it| it == property)
            })
    }

    /// Whether `audience` of a token names it.
    pub fn is_audience(&self, audience: &str) -> bool {
        let audience = audience.strip_suffix('/').unwrap_or(audience);
        audience == self.id || self.identifier_uris.iter().any(|uri| uri == audience)
    }
}
