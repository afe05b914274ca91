//! Delegation tokens: `sub` is the subject, `act` the chain of actors (RFC 8693), the rest as in
//! RFC 9068.

use std::collections::BTreeSet;

use vicar_token::Object;

use crate::{
    Directory, Evidence, Facts, Identity, IdentityError, Mode, Principal, PrincipalKind, TokenKind,
    act, claims,
    identity::{Blueprint, Groups, Relationship},
    profile::{Family, Rfc8693Profile},
};

pub(crate) fn read(
    facts: &Facts<'_>,
    profile: &Rfc8693Profile,
    directory: &Directory,
) -> Result<Identity, IdentityError> {
    let claims = facts.claims;
    let subject = claims::id(claims, "sub")?
        .ok_or_else(|| IdentityError::SubjectMissing { wanted: "`sub`".to_owned() })?;
    let delegation = Delegation {
        claims,
        issuer_name: facts.issuer_name,
        directory,
        max_depth: profile.max_depth,
        unregistered_actor: if profile.actors_are_agents {
            PrincipalKind::Agent
        } else {
            PrincipalKind::App
        },
    };
    let parties = match delegation.read(subject)? {
        Some(parties) => parties,
        None => {
            let client = claims::id(claims, "client_id")?.ok_or_else(|| {
                IdentityError::ActorMissing { wanted: "`act` or `client_id`".to_owned() }
            })?;
            direct(directory, facts.issuer_name, subject, client, subject == client)?
        }
    };
    Ok(Identity {
        family: Family::Rfc8693,
        issuer_name: facts.issuer_name.to_owned(),
        issuer: claims.string("iss")?.unwrap_or_default().to_owned(),
        token_kind: TokenKind::AccessToken,
        mode: parties.mode(),
        blueprint: registered_blueprint(directory, &parties.actor),
        subject: parties.subject,
        actor: parties.actor,
        prior_actors: parties.prior_actors,
        tenant: None,
        relationship: Relationship::Unknown,
        scopes: claims::scopes(claims, "scope")?.unwrap_or_default(),
        roles: roles(claims)?,
        groups: claims::set(claims, "groups")?.map_or(Groups::NotGiven, Groups::Listed),
        authentication: claims::authentication(claims)?,
        capabilities: BTreeSet::new(),
        binding: claims::binding(claims)?,
        workload: None,
        token: claims::token_facts(claims, facts.header_type)?,
    })
}

/// `roles` and `entitlements` (RFC 9068 section 2.2.3.1).
fn roles(claims: &Object) -> Result<BTreeSet<String>, IdentityError> {
    let mut roles = claims::set(claims, "roles")?.unwrap_or_default();
    roles.extend(claims::set(claims, "entitlements")?.unwrap_or_default());
    Ok(roles)
}

/// Who takes part, in families without facets.
pub(crate) struct Parties {
    pub(crate) subject: Principal,
    pub(crate) actor: Principal,
    pub(crate) prior_actors: Vec<Principal>,
}

impl Parties {
    pub(crate) fn mode(&self) -> Mode {
        let alone = self.subject.id == self.actor.id && self.subject.realm == self.actor.realm;
        match self.actor.kind {
            PrincipalKind::Agent if alone => Mode::Autonomous,
            PrincipalKind::Agent => Mode::OnBehalfOf,
            _ if alone => Mode::App,
            _ => Mode::User,
        }
    }
}

/// How an `act` chain is to be read.
pub(crate) struct Delegation<'a> {
    pub(crate) claims: &'a Object,
    pub(crate) issuer_name: &'a str,
    pub(crate) directory: &'a Directory,
    pub(crate) max_depth: u8,
    pub(crate) unregistered_actor: PrincipalKind,
}

impl Delegation<'_> {
    /// The parties of a token with `act`; `None` without one.
    pub(crate) fn read(&self, subject: &str) -> Result<Option<Parties>, IdentityError> {
        let issuer = self.claims.string("iss")?.unwrap_or_default();
        let chain = act::read(self.claims, issuer, self.max_depth)?;
        let Some((current, history)) = chain.split_first() else { return Ok(None) };
        act::check_permitted(self.claims, issuer, current)?;
        let principal = |actor: &act::Actor<'_>| {
            act::principal(actor, self.issuer_name, self.directory, self.unregistered_actor)
        };
        let actor = principal(current)?;
        let alone = actor.id == subject && actor.realm == self.issuer_name;
        let mut subject = if alone {
            actor.clone()
        } else {
            // Delegation says that someone is acted for, not that it is a person.
            let otherwise = (PrincipalKind::User, Evidence::Inferred);
            act::resolve(self.directory, self.issuer_name, subject, otherwise)?
        };
        subject.display = claims::display(self.claims, &["name", "preferred_username"]);
        let prior_actors = history.iter().map(principal).collect::<Result<_, _>>()?;
        Ok(Some(Parties { subject, actor, prior_actors }))
    }
}

/// The parties of a token without `act`: the client, and the user unless it is app-only.
pub(crate) fn direct(
    directory: &Directory,
    issuer_name: &str,
    subject: &str,
    client: &str,
    app_only: bool,
) -> Result<Parties, IdentityError> {
    let client_kind = (PrincipalKind::App, Evidence::Claim);
    let actor = act::resolve(directory, issuer_name, client, client_kind)?;
    let subject = if app_only {
        actor.clone()
    } else {
        let user = (PrincipalKind::User, Evidence::Inferred);
        act::resolve(directory, issuer_name, subject, user)?
    };
    Ok(Parties { subject, actor, prior_actors: Vec::new() })
}

/// The blueprint that the directory has for a registered agent.
pub(crate) fn registered_blueprint(directory: &Directory, actor: &Principal) -> Option<Blueprint> {
    let id = directory.agent(&actor.realm, &actor.id)?.blueprint.as_deref()?;
    Some(Blueprint {
        id: id.to_owned(),
        name: directory.blueprint(&actor.realm, id).map(|known| known.name.clone()),
        evidence: Evidence::Registered,
    })
}
