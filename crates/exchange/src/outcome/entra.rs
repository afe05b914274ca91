//! What a token of Entra's has to show (domain case 11).

use vicar_identity::{
    Directory, Evidence, Facts, Identity, IdentityError, Mode, PrincipalKind, Profile, guid,
    identify,
    profile::{EntraProfile, MissingFacets, MissingIdtyp},
};
use vicar_token::{Json, Object, Unverified, issuer::EntraIssuer};

use crate::{
    Authority, Guid, OutcomeError,
    scopes::{ResourceScopes, SIGN_IN},
    spec::{AgentUser, Target, WiderScopes},
};

/// What was planned.
pub(crate) struct Expected<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) tenant: &'a Guid,
    /// The client: the agent, or an ordinary application.
    pub(crate) actor: &'a Guid,
    /// The blueprint, if the client has to be an agent.
    pub(crate) blueprint: Option<&'a Guid>,
    pub(crate) subject: Who<'a>,
    pub(crate) target: &'a Target,
}

/// Of whom the token has to speak.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// The agent's user account.
    AgentUser(&'a AgentUser),
    /// Some user: the one who signs in on another device.
    AnyUser,
    /// The client itself.
    Itself,
    /// This user, by object id.
    User(&'a str),
}

/// Reads the token and holds it against the plan, in the order audience, tenant, actor, subject,
/// marks, scopes.
pub(super) fn check(
    token: &Unverified<'_>,
    expected: &Expected<'_>,
) -> Result<Identity, OutcomeError> {
    let claims = token.claims();
    audience(claims, &expected.target.audiences)?;
    issuer(claims, expected)?;
    let identity = identity(token, expected)?;
    if identity.actor.id != expected.actor.as_str() {
        return Err(OutcomeError::WrongActor {
            seen: identity.actor.id,
            wanted: expected.actor.to_string(),
        });
    }
    subject(&identity, claims, expected)?;
    agent_marks(&identity, expected)?;
    scopes(identity.scopes.iter().map(String::as_str), expected)?;
    Ok(identity)
}

/// Of an opaque token, the answer's own `scope` is all that can be compared.
pub(super) fn check_scope_field(
    scope: Option<&str>,
    expected: &Expected<'_>,
) -> Result<Option<Identity>, OutcomeError> {
    let granted = scope.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    scopes(granted.map(|scope| scope.rsplit('/').next().unwrap_or(scope)), expected)?;
    Ok(None)
}

/// Entra names one audience, never a list.
fn audience(claims: &Object, accepted: &[String]) -> Result<(), OutcomeError> {
    let seen = match claims.get("aud") {
        Some(Json::String(audience)) if accepted.contains(audience) => return Ok(()),
        Some(Json::String(audience)) => audience.clone(),
        Some(other) => other.kind().to_owned(),
        None => "nobody in particular".to_owned(),
    };
    Err(OutcomeError::WrongAudience { seen, wanted: accepted.to_vec() })
}

/// The tenant in `iss`, where `iss` has one of Entra's forms; `tid` is compared by the reader.
fn issuer(claims: &Object, expected: &Expected<'_>) -> Result<(), OutcomeError> {
    let issuer = claims.get("iss").and_then(Json::as_str).and_then(EntraIssuer::parse);
    let Some(issuer) = issuer else { return Ok(()) };
    let fits = issuer.tenant == expected.tenant.as_str()
        && issuer.clouds.contains(&expected.authority.cloud());
    if fits {
        return Ok(());
    }
    let seen = claims.get("iss").and_then(Json::as_str).unwrap_or_default().to_owned();
    Err(OutcomeError::WrongTenant { seen, wanted: expected.tenant.to_string() })
}

fn identity(token: &Unverified<'_>, expected: &Expected<'_>) -> Result<Identity, OutcomeError> {
    let stands_for = in_the_clouds_form(token.claims(), expected);
    let facts = Facts {
        header_type: token.header().token_type.as_deref(),
        claims: stands_for.as_ref().unwrap_or(token.claims()),
        issuer_name: expected.authority.national_cloud().name,
        tenant: Some(expected.tenant.as_str()),
    };
    // The resource's registration decides which optional claims there are, so none is demanded;
    // one that is there has to fit.
    let profile = Profile::Entra(EntraProfile {
        missing_idtyp: MissingIdtyp::Infer,
        missing_facets: MissingFacets::TreatAsUnproven,
        accept_without_permissions: true,
        accept_partners: true,
    });
    identify(&facts, &profile, &Directory::default()).map_err(|problem| match problem {
        IdentityError::TenantMismatch { seen, wanted } => {
            OutcomeError::WrongTenant { seen, wanted }
        }
        other => OutcomeError::Identity(other),
    })
}

/// The reader knows Entra's own issuers by their form. An emulator's issuers are those of its
/// origin, and stand for the cloud's.
fn in_the_clouds_form(claims: &Object, expected: &Expected<'_>) -> Option<Object> {
    if !expected.authority.is_custom() {
        return None;
    }
    let issuer = claims.get("iss").and_then(Json::as_str)?;
    let (tenant, cloud) = (expected.tenant.as_str(), expected.authority.cloud());
    let rest = issuer.strip_prefix(expected.authority.origin())?;
    let rest = rest.strip_prefix('/')?.strip_prefix(tenant)?;
    let issuer = match rest {
        "/v2.0" => cloud.v2_issuer(tenant),
        "/" => cloud.v1_issuer(tenant),
        _ => return None,
    };
    let mut claims = claims.clone();
    claims.insert("iss", issuer);
    Some(claims)
}

fn subject(
    identity: &Identity,
    claims: &Object,
    expected: &Expected<'_>,
) -> Result<(), OutcomeError> {
    let seen = &identity.subject;
    let wrong = |wanted: &str| {
        Err(OutcomeError::WrongSubject { seen: seen.id.clone(), wanted: wanted.to_owned() })
    };
    let app_only = matches!(identity.mode, Mode::App | Mode::Autonomous);
    match expected.subject {
        Who::Itself if !app_only => wrong(expected.actor.as_str()),
        // An agent's app id is its object id; an ordinary application's is not.
        Who::Itself if expected.blueprint.is_some() && seen.id != expected.actor.as_str() => {
            wrong(expected.actor.as_str())
        }
        Who::Itself => Ok(()),
        _ if app_only => Err(OutcomeError::DelegationLost("is app-only: the user is gone")),
        Who::AnyUser => Ok(()),
        Who::User(user) if seen.id != user => wrong(user),
        Who::User(_) => Ok(()),
        Who::AgentUser(user) => agent_user(identity, claims, user),
    }
}

fn agent_user(identity: &Identity, claims: &Object, user: &AgentUser) -> Result<(), OutcomeError> {
    let seen = &identity.subject;
    let wrong = |seen: &str, wanted: &str| {
        Err(OutcomeError::WrongSubject { seen: seen.to_owned(), wanted: wanted.to_owned() })
    };
    if seen.kind == PrincipalKind::User && seen.evidence == Evidence::Facet {
        let why = "does not mark its subject as an agent's user account (facet 13)";
        return Err(OutcomeError::DelegationLost(why));
    }
    match user {
        AgentUser::ObjectId(id) if seen.id == id.as_str() => Ok(()),
        AgentUser::ObjectId(id) => wrong(&seen.id, id.as_str()),
        AgentUser::PrincipalName(wanted) => {
            let name = ["upn", "preferred_username", "unique_name"]
                .into_iter()
                .find_map(|claim| claims.get(claim)?.as_str());
            match name {
                Some(name) if name.eq_ignore_ascii_case(wanted.as_str()) => Ok(()),
                Some(name) => wrong(name, wanted.as_str()),
                // Without a name the mark alone says that it is an agent's account, and Entra
                // lets an agent have no other than its own.
                None if seen.kind == PrincipalKind::AgentUser => Ok(()),
                None => wrong(&seen.id, wanted.as_str()),
            }
        }
    }
}

/// The mark of the agent must not be lost where the resource asks for marks at all.
fn agent_marks(identity: &Identity, expected: &Expected<'_>) -> Result<(), OutcomeError> {
    let Some(blueprint) = expected.blueprint else { return Ok(()) };
    let actor = &identity.actor;
    let marked = actor.kind == PrincipalKind::Agent;
    let unmarked = actor.kind == PrincipalKind::App && actor.evidence == Evidence::Absent;
    if !marked && !unmarked {
        let why = "does not mark its actor as an agent (facet 11)";
        return Err(OutcomeError::DelegationLost(why));
    }
    match &identity.blueprint {
        Some(seen) if guid::parse(&seen.id).as_deref() != Some(blueprint.as_str()) => {
            Err(OutcomeError::WrongActor {
                seen: format!("an agent of blueprint {}", seen.id),
                wanted: format!("an agent of blueprint {blueprint}"),
            })
        }
        _ => Ok(()),
    }
}

fn scopes<'a>(
    granted: impl Iterator<Item = &'a str>,
    expected: &Expected<'_>,
) -> Result<(), OutcomeError> {
    let target = expected.target;
    // Checked when the exchange began; without it nothing may be granted.
    let asked = target.scopes.of_one_resource().ok();
    let all = asked.as_ref().is_some_and(ResourceScopes::is_default);
    if all || target.wider_scopes == WiderScopes::Accept {
        return Ok(());
    }
    let fits = |scope: &str| {
        SIGN_IN.contains(&scope)
            || asked.as_ref().is_some_and(|asked| asked.permissions.contains(scope))
    };
    match granted.into_iter().find(|scope| !fits(scope)) {
        Some(scope) => Err(OutcomeError::ScopeWidened { scope: scope.to_owned() }),
        None => Ok(()),
    }
}
