//! The `exchange` section.

use std::collections::BTreeSet;

use vicar_bundle::{
    contents::Issuer,
    exchange::{CredentialSource as Credential, Downstream, Exchange, SecretPlace},
    syntax,
};
use vicar_token::{Cloud, IssuerRule};

use super::{
    Findings, NAME, TEXT,
    directory::{GUID, Names, is_any_guid},
};
use crate::{
    diagnostic::quoted,
    source::{
        Source,
        exchange::{CredentialSource, DownstreamSource, ExchangeSource, FlowSource, SecretSource},
    },
    yaml::{Item, Placed},
};

/// The section as canonical text, if the file has one.
pub(super) fn lower(
    source: &Source,
    trust: &[Issuer],
    names: &Names<'_>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    let section = source.exchange.as_ref()?;
    let lowering = Lowering { source, section, names };
    let tenant = lowering.tenant(findings);
    let cloud = section.cloud.as_ref().map_or(Cloud::Public, |cloud| cloud.value.into());
    if let Some(authority) = &section.authority {
        let expected = "`https://host`, or `http://` on loopback, without a path";
        findings.require(authority, syntax::is_origin, "an authority", expected);
    }
    let exchange = Exchange {
        blueprint: lowering.blueprint(findings).unwrap_or_default(),
        issuer: tenant.as_ref().and_then(|tenant| lowering.issuer(trust, tenant, cloud, findings)),
        tenant: tenant.unwrap_or_default(),
        cloud,
        authority: section.authority.as_ref().map(|authority| authority.value.clone()),
        credentials: lowering.credentials(findings),
        downstreams: lowering.downstreams(findings),
    };
    Some(exchange.to_text())
}

struct Lowering<'a> {
    source: &'a Source,
    section: &'a ExchangeSource,
    names: &'a Names<'a>,
}

impl Lowering<'_> {
    fn tenant(&self, findings: &mut Findings<'_>) -> Option<String> {
        if let Some(given) = &self.section.tenant {
            return self.names.tenant(given, findings);
        }
        let only = self.names.only_tenant();
        if only.is_none() {
            let message = "the exchange needs a tenant";
            findings.error(self.section.blueprint.place, message).expected =
                Some("`tenant`: a name of the directory, or a tenant id".to_owned());
        }
        only
    }

    fn blueprint(&self, findings: &mut Findings<'_>) -> Option<String> {
        let given = &self.section.blueprint;
        let directory = &self.source.directory;
        let mut known = directory.blueprints.iter().chain(directory.apps.iter());
        let id = match known.find(|(name, _)| name.value == given.value) {
            Some((_, Item(entry))) => &entry.id.value,
            None => &given.value,
        };
        if is_any_guid(id) {
            return Some(id.to_ascii_lowercase());
        }
        if *id == given.value {
            let names: Vec<&str> =
                directory.blueprints.names().chain(directory.apps.names()).collect();
            findings.unknown(given, "blueprint", names);
        }
        None
    }

    /// Whose users' tokens are taken. None is no error: agents that act as themselves need none.
    fn issuer(
        &self,
        trust: &[Issuer],
        tenant: &str,
        cloud: Cloud,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        let fits = |issuer: &&Issuer| match &issuer.trusted.issuer {
            IssuerRule::EntraTenants { cloud: own, tenants, .. } => {
                *own == cloud && tenants.iter().any(|listed| listed == tenant)
            }
            IssuerRule::Exact(_) | IssuerRule::SpiffeTrustDomain(_) => false,
        };
        let fitting: Vec<&str> =
            trust.iter().filter(fits).map(|issuer| &*issuer.trusted.name).collect();
        if let Some(given) = &self.section.issuer {
            if !fitting.contains(&given.value.as_str()) {
                findings.unknown(given, "issuer of this tenant and cloud", fitting);
            }
            return Some(given.value.clone());
        }
        match fitting.as_slice() {
            [] => {
                let message = "no issuer under `trust` lists the tenant of the exchange, so no \
                               token of a user can be exchanged";
                findings.warning(self.section.blueprint.place, message);
                None
            }
            [only] => Some((*only).to_owned()),
            several => {
                let expected = format!("`issuer`: {}", crate::diagnostic::one_of(several.to_vec()));
                let message = "several issuers list the tenant of the exchange";
                findings.error(self.section.blueprint.place, message).expected = Some(expected);
                None
            }
        }
    }

    fn credentials(&self, findings: &mut Findings<'_>) -> Vec<Credential> {
        let credentials = &self.section.credentials;
        if credentials.is_empty() || credentials.len() > 8 {
            let place = credentials.get(8).map_or(self.section.blueprint.place, |last| last.place);
            let message = format!("the exchange has {} credentials", credentials.len());
            findings.error(place, message).expected = Some("1 to 8".to_owned());
        }
        credentials.iter().map(|source| credential(&source.value, findings)).collect()
    }

    fn downstreams(&self, findings: &mut Findings<'_>) -> Vec<Downstream> {
        let sources = self.section.downstreams.iter();
        let mut downstreams: Vec<Downstream> =
            sources.map(|(name, source)| downstream(name, source, findings)).collect();
        if downstreams.is_empty() {
            let message = "the exchange has no downstream API: every exchange would be refused";
            findings.warning(self.section.blueprint.place, message);
        }
        downstreams.sort_by(|left, right| left.name.cmp(&right.name));
        downstreams
    }
}

fn credential(source: &CredentialSource, findings: &mut Findings<'_>) -> Credential {
    let mut file = |path: &Placed<String>| {
        findings.require(path, syntax::is_display, "a path", "the path of a file on the host");
        path.value.clone()
    };
    match source {
        CredentialSource::Certificate(source) => {
            Credential::Certificate { file: file(&source.file), key: file(&source.key) }
        }
        CredentialSource::ManagedIdentity(source) => {
            let client_id = source.client_id.as_ref().map(|id| {
                findings.require(id, is_any_guid, "a client id", GUID);
                id.value.to_ascii_lowercase()
            });
            Credential::ManagedIdentity { client_id }
        }
        CredentialSource::ServiceAccountToken(source) => {
            Credential::ServiceAccountToken { file: file(&source.file) }
        }
        CredentialSource::UnsafeSecret(SecretSource::File(path)) => {
            Credential::UnsafeSecret(SecretPlace::File(file(path)))
        }
        CredentialSource::UnsafeSecret(SecretSource::Environment(name)) => {
            // Not quoted: it may be the secret.
            if !syntax::is_variable(&name.value) {
                let message = "this is not the name of an environment variable";
                findings.error(name.place, message).expected =
                    Some("letters, digits and `_`: the secret itself never stands here".to_owned());
            }
            Credential::UnsafeSecret(SecretPlace::Environment(name.value.clone()))
        }
    }
}

fn downstream(
    name: &Placed<String>,
    source: &DownstreamSource,
    findings: &mut Findings<'_>,
) -> Downstream {
    findings.require(name, syntax::is_name, "a name", NAME);
    let expected = match source.loopback {
        true => {
            "`http` or `https` to `localhost`, 127.0.0.0/8 or `[::1]`, without query and \
                 closing slash"
        }
        false => {
            "an `https` address without query and closing slash; an API on this machine \
                  needs `loopback: true`"
        }
    };
    let is_address = |text: &str| syntax::is_base_url(text, source.loopback);
    findings.require(&source.base_url, is_address, "the address of an API", expected);
    if let Some(path) = &source.relative_path {
        let expected = "a path without leading slash and dot segments";
        findings.require(path, syntax::is_relative_path, "a relative path", expected);
    }
    if let Some(method) = &source.http_method {
        findings.require(method, syntax::is_method, "a method", "an upper-case method");
    }
    findings.set(&source.scopes, syntax::is_token_text, "a scope", TEXT);
    let resource = resource(name, source, findings);
    if matches!(source.flow, FlowSource::App | FlowSource::Autonomous)
        && let Some(named) = source.scopes.iter().find(|scope| !scope.value.ends_with("/.default"))
    {
        let message = format!("{} names a permission", quoted(&named.value));
        findings.error(named.place, message).expected =
            Some("`<resource>/.default` alone: the flow has no user who grants more".to_owned());
    }
    let mut audiences = findings.set(&source.audiences, syntax::is_token_text, "an audience", TEXT);
    if audiences.is_empty() {
        audiences = audiences_of(&resource);
    }
    let text = |value: &Option<Placed<String>>| value.as_ref().map(|value| value.value.clone());
    Downstream {
        name: name.value.clone(),
        base_url: source.base_url.value.clone(),
        loopback: source.loopback,
        scopes: source.scopes.iter().map(|scope| scope.value.clone()).collect(),
        labels: findings.set(&source.labels, syntax::is_token_text, "a label", TEXT),
        audiences,
        flow: source.flow.into(),
        relative_path: text(&source.relative_path),
        http_method: text(&source.http_method),
        accept_wider_scopes: source.accept_wider_scopes,
        accept_opaque: source.accept_opaque,
    }
}

/// The one resource that the scopes belong to; empty for bare names, which Entra takes for
/// Microsoft Graph.
fn resource(
    name: &Placed<String>,
    source: &DownstreamSource,
    findings: &mut Findings<'_>,
) -> String {
    let scopes = source.scopes.iter().filter(|scope| !SIGN_IN.contains(&scope.value.as_str()));
    let mut resources = scopes.map(|scope| {
        let resource = scope.value.rsplit_once('/').map_or("", |(resource, _)| resource);
        (resource, scope)
    });
    let Some((first, _)) = resources.next() else {
        let message = format!("{} has no scope to ask for", quoted(&name.value));
        findings.error(name.place, message).expected =
            Some("`scopes` of one resource, for example `[api://orders/.default]`".to_owned());
        return String::new();
    };
    if let Some((_, other)) = resources.find(|(resource, _)| *resource != first) {
        let message = format!("{} is a scope of another resource", quoted(&other.value));
        findings.error(other.place, message).expected = Some(format!(
            "scopes of {}: one token is for one resource",
            if first.is_empty() { "Microsoft Graph".to_owned() } else { quoted(first) }
        ));
    }
    first.to_owned()
}

/// A version 1.0 token names the resource as it was asked for, a version 2.0 token its app id.
fn audiences_of(resource: &str) -> Vec<String> {
    let mut audiences = BTreeSet::new();
    let resource = if resource.is_empty() { GRAPH } else { resource };
    audiences.insert(resource.to_owned());
    if resource == GRAPH {
        audiences.insert(GRAPH_ID.to_owned());
    }
    let id = resource.strip_prefix("api://").unwrap_or(resource);
    if is_any_guid(id) {
        audiences.insert(id.to_ascii_lowercase());
    }
    audiences.into_iter().collect()
}

/// Scopes of the sign-in itself, which belong to no resource.
const SIGN_IN: [&str; 4] = ["email", "offline_access", "openid", "profile"];
const GRAPH: &str = "https://graph.microsoft.com";
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
