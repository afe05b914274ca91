//! Actor chains: `act` (RFC 8693 section 4.1), for every family that sets it.
//!
//! The outermost actor is the current one and alone decides; those inside it are history. An
//! actor without `iss` belongs to the token's issuer, as RFC 8693's own examples have it.

use vicar_token::{Json, Object};

use crate::{
    Directory, Evidence, IdentityError, Principal, PrincipalKind, claims, directory::Registration,
};

/// One entry of the chain.
pub(crate) struct Actor<'a> {
    /// `sub`.
    pub(crate) subject: &'a str,
    /// `iss`, where the entry names another issuer than the token's.
    pub(crate) issuer: Option<&'a str>,
}

/// Reads the chain, current actor first; empty without `act`. The walk is a loop bounded by
/// `limit`, so a nested document costs no stack.
pub(crate) fn read<'a>(
    claims: &'a Object,
    token_issuer: &str,
    limit: u8,
) -> Result<Vec<Actor<'a>>, IdentityError> {
    let mut chain = Vec::new();
    let mut next = claims.get("act");
    while let Some(entry) = next {
        if chain.len() >= usize::from(limit) {
            return Err(IdentityError::ActTooDeep { limit });
        }
        let position = chain.len() + 1;
        let malformed = |problem: String| IdentityError::ActMalformed { position, problem };
        let Json::Object(entry) = entry else {
            return Err(malformed(format!("is {}, not an object", entry.kind())));
        };
        let subject = text(entry, "sub").map_err(malformed)?;
        let subject = subject.ok_or_else(|| malformed("has no `sub`".to_owned()))?;
        let issuer = text(entry, "iss").map_err(malformed)?;
        chain.push(Actor { subject, issuer: issuer.filter(|issuer| *issuer != token_issuer) });
        next = entry.get("act");
    }
    Ok(chain)
}

fn text<'a>(entry: &'a Object, member: &str) -> Result<Option<&'a str>, String> {
    let Some(text) = entry.string(member).map_err(|error| format!("is malformed: {error}"))? else {
        return Ok(None);
    };
    claims::checked_id(member, text).map(Some).map_err(|_| format!("has no usable `{member}`"))
}

/// Refuses a token whose `may_act` (RFC 8693 section 4.4) names another actor than the current
/// one. The RFC has `may_act` speak of the next exchange; a token that carries both and disagrees
/// is refused all the same, because nothing tells history from overreach.
pub(crate) fn check_permitted(
    claims: &Object,
    token_issuer: &str,
    actor: &Actor<'_>,
) -> Result<(), IdentityError> {
    let Some(permitted) = claims.object("may_act")? else { return Ok(()) };
    let subject = permitted.string("sub")?;
    let issuer = permitted.string("iss")?.filter(|issuer| *issuer != token_issuer);
    if subject == Some(actor.subject) && issuer == actor.issuer {
        return Ok(());
    }
    Err(IdentityError::ActorNotPermitted {
        actor: actor.subject.to_owned(),
        permitted: subject.unwrap_or_default().to_owned(),
    })
}

/// An entry as a principal. Its realm is the issuer's name in the bundle, or the `iss` it names
/// itself, so an id of another issuer is never taken for one of ours.
pub(crate) fn principal(
    actor: &Actor<'_>,
    issuer_name: &str,
    directory: &Directory,
    unregistered: PrincipalKind,
) -> Result<Principal, IdentityError> {
    let realm = actor.issuer.unwrap_or(issuer_name);
    resolve(directory, realm, actor.subject, (unregistered, Evidence::Claim))
}

/// A principal by its id: as the directory has it, else as `otherwise` says.
pub(crate) fn resolve(
    directory: &Directory,
    realm: &str,
    id: &str,
    otherwise: (PrincipalKind, Evidence),
) -> Result<Principal, IdentityError> {
    let registration = directory.registration(realm, id);
    let (kind, evidence) = match registration {
        Some(Registration::Agent(agent)) if agent.disabled => {
            return Err(IdentityError::AgentDisabled { name: agent.name.clone() });
        }
        Some(Registration::Agent(_)) => (PrincipalKind::Agent, Evidence::Registered),
        Some(Registration::App(_)) => (PrincipalKind::App, Evidence::Registered),
        Some(Registration::Blueprint(_)) => (PrincipalKind::Blueprint, Evidence::Registered),
        None => otherwise,
    };
    Ok(Principal {
        kind,
        id: id.to_owned(),
        realm: realm.to_owned(),
        name: registration.map(|registration| registration.name().to_owned()),
        display: None,
        evidence,
    })
}
