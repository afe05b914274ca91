//! Protected resource metadata (RFC 9728), made of the bundle.

use std::collections::BTreeSet;

use serde::Serialize;
use vicar_bundle::contents::Contents;
use vicar_identity::Profile;
use vicar_token::{IssuerRule, SignatureVerifier};

use crate::Gate;

/// The metadata document and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    /// Host and port of its address.
    pub host: String,
    /// Path of its address.
    pub path: String,
    /// The document, canonical JSON.
    pub document: String,
}

impl<V: SignatureVerifier> Gate<V> {
    /// The metadata that the bundle's `resource_metadata` address stands for; nothing when it has
    /// none, or when the address is not of the well-known form (RFC 9728 section 3.1), so that
    /// the resource cannot be told from it.
    pub fn protected_resource(&self) -> Option<ProtectedResource> {
        #[derive(Serialize)]
        struct Document<'a> {
            resource: String,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            authorization_servers: Vec<String>,
            #[serde(skip_serializing_if = "BTreeSet::is_empty")]
            scopes_supported: BTreeSet<&'a str>,
            bearer_methods_supported: [&'static str; 1],
        }
        let contents = self.rules.contents();
        let address = contents.answers.resource_metadata.as_deref()?;
        let rest = address.strip_prefix("https://")?;
        let (host, path) = rest.split_at_checked(rest.find('/')?)?;
        let below = path.strip_prefix(WELL_KNOWN)?;
        if !(below.is_empty() || below.starts_with('/')) || path.contains('?') {
            return None;
        }
        let document = crate::canonical::to_json(&Document {
            resource: format!("https://{host}{below}"),
            authorization_servers: authorization_servers(contents),
            scopes_supported: scopes(contents),
            bearer_methods_supported: ["header"],
        });
        Some(ProtectedResource { host: host.to_owned(), path: path.to_owned(), document })
    }
}

/// Issuers that clients can obtain tokens from. Kubernetes and SPIFFE hand theirs to workloads.
fn authorization_servers(contents: &Contents) -> Vec<String> {
    let mut servers = Vec::new();
    for issuer in &contents.trust {
        match (&issuer.profile, &issuer.trusted.issuer) {
            (Profile::Kubernetes | Profile::Spiffe, _) => {}
            (_, IssuerRule::Exact(address)) if address.starts_with("https://") => {
                servers.push(address.clone());
            }
            // The version 2.0 endpoints serve both token versions.
            (_, IssuerRule::EntraTenants { cloud, tenants, .. }) => {
                servers.extend(tenants.iter().map(|tenant| cloud.v2_issuer(tenant)));
            }
            (_, IssuerRule::Exact(_) | IssuerRule::SpiffeTrustDomain(_)) => {}
        }
    }
    servers
}

fn scopes(contents: &Contents) -> BTreeSet<&str> {
    let surface = &contents.surface;
    let routes = surface.apis.iter().flat_map(|api| &api.routes).map(|route| &route.scopes);
    let tools =
        surface.mcp_servers.iter().flat_map(|server| &server.tools).map(|tool| &tool.scopes);
    let models =
        surface.llm_providers.iter().flat_map(|provider| &provider.models).map(|m| &m.scopes);
    routes.chain(tools).chain(models).flatten().map(String::as_str).collect()
}

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
