//! The lab's YAML file: what there is in its tenants.
//!
//! Unknown keys are refused. Ids are GUIDs; how they hang together is checked in
//! [`Directory::build`](crate::Directory::build).

mod error;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use error::SettingsError;

/// The directory that ships: Contoso with an invoice agent, and Fabrikam.
pub const CONTOSO: &str = include_str!("../data/contoso.yaml");

/// Microsoft's own applications, in every tenant.
pub(crate) const MICROSOFT: &str = include_str!("../data/microsoft.yaml");

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The tenants.
    pub tenants: Vec<TenantSettings>,
}

/// One tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// Tenant id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Primary domain; may stand for the id in an address.
    pub domain: String,
    /// `tenant_region_scope` of Graph tokens.
    #[serde(default = "region")]
    pub region: String,
    /// When the tenant was made, in seconds since 1970: `xms_tcdt`.
    #[serde(default = "created")]
    pub created: u64,
    /// How long tokens live.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// Agent identity blueprints.
    #[serde(default)]
    pub blueprints: Vec<ApplicationSettings>,
    /// Agent identities.
    #[serde(default)]
    pub agents: Vec<AgentSettings>,
    /// Agents' user accounts.
    #[serde(default)]
    pub agent_users: Vec<AgentUserSettings>,
    /// Human users.
    #[serde(default)]
    pub people: Vec<PersonSettings>,
    /// Clients and APIs.
    #[serde(default)]
    pub apps: Vec<ApplicationSettings>,
    /// Managed identities.
    #[serde(default)]
    pub managed_identities: Vec<ManagedIdentitySettings>,
    /// What was consented to.
    #[serde(default)]
    pub consents: ConsentSettings,
    /// Conditional Access.
    #[serde(default)]
    pub conditional_access: Vec<AccessRule>,
}

/// How long tokens live, in seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Shortest access token; each gets a random time between this and the next.
    pub access_shortest: u64,
    /// Longest access token.
    pub access_longest: u64,
    /// Access tokens of clients that can handle a claims challenge (`cp1`) for resources with
    /// continuous access evaluation.
    pub continuous_access: u64,
    /// T1 and X2.
    pub exchange: u64,
    /// Access tokens of managed identities.
    pub managed_identity: u64,
    /// Refresh tokens, counted from their last use.
    pub refresh: u64,
    /// ID tokens.
    pub id_token: u64,
    /// Device codes.
    pub device_code: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_shortest: 3600,
            access_longest: 5400,
            continuous_access: 28 * 3600,
            exchange: 3900,
            managed_identity: 86_400,
            refresh: 90 * 86_400,
            id_token: 3600,
            device_code: 900,
        }
    }
}

/// An application: blueprint, client or API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicationSettings {
    /// App id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Object id of the service principal in the home tenant; made from the app id if absent.
    pub principal: Option<String>,
    /// Other tenants that have it.
    pub also_in: Vec<ElsewhereSettings>,
    /// Disabled.
    pub disabled: bool,
    /// A public client: it has no credential.
    pub public: bool,
    /// Microsoft's own: its tokens carry all claims.
    pub microsoft: bool,
    /// `requestedAccessTokenVersion`: 1 or 2.
    pub token_version: Option<u8>,
    /// Whether tokens for it are made with a `nonce` in the header, as Graph's are: nobody but it
    /// can verify them.
    pub header_nonce: bool,
    /// Whether it does continuous access evaluation: tokens of capable clients live long.
    pub continuous_access: bool,
    /// Only clients with an app role get app-only tokens, only users with one get tokens.
    pub assignment_required: bool,
    /// Application id URIs.
    pub identifier_uris: Vec<String>,
    /// Delegated permissions it exposes.
    pub scopes: Vec<String>,
    /// App roles it defines.
    pub app_roles: Vec<String>,
    /// `optionalClaims.accessToken`.
    pub optional_claims: Vec<OptionalClaim>,
    /// Clients that need no consent.
    pub pre_authorised: Vec<PreAuthorised>,
    /// Its credentials.
    pub credentials: Vec<CredentialSettings>,
    /// Blueprints only: resources whose consents agents inherit.
    pub inheritable: Vec<String>,
}

/// An application's service principal in another tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElsewhereSettings {
    /// Tenant id.
    pub tenant: String,
    /// Object id there.
    #[serde(default)]
    pub principal: Option<String>,
}

/// An optional claim that a resource asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalClaim {
    /// Name of the claim.
    pub name: String,
    /// For example `include_user_token` of `idtyp`, `use_guid` of `aud`.
    #[serde(default)]
    pub additional_properties: Vec<String>,
}

/// A client that an API trusts without consent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreAuthorised {
    /// App id of the client.
    pub client: String,
    /// For these scopes.
    pub scopes: Vec<String>,
}

/// A credential of an application: exactly one of `secret`, `certificate`, `federated`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CredentialSettings {
    /// A client secret.
    pub secret: Option<String>,
    /// A certificate in PEM.
    pub certificate: Option<String>,
    /// A federated credential.
    pub federated: Option<FederatedSettings>,
    /// When it ends, in seconds since 1970. A certificate also ends by its own date.
    pub expires: Option<u64>,
}

impl std::fmt::Debug for CredentialSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CredentialSettings")
            .field("secret", &self.secret.as_ref().map(|_| "masked"))
            .field("certificate", &self.certificate.is_some())
            .field("federated", &self.federated)
            .field("expires", &self.expires)
            .finish()
    }
}

/// A federated credential.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedSettings {
    /// `iss`, exactly.
    pub issuer: String,
    /// `sub`, exactly.
    pub subject: String,
    /// `aud`, exactly.
    #[serde(default = "exchange_audience")]
    pub audience: String,
    /// The issuer's key set, where it is not fetched from the issuer.
    #[serde(default)]
    pub keys: Option<KeySource>,
}

/// Where an issuer's key set is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The key set as JSON.
    Inline(String),
    /// Its address, in place of the issuer's discovery document.
    Url(String),
}

/// An agent identity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    /// App id, which is the object id too.
    pub id: String,
    /// Display name.
    pub name: String,
    /// App id of its blueprint.
    pub blueprint: String,
    /// Disabled.
    #[serde(default)]
    pub disabled: bool,
}

/// An agent's user account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentUserSettings {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub upn: String,
    /// App id of the agent identity.
    pub agent: String,
    /// Disabled.
    #[serde(default)]
    pub disabled: bool,
}

/// A human user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSettings {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub upn: String,
    /// Disabled.
    #[serde(default)]
    pub disabled: bool,
    /// A guest: id of the home tenant.
    #[serde(default)]
    pub guest_of: Option<String>,
    /// Object ids of groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Template ids of directory roles: `wids`.
    #[serde(default)]
    pub directory_roles: Vec<String>,
    /// App roles, by app id of the resource.
    #[serde(default)]
    pub app_roles: BTreeMap<String, Vec<String>>,
}

/// A managed identity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedIdentitySettings {
    /// Client id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Object id of the service principal: the `sub` of its tokens.
    #[serde(default)]
    pub principal: Option<String>,
    /// ARM resource id: `xms_mirid`.
    pub resource_id: String,
}

/// What was consented to in a tenant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentSettings {
    /// `oauth2PermissionGrants`.
    pub delegated: Vec<DelegatedConsent>,
    /// `appRoleAssignments`.
    pub application: Vec<ApplicationConsent>,
}

/// A delegated grant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegatedConsent {
    /// App id of the client.
    pub client: String,
    /// App id of the resource.
    pub resource: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// For this user alone; for all if absent.
    #[serde(default)]
    pub person: Option<String>,
}

/// App roles given to a client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationConsent {
    /// App id of the client.
    pub client: String,
    /// App id of the resource.
    pub resource: String,
    /// The roles.
    pub roles: Vec<String>,
}

/// A Conditional Access policy. A list that is absent covers everything; a policy covers users,
/// unless `clients` makes it one for app-only tokens of those clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRule {
    /// Id of the policy: `capolids` in the claims that are demanded.
    pub id: String,
    /// Object ids of the users it covers.
    #[serde(default)]
    pub people: Option<Vec<String>>,
    /// App ids of the clients whose app-only tokens it covers.
    #[serde(default)]
    pub clients: Option<Vec<String>>,
    /// App ids of the resources it covers.
    #[serde(default)]
    pub resources: Option<Vec<String>>,
    /// What it demands.
    pub demand: Demand,
}

/// What a Conditional Access policy demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Multi-factor authentication (50076).
    Mfa,
    /// Enrolment for it (50079).
    MfaEnrolment,
    /// A compliant device (53000).
    CompliantDevice,
    /// Nobody gets through (53003).
    Block,
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// [`SettingsError::Syntax`] with line and column.
    pub fn parse(yaml: &str) -> Result<Self, SettingsError> {
        serde_saphyr::from_str(yaml).map_err(|error| SettingsError::syntax(&error))
    }
}

/// Microsoft's applications.
pub(crate) fn microsoft() -> Result<Vec<ApplicationSettings>, SettingsError> {
    serde_saphyr::from_str(MICROSOFT).map_err(|error| SettingsError::syntax(&error))
}

fn region() -> String {
    "EU".to_owned()
}

fn created() -> u64 {
    1_657_299_000
}

fn exchange_audience() -> String {
    "api://AzureADTokenExchange".to_owned()
}

#[cfg(test)]
mod tests;
