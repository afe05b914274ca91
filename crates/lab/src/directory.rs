//! What there is: tenants, applications, users, consents. It grows through the Graph calls.

mod application;
mod build;
mod credential;
mod tenant;

use std::collections::BTreeMap;

pub use application::{Application, ApplicationKind};
pub use credential::{Certificate, Credential, Federated, IssuerKeys, Secret};
pub use tenant::{Tenant, User};

/// App id of Microsoft's token-exchange resource: the audience of T1 and X2.
pub const TOKEN_EXCHANGE: &str = "fb60f99c-7a34-4190-8149-302f77469936";
/// App id of Microsoft Graph.
pub const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Everything the lab knows of the world.
#[derive(Clone, Debug)]
pub struct Directory {
    /// By tenant id.
    pub tenants: BTreeMap<String, Tenant>,
    /// By app id.
    pub applications: BTreeMap<String, Application>,
}

impl Directory {
    /// The tenant with this id or domain.
    pub fn tenant(&self, name: &str) -> Option<&Tenant> {
        let name = name.to_ascii_lowercase();
        self.tenants.get(&name).or_else(|| {
            self.tenants.values().find(|tenant| tenant.domain.eq_ignore_ascii_case(&name))
        })
    }

    /// The application with this app id, if the tenant has a service principal of it.
    pub fn application(&self, tenant: &Tenant, id: &str) -> Option<&Application> {
        let application = self.applications.get(&id.to_ascii_lowercase())?;
        tenant.principals.contains_key(&application.id).then_some(application)
    }

    /// The resource named `name`: an app id or an application id URI, with or without a slash at
    /// its end, in any letter case.
    pub fn resource(&self, tenant: &Tenant, name: &str) -> Option<&Application> {
        let name = name.strip_suffix('/').unwrap_or(name);
        self.application(tenant, name).or_else(|| {
            self.applications.values().find(|application| {
                tenant.principals.contains_key(&application.id)
                    && application.identifier_uris.iter().any(|uri| uri.eq_ignore_ascii_case(name))
            })
        })
    }

    /// The application whose service principal in `tenant` has this object id.
    pub fn by_principal(&self, tenant: &Tenant, object: &str) -> Option<&Application> {
        let (id, _) = tenant.principals.iter().find(|(_, principal)| *principal == object)?;
        self.applications.get(id)
    }

    /// The scopes of `resource` that `client` may have for `user`.
    pub fn delegated_scopes(
        &self,
        tenant: &Tenant,
        client: &Application,
        resource: &Application,
        user: &str,
    ) -> Vec<String> {
        let grantees = self.grantees(client, resource);
        let consented = tenant
            .delegated
            .iter()
            .filter(|consent| {
                grantees.contains(&consent.client.as_str())
                    && consent.resource == resource.id
                    && consent.person.as_deref().is_none_or(|person| person == user)
            })
            .flat_map(|consent| &consent.scopes);
        let trusted = resource
            .pre_authorised
            .iter()
            .filter(|trusted| trusted.client == client.id)
            .flat_map(|trusted| &trusted.scopes);
        let mut scopes: Vec<String> = Vec::new();
        for scope in consented.chain(trusted) {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        scopes
    }

    /// The app roles of `resource` that `client` has.
    pub fn application_roles(
        &self,
        tenant: &Tenant,
        client: &Application,
        resource: &Application,
    ) -> Vec<String> {
        let grantees = self.grantees(client, resource);
        let mut roles: Vec<String> = Vec::new();
        for consent in &tenant.application {
            if grantees.contains(&consent.client.as_str()) && consent.resource == resource.id {
                for role in &consent.roles {
                    if !roles.contains(role) {
                        roles.push(role.clone());
                    }
                }
            }
        }
        roles
    }

    /// Whose consents count for `client`: its own, and its blueprint's where they are inherited.
    fn grantees<'a>(&'a self, client: &'a Application, resource: &Application) -> Vec<&'a str> {
        let mut grantees = vec![client.id.as_str()];
        if let ApplicationKind::Agent { blueprint } = &client.kind
            && let Some(parent) = self.applications.get(blueprint)
            && parent.inheritable.contains(&resource.id)
        {
            grantees.push(&parent.id);
        }
        grantees
    }
}
