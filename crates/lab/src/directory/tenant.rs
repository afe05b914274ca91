//! Tenants and their users.

use std::collections::BTreeMap;

use crate::settings::{AccessRule, ApplicationConsent, DelegatedConsent, Lifetimes};

/// A tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Tenant id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Primary domain.
    pub domain: String,
    /// `tenant_region_scope`.
    pub region: String,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Users by object id.
    pub users: BTreeMap<String, User>,
    /// Object ids of service principals, by app id.
    pub principals: BTreeMap<String, String>,
    /// Delegated grants.
    pub delegated: Vec<DelegatedConsent>,
    /// App roles given to clients.
    pub application: Vec<ApplicationConsent>,
    /// Conditional Access.
    pub rules: Vec<AccessRule>,
}

impl Tenant {
    /// The user with this object id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(&id.to_ascii_lowercase())
    }

    /// The user with this principal name, in any letter case.
    pub fn user_by_name(&self, upn: &str) -> Option<&User> {
        self.users.values().find(|user| user.upn.eq_ignore_ascii_case(upn))
    }

    /// Object id of an application's service principal.
    pub fn principal(&self, application: &str) -> &str {
        self.principals.get(application).map_or("", String::as_str)
    }
}

/// A user: human, or an agent's user account.
#[derive(Clone, Debug)]
pub struct User {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub upn: String,
    /// App id of the agent identity whose account it is.
    pub agent: Option<String>,
    /// Disabled.
    pub disabled: bool,
    /// Grants made before this time, in seconds since 1970, are revoked.
    pub revoked: u64,
    /// Id of the home tenant of a guest.
    pub guest_of: Option<String>,
    /// Object ids of groups.
    pub groups: Vec<String>,
    /// Template ids of directory roles.
    pub directory_roles: Vec<String>,
    /// App roles by app id of the resource.
    pub app_roles: BTreeMap<String, Vec<String>>,
}
