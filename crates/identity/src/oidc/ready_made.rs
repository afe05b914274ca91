//! Mappings for providers in wide use; each is a starting point that a bundle may write out.

use std::collections::BTreeMap;

use crate::profile::OidcProfile;

/// Longest `act` chain of the ready-made mappings.
const MAX_DEPTH: u8 = 4;

impl OidcProfile {
    /// Auth0: clients in `azp`, API permissions in `permissions`, organisations in `org_id`;
    /// machine tokens have `gty` `client-credentials`.
    pub fn auth0() -> Self {
        Self {
            subject: paths(&["sub"]),
            actor: paths(&["azp", "client_id"]),
            scopes: paths(&["scope"]),
            roles: paths(&["permissions"]),
            groups: Vec::new(),
            tenant: paths(&["org_id"]),
            display: paths(&["name", "email"]),
            app_only: values(&[("gty", "client-credentials")]),
            max_depth: MAX_DEPTH,
        }
    }

    /// Keycloak: realm roles and those of the client `api`. The tokens of service accounts carry
    /// the client's id in `client_id` (`clientId` before version 24).
    pub fn keycloak(api: &str) -> Self {
        Self {
            subject: paths(&["sub"]),
            actor: paths(&["azp"]),
            scopes: paths(&["scope"]),
            roles: vec![
                "realm_access.roles".to_owned(),
                format!("resource_access.\"{api}\".roles"),
            ],
            groups: paths(&["groups"]),
            tenant: Vec::new(),
            display: paths(&["preferred_username", "name"]),
            app_only: values(&[("clientId", "{actor}"), ("client_id", "{actor}")]),
            max_depth: MAX_DEPTH,
        }
    }

    /// Okta: client in `cid`, user in `uid` (immutable, where `sub` is a login), scopes as an
    /// array. Machine tokens have the client's id as `sub` and no `uid`.
    pub fn okta() -> Self {
        Self {
            subject: paths(&["uid", "sub"]),
            actor: paths(&["cid"]),
            scopes: paths(&["scp"]),
            roles: Vec::new(),
            groups: paths(&["groups"]),
            tenant: Vec::new(),
            display: paths(&["sub"]),
            app_only: BTreeMap::new(),
            max_depth: MAX_DEPTH,
        }
    }
}

fn paths(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn values(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values.iter().map(|(claim, value)| ((*claim).to_owned(), (*value).to_owned())).collect()
}
