//! The exchange: one client, one tenant, addresses that may be called, and no secret.

use vicar_token::IssuerRule;

use super::{At, NAME, TEXT, each, require, sorted};
use crate::{
    BundleError, Contents,
    exchange::{CredentialSource, Downstream, Exchange, SecretPlace},
    syntax,
};

/// Checks the section.
pub(super) fn check(exchange: &Exchange, contents: &Contents) -> Result<(), BundleError> {
    require(&"exchange.blueprint", syntax::is_guid(&exchange.blueprint), GUID)?;
    require(&"exchange.tenant", syntax::is_guid(&exchange.tenant), GUID)?;
    let authority = exchange.authority.as_deref();
    require(&"exchange.authority", authority.is_none_or(syntax::is_origin), ORIGIN)?;
    require(
        &"exchange.issuer",
        exchange.issuer.as_deref().is_none_or(|name| {
            let trusted = contents.trust.iter().map(|issuer| &issuer.trusted);
            trusted.filter(|issuer| issuer.name == name).any(|issuer| {
                matches!(&issuer.issuer, IssuerRule::EntraTenants { tenants, .. }
                    if tenants.contains(&exchange.tenant))
            })
        }),
        "expected the name of an Entra issuer that lists the tenant",
    )?;
    require(
        &"exchange.credentials",
        (1..=8).contains(&exchange.credentials.len()),
        "expected 1 to 8 credentials",
    )?;
    for (index, source) in exchange.credentials.iter().enumerate() {
        credential(&format_args!("exchange.credentials[{index}]"), source)?;
    }
    sorted(&"exchange.downstreams", &exchange.downstreams, |downstream| &downstream.name)?;
    for (index, entry) in exchange.downstreams.iter().enumerate() {
        downstream(&format_args!("exchange.downstreams[{index}]"), entry)?;
    }
    Ok(())
}

fn credential(at: At<'_>, source: &CredentialSource) -> Result<(), BundleError> {
    let file = |path: &str| require(at, syntax::is_display(path), "expected the path of a file");
    match source {
        CredentialSource::Certificate { file: certificate, key } => {
            file(certificate).and_then(|()| file(key))
        }
        CredentialSource::ManagedIdentity { client_id } => {
            require(at, client_id.as_deref().is_none_or(syntax::is_guid), GUID)
        }
        CredentialSource::ServiceAccountToken { file: path }
        | CredentialSource::UnsafeSecret(SecretPlace::File(path)) => file(path),
        CredentialSource::UnsafeSecret(SecretPlace::Environment(name)) => {
            require(at, syntax::is_variable(name), "expected the name of an environment variable")
        }
    }
}

fn downstream(at: At<'_>, entry: &Downstream) -> Result<(), BundleError> {
    require(&format_args!("{at}.name"), syntax::is_name(&entry.name), NAME)?;
    require(
        &format_args!("{at}.base_url"),
        syntax::is_base_url(&entry.base_url, entry.loopback),
        "expected an `https` address without query and closing slash; loopback needs `loopback`",
    )?;
    // The order is the configuration's: Entra reads the first scope for the resource.
    let scopes = &format_args!("{at}.scopes");
    require(scopes, (1..=64).contains(&entry.scopes.len()), "expected 1 to 64 scopes")?;
    let good = entry.scopes.iter().all(|scope| syntax::is_token_text(scope));
    require(scopes, good, TEXT)?;
    each(&format_args!("{at}.labels"), &entry.labels, syntax::is_token_text, TEXT)?;
    let audiences = &format_args!("{at}.audiences");
    require(audiences, !entry.audiences.is_empty(), "expected at least one audience")?;
    each(audiences, &entry.audiences, syntax::is_token_text, TEXT)?;
    require(
        &format_args!("{at}.relative_path"),
        entry.relative_path.as_deref().is_none_or(syntax::is_relative_path),
        "expected a path without leading slash and dot segments",
    )?;
    require(
        &format_args!("{at}.http_method"),
        entry.http_method.as_deref().is_none_or(syntax::is_method),
        "expected an upper-case method",
    )
}

const GUID: &str = "expected a lower-case GUID";
const ORIGIN: &str = "expected `https://host`, or `http://` on loopback, without a path";
