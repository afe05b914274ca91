//! Known names: one object, one name, one id, in one realm that the bundle trusts.

use std::collections::BTreeSet;

use vicar_identity::{Directory, directory::Known};

use super::{At, NAME, TEXT, require, sorted};
use crate::{BundleError, contents::Issuer, syntax};

/// Checks the directory.
pub(super) fn check(directory: &Directory, trust: &[Issuer]) -> Result<(), BundleError> {
    let tenants = &directory.tenants;
    sorted(&"directory.tenants", tenants, |tenant| &tenant.id)?;
    names(&"directory.tenants", tenants.iter().map(|tenant| &tenant.name))?;
    for (index, tenant) in tenants.iter().enumerate() {
        let at = &format_args!("directory.tenants[{index}].id");
        require(at, syntax::is_guid(&tenant.id), "expected a lower-case GUID")?;
    }
    for (at, known) in [
        ("directory.blueprints", &directory.blueprints),
        ("directory.apps", &directory.apps),
        ("directory.groups", &directory.groups),
    ] {
        sorted(&at, known, |Known { realm, id, .. }| (realm, id))?;
        names(&at, known.iter().map(|known| &known.name))?;
        for (index, known) in known.iter().enumerate() {
            key(&format_args!("{at}[{index}]"), &known.realm, &known.id, trust)?;
        }
    }
    sorted(&"directory.agents", &directory.agents, |agent| (&agent.realm, &agent.id))?;
    names(&"directory.agents", directory.agents.iter().map(|agent| &agent.name))?;
    for (index, agent) in directory.agents.iter().enumerate() {
        let at = &format_args!("directory.agents[{index}]");
        key(at, &agent.realm, &agent.id, trust)?;
        if let Some(blueprint) = &agent.blueprint {
            key(&format_args!("{at}.blueprint"), &agent.realm, blueprint, trust)?;
        }
    }
    Ok(())
}

/// Names of one kind must be unique: the policies' entity ids are made of them.
fn names<'a>(at: At<'_>, names: impl Iterator<Item = &'a String>) -> Result<(), BundleError> {
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        let at = &format_args!("{at}[{index}].name");
        require(at, syntax::is_name(name), NAME)?;
        require(at, seen.insert(name), "this name stands for another entry already")?;
    }
    Ok(())
}

/// A realm is a tenant id, and then ids are GUIDs, or the name of a trusted issuer.
fn key(at: At<'_>, realm: &str, id: &str, trust: &[Issuer]) -> Result<(), BundleError> {
    if syntax::is_guid(realm) {
        return require(
            &format_args!("{at}.id"),
            syntax::is_guid(id),
            "expected a lower-case GUID",
        );
    }
    require(
        &format_args!("{at}.realm"),
        trust.iter().any(|issuer| issuer.trusted.name == realm),
        "expected a tenant id or the name of a trusted issuer",
    )?;
    require(&format_args!("{at}.id"), syntax::is_token_text(id), TEXT)
}
