//! The `directory` section, and how other sections speak of it.

use std::collections::{BTreeMap, BTreeSet};

use vicar_bundle::syntax;
use vicar_identity::{
    Directory,
    directory::{Known, KnownAgent, KnownTenant},
};

use super::{Findings, NAME, TEXT};
use crate::{
    diagnostic::quoted,
    source::{
        Source,
        directory::{DirectorySource, KnownSource},
    },
    yaml::{Entries, Item, Place, Placed},
};

/// Names that stand for tenants and issuers.
pub(super) struct Names<'a> {
    tenants: BTreeMap<&'a str, String>,
    issuers: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    /// Gathers them before anything refers to them.
    pub(super) fn collect(source: &'a Source, findings: &mut Findings<'_>) -> Self {
        let mut tenants = BTreeMap::new();
        for (name, id) in source.directory.tenants.iter() {
            findings.require(name, syntax::is_name, "a tenant name", NAME);
            findings.require(id, is_any_guid, "a tenant id", GUID);
            tenants.insert(name.value.as_str(), id.value.to_ascii_lowercase());
        }
        Self { tenants, issuers: source.trust.names().collect() }
    }

    /// The id of a tenant given by name or id.
    pub(super) fn tenant(
        &self,
        given: &Placed<String>,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        if let Some(id) = self.tenants.get(given.value.as_str()) {
            return Some(id.clone());
        }
        if is_any_guid(&given.value) {
            return Some(given.value.to_ascii_lowercase());
        }
        findings.unknown(given, "tenant", self.tenants.keys().copied());
        None
    }

    /// The tenant that needs no name: the directory's only one.
    pub(super) fn only_tenant(&self) -> Option<String> {
        let mut tenants = self.tenants.values();
        tenants.next().filter(|_| tenants.next().is_none()).cloned()
    }

    /// The realm of a directory entry.
    fn realm(
        &self,
        name: &Placed<String>,
        tenant: Option<&Placed<String>>,
        issuer: Option<&Placed<String>>,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        match (tenant, issuer) {
            (Some(tenant), None) => self.tenant(tenant, findings),
            (None, Some(issuer)) => {
                if !self.issuers.contains(issuer.value.as_str()) {
                    findings.unknown(issuer, "issuer", self.issuers.iter().copied());
                }
                Some(issuer.value.clone())
            }
            (Some(_), Some(issuer)) => {
                let message = format!("{} has a tenant and an issuer", quoted(&name.value));
                findings.error(issuer.place, message).expected = Some("one of them".to_owned());
                None
            }
            (None, None) => {
                if let Some(only) = self.only_tenant() {
                    return Some(only);
                }
                let message = format!("{} needs a tenant or an issuer", quoted(&name.value));
                findings.error(name.place, message).expected =
                    Some("`tenant: …`, or `issuer: …` for issuers without tenants".to_owned());
                None
            }
        }
    }
}

/// The directory, sorted by realm and id.
pub(super) fn lower(
    source: &DirectorySource,
    names: &Names<'_>,
    findings: &mut Findings<'_>,
) -> Directory {
    let mut tenants: Vec<KnownTenant> = names
        .tenants
        .iter()
        .map(|(name, id)| KnownTenant { id: id.clone(), name: (*name).to_owned() })
        .collect();
    let mut seen = BTreeMap::new();
    for (name, id) in source.tenants.iter() {
        once(&mut seen, id.value.to_ascii_lowercase(), name, name.place, "tenant", findings);
    }
    tenants.sort();
    let blueprints = known(&source.blueprints, "blueprint", names, findings);
    let mut agents = Vec::new();
    let mut seen = BTreeMap::new();
    for (name, Item(agent)) in source.agents.iter() {
        let (tenant, issuer) = (agent.tenant.as_ref(), agent.issuer.as_ref());
        let Some((realm, id)) = key(name, &agent.id, tenant, issuer, "agent", names, findings)
        else {
            continue;
        };
        once(&mut seen, (realm.clone(), id.clone()), name, name.place, "agent", findings);
        let blueprint = agent.blueprint.as_ref().and_then(|given| {
            blueprint_id(given, &realm, &blueprints, &source.blueprints, findings)
        });
        let (name, disabled) = (name.value.clone(), agent.disabled);
        agents.push(KnownAgent { realm, id, name, blueprint, disabled });
    }
    agents.sort();
    let apps = known(&source.apps, "app", names, findings);
    let groups = known(&source.groups, "group", names, findings);
    Directory { tenants, blueprints, agents, apps, groups }
}

fn known(
    entries: &Entries<Item<KnownSource>>,
    what: &str,
    names: &Names<'_>,
    findings: &mut Findings<'_>,
) -> Vec<Known> {
    let mut known = Vec::new();
    let mut seen = BTreeMap::new();
    for (name, Item(entry)) in entries.iter() {
        let (tenant, issuer) = (entry.tenant.as_ref(), entry.issuer.as_ref());
        if let Some((realm, id)) = key(name, &entry.id, tenant, issuer, what, names, findings) {
            once(&mut seen, (realm.clone(), id.clone()), name, name.place, what, findings);
            known.push(Known { realm, id, name: name.value.clone() });
        }
    }
    known.sort();
    known
}

/// Realm and id of an entry, its name and id checked.
fn key(
    name: &Placed<String>,
    id: &Placed<String>,
    tenant: Option<&Placed<String>>,
    issuer: Option<&Placed<String>>,
    what: &str,
    names: &Names<'_>,
    findings: &mut Findings<'_>,
) -> Option<(String, String)> {
    findings.require(name, syntax::is_name, &format!("a name for {}", article(what)), NAME);
    let realm = names.realm(name, tenant, issuer, findings)?;
    // The short form `name: id` has no place of its own for the id.
    let place = if id.place == Place::default() { name.place } else { id.place };
    let id = Placed { value: id.value.clone(), place };
    if syntax::is_guid(&realm) {
        findings.require(&id, is_any_guid, &format!("the id of {}", article(what)), GUID);
        return Some((realm, id.value.to_ascii_lowercase()));
    }
    findings.require(&id, syntax::is_token_text, &format!("the id of {}", article(what)), TEXT);
    Some((realm, id.value))
}

fn blueprint_id(
    given: &Placed<String>,
    realm: &str,
    blueprints: &[Known],
    written: &Entries<Item<KnownSource>>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    if let Some(known) = blueprints.iter().find(|known| known.name == given.value) {
        if known.realm != realm {
            let message = format!("the blueprint {} is of another tenant", quoted(&given.value));
            findings.error(given.place, message).expected =
                Some("a blueprint of the agent's own tenant".to_owned());
        }
        return Some(known.id.clone());
    }
    if written.names().any(|name| name == given.value) {
        // Reported where it stands.
        return None;
    }
    if syntax::is_guid(realm) && is_any_guid(&given.value) {
        return Some(given.value.to_ascii_lowercase());
    }
    findings.unknown(given, "blueprint", written.names().collect::<Vec<_>>());
    None
}

/// Reports an id that two names stand for.
fn once<K: Ord>(
    seen: &mut BTreeMap<K, String>,
    key: K,
    name: &Placed<String>,
    place: Place,
    what: &str,
    findings: &mut Findings<'_>,
) {
    if let Some(first) = seen.insert(key, name.value.clone()) {
        let message = format!("{} and {} are the same {what}", quoted(&first), quoted(&name.value));
        findings.error(place, message).expected = Some("one name for one id".to_owned());
    }
}

fn article(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {what}", if vowel { "an" } else { "a" })
}

pub(super) fn is_any_guid(text: &str) -> bool {
    syntax::is_guid(&text.to_ascii_lowercase())
}

pub(super) const GUID: &str = "a GUID such as `7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901`";
