//! Who the actor and the subject are, and how well that is proven.

use super::{SubjectType, Token};
use crate::{
    Evidence, IdentityError, Mode, Principal, PrincipalKind, TokenKind, claims,
    directory::Registration, profile::MissingFacets,
};

/// App roles that only blueprints hold. They stand in tokens for Microsoft Graph alone.
const BLUEPRINT_ROLES: [&str; 2] =
    ["AgentIdUser.ReadWrite.IdentityParentedBy", "AgentIdentity.CreateAsManager"];

/// Refuses a token without facets, as the profile wants it (domain case 19): without them nobody
/// can say that a client is *not* an agent, or that a user is a person.
pub(super) fn require_facets(
    token: &Token<'_>,
    policy: MissingFacets,
) -> Result<(), IdentityError> {
    let claims = token.marks.missing();
    let vouched = match policy {
        MissingFacets::Refuse => false,
        MissingFacets::RequireRegistered => token.registration.is_some(),
        MissingFacets::TreatAsUnproven => true,
    };
    if claims.is_empty() || vouched {
        return Ok(());
    }
    Err(IdentityError::FacetsMissing { claims, client: token.client.id.clone(), policy })
}

/// The actor: the client of the token.
pub(super) fn actor(token: &Token<'_>) -> Principal {
    let (kind, evidence) = actor_kind(token);
    Principal {
        kind,
        id: token.client.id.clone(),
        realm: token.tenant.clone(),
        name: token.registration.map(|registration| registration.name().to_owned()),
        display: claims::display(token.claims, &["app_displayname"]),
        evidence,
    }
}

fn actor_kind(token: &Token<'_>) -> (PrincipalKind, Evidence) {
    match (token.actor_is_agent(), token.registration) {
        (Some(true), _) => (PrincipalKind::Agent, Evidence::Facet),
        (_, Some(Registration::Agent(_))) => (PrincipalKind::Agent, Evidence::Registered),
        (_, Some(Registration::Blueprint(_))) => (PrincipalKind::Blueprint, Evidence::Registered),
        _ if token.kind == TokenKind::BlueprintExchange || holds_blueprint_role(token) => {
            (PrincipalKind::Blueprint, Evidence::Inferred)
        }
        (Some(false), _) => (PrincipalKind::App, Evidence::Facet),
        (None, Some(Registration::App(_))) => (PrincipalKind::App, Evidence::Registered),
        // Only agents have a parent, but the claim is for audit: no proof, though enough not to
        // take the actor for an ordinary application.
        (None, None) if token.marks.parent.is_some() => (PrincipalKind::Agent, Evidence::Inferred),
        (None, None) => (PrincipalKind::App, Evidence::Absent),
    }
}

fn holds_blueprint_role(token: &Token<'_>) -> bool {
    token.is_app_only()
        && BLUEPRINT_ROLES.iter().any(|role| token.permissions.roles.contains(*role))
}

/// The subject: the user, or the actor itself where no user asked.
pub(super) fn subject(token: &Token<'_>, actor: &Principal) -> Principal {
    let (kind, evidence, name, display) = match token.subject_type {
        SubjectType::App => (actor.kind, actor.evidence, actor.name.clone(), actor.display.clone()),
        SubjectType::User => {
            let (kind, evidence) = match token.marks.subject_is_agent_user() {
                Some(true) => (PrincipalKind::AgentUser, Evidence::Facet),
                Some(false) => (PrincipalKind::User, Evidence::Facet),
                None => (PrincipalKind::User, Evidence::Absent),
            };
            let names = ["name", "preferred_username", "upn", "unique_name"];
            (kind, evidence, None, claims::display(token.claims, &names))
        }
    };
    Principal {
        kind,
        id: token.object_id.clone(),
        realm: token.tenant.clone(),
        name,
        display,
        evidence: weakened(token, kind, evidence),
    }
}

/// A kind that rests on an inferred subject type is itself no better than inferred; the facets
/// 11 and 13 need no `idtyp` beside them.
fn weakened(token: &Token<'_>, kind: PrincipalKind, evidence: Evidence) -> Evidence {
    match kind {
        PrincipalKind::Agent | PrincipalKind::AgentUser => evidence,
        _ if token.subject_type_evidence == Evidence::Inferred => evidence.max(Evidence::Inferred),
        _ => evidence,
    }
}

/// How the actor acts. An agent's user account never counts as a person, even when an ordinary
/// client carries it (domain cases 15 and 17).
pub(super) fn mode(token: &Token<'_>, actor: &Principal, subject: &Principal) -> Mode {
    let by_agent = actor.kind == PrincipalKind::Agent;
    match (token.subject_type, subject.kind) {
        (SubjectType::App, _) if by_agent => Mode::Autonomous,
        (SubjectType::App, _) => Mode::App,
        (SubjectType::User, PrincipalKind::AgentUser) => Mode::AgentUser,
        (SubjectType::User, _) if by_agent => Mode::OnBehalfOf,
        (SubjectType::User, _) => Mode::User,
    }
}
