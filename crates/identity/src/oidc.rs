//! Any OpenID Connect provider, by claim mapping: Keycloak, Okta, Auth0 and their like.

use std::collections::BTreeSet;

use vicar_token::{Json, Object};

use crate::{
    Directory, Facts, Identity, IdentityError, PrincipalKind, TokenKind, claims,
    identity::{Groups, Relationship, Tenant},
    profile::{Family, OidcProfile},
    rfc8693::{Delegation, direct, registered_blueprint},
};

mod path;
mod ready_made;

pub use path::{ClaimPath, PathError};

pub(crate) fn read(
    facts: &Facts<'_>,
    profile: &OidcProfile,
    directory: &Directory,
) -> Result<Identity, IdentityError> {
    let claims = facts.claims;
    let subject = first_id(claims, &profile.subject)?
        .ok_or_else(|| IdentityError::SubjectMissing { wanted: quoted(&profile.subject) })?;
    let delegation = Delegation {
        claims,
        issuer_name: facts.issuer_name,
        directory,
        max_depth: profile.max_depth,
        unregistered_actor: PrincipalKind::App,
    };
    let mut parties = match delegation.read(subject)? {
        Some(parties) => parties,
        None => {
            let client = first_id(claims, &profile.actor)?
                .ok_or_else(|| IdentityError::ActorMissing { wanted: quoted(&profile.actor) })?;
            let app_only = subject == client || is_app_only(claims, profile, client)?;
            direct(directory, facts.issuer_name, subject, client, app_only)?
        }
    };
    parties.subject.display = first_display(claims, &profile.display)?;
    Ok(Identity {
        family: Family::Oidc,
        issuer_name: facts.issuer_name.to_owned(),
        issuer: claims.string("iss")?.unwrap_or_default().to_owned(),
        token_kind: TokenKind::AccessToken,
        mode: parties.mode(),
        blueprint: registered_blueprint(directory, &parties.actor),
        subject: parties.subject,
        actor: parties.actor,
        prior_actors: parties.prior_actors,
        tenant: first_id(claims, &profile.tenant)?.map(|id| Tenant {
            id: id.to_owned(),
            name: directory.tenant_name(id).map(str::to_owned),
        }),
        relationship: Relationship::Unknown,
        scopes: united(claims, &profile.scopes, scopes)?.unwrap_or_default(),
        roles: united(claims, &profile.roles, names)?.unwrap_or_default(),
        groups: united(claims, &profile.groups, names)?.map_or(Groups::NotGiven, Groups::Listed),
        authentication: claims::authentication(claims)?,
        capabilities: BTreeSet::new(),
        binding: claims::binding(claims)?,
        workload: None,
        token: claims::token_facts(claims, facts.header_type)?,
    })
}

/// Whether a claim has the value that marks app-only tokens; `{actor}` in it is the client's id.
fn is_app_only(
    claims: &Object,
    profile: &OidcProfile,
    client: &str,
) -> Result<bool, IdentityError> {
    for (path, wanted) in &profile.app_only {
        if let Some(value) = lookup(claims, path)?
            && value.as_str() == Some(wanted.replace("{actor}", client).as_str())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The id at the first path that leads anywhere.
fn first_id<'a>(claims: &'a Object, paths: &[String]) -> Result<Option<&'a str>, IdentityError> {
    for path in paths {
        if let Some(value) = lookup(claims, path)? {
            let text =
                value.as_str().ok_or_else(|| claims::malformed(path, value.kind(), "a string"))?;
            return claims::checked_id(path, text).map(Some);
        }
    }
    Ok(None)
}

fn first_display(claims: &Object, paths: &[String]) -> Result<Option<String>, IdentityError> {
    for path in paths {
        if let Some(text) = lookup(claims, path)?.and_then(Json::as_str) {
            return Ok(Some(text.to_owned()));
        }
    }
    Ok(None)
}

type Read = fn(&str, &Json) -> Result<BTreeSet<String>, IdentityError>;

/// The union of what stands at all paths; `None` when none of them leads anywhere.
fn united(
    claims: &Object,
    paths: &[String],
    read: Read,
) -> Result<Option<BTreeSet<String>>, IdentityError> {
    let mut all: Option<BTreeSet<String>> = None;
    for path in paths {
        if let Some(value) = lookup(claims, path)? {
            all.get_or_insert_default().extend(read(path, value)?);
        }
    }
    Ok(all)
}

/// One text with spaces, or an array of texts (Okta).
fn scopes(path: &str, value: &Json) -> Result<BTreeSet<String>, IdentityError> {
    match value {
        Json::String(text) => claims::split_scopes(path, text),
        other => names(path, other),
    }
}

fn names(path: &str, value: &Json) -> Result<BTreeSet<String>, IdentityError> {
    let items = value.as_array().and_then(|items| {
        items.iter().map(|item| item.as_str().filter(|text| !text.is_empty())).collect()
    });
    let items: Vec<&str> =
        items.ok_or_else(|| claims::malformed(path, value.kind(), "an array of names"))?;
    Ok(items.into_iter().map(str::to_owned).collect())
}

fn lookup<'a>(claims: &'a Object, path: &str) -> Result<Option<&'a Json>, IdentityError> {
    let parsed = ClaimPath::parse(path).map_err(|error| IdentityError::MappingFailed {
        path: path.to_owned(),
        problem: error.words(),
    })?;
    Ok(parsed.look_up(claims))
}

fn quoted(paths: &[String]) -> String {
    vicar_token::quote::AnyOf(paths).to_string()
}

#[cfg(test)]
mod tests;
