//! Microsoft Entra access tokens, versions 1.0 and 2.0.
//!
//! There is no `act` claim: the actor is the client (`appid` or `azp`), the subject is `oid`, and
//! facet claims say which of them is an agent. Each question about a token has a module:
//!
//! | Question | Module | Claims |
//! |---|---|---|
//! | which version, which client | `client` | `ver`, `iss`, `appid`, `azp`, `appidacr`, `azpacr` |
//! | user or application | `subject_type` | `idtyp`, else `scp`, `roles`, `oid`, `sub` |
//! | what the facets and the parent say | `marks` | `xms_*_fct`, `xms_idrel`, `xms_par_app_azp` |
//! | do the statements agree | `consistency` | all of the above, and the directory |
//! | who is the actor, who the subject | `classify` | all of the above, and the directory |
//! | member, guest or partner | `relationship` | `xms_idrel`, `acct`, `idp` |
//! | what is granted | `permissions` | `scp`, `roles` |
//! | which groups | `groups` | `groups`, `_claim_names`, `hasgroups` |

use std::collections::BTreeSet;

use vicar_token::Object;

use crate::{
    Directory, Facts, Identity, IdentityError, Mode, Principal, PrincipalKind, TokenKind, claims,
    directory::Registration,
    guid,
    identity::{Blueprint, Evidence, Tenant},
    profile::{EntraProfile, Family},
};

mod classify;
mod client;
mod consistency;
mod groups;
mod marks;
mod permissions;
mod relationship;
mod subject_type;

use client::Client;
use marks::Marks;
use permissions::Permissions;
use subject_type::SubjectType;

pub use client::Version;
pub use marks::FACET_CLAIMS;

/// Everything the modules below read from one token.
struct Token<'a> {
    kind: TokenKind,
    claims: &'a Object,
    tenant: String,
    client: Client,
    /// `oid`.
    object_id: String,
    /// `sub`.
    subject: &'a str,
    subject_type: SubjectType,
    /// Whether `idtyp` says so, or it was inferred.
    subject_type_evidence: Evidence,
    marks: Marks,
    permissions: Permissions,
    registration: Option<Registration<'a>>,
}

impl Token<'_> {
    fn is_app_only(&self) -> bool {
        self.subject_type == SubjectType::App
    }

    /// Whether the actor is an agent, as far as facets say. An application acting as itself is
    /// its own subject, so there either facet claim speaks for both.
    fn actor_is_agent(&self) -> Option<bool> {
        let subject = if self.is_app_only() { self.marks.subject_is_agent() } else { None };
        self.marks.actor_is_agent().or(subject)
    }

    fn is_exchange_credential(&self) -> bool {
        matches!(self.kind, TokenKind::BlueprintExchange | TokenKind::ExchangeToken)
    }
}

/// Reads an Entra token of this kind. Every id is looked up under its tenant, never alone.
pub(crate) fn read(
    facts: &Facts<'_>,
    profile: &EntraProfile,
    directory: &Directory,
    kind: TokenKind,
) -> Result<Identity, IdentityError> {
    let token = gather(facts, profile, directory, kind)?;
    consistency::check(&token)?;
    if !token.is_exchange_credential() {
        classify::require_facets(&token, profile.missing_facets)?;
    }
    let actor = classify::actor(&token);
    let subject = classify::subject(&token, &actor);
    let blueprint = blueprint(&token, &actor, directory)?;
    let relationship = relationship::read(&token, profile)?;
    if !token.is_exchange_credential() && !profile.accept_without_permissions {
        permissions::require(&token)?;
    }
    let mut authentication = claims::authentication(token.claims)?;
    authentication.client = token.client.authentication;
    Ok(Identity {
        family: Family::Entra,
        issuer_name: facts.issuer_name.to_owned(),
        issuer: token.client.issuer.clone(),
        token_kind: kind,
        mode: if token.is_exchange_credential() {
            Mode::ExchangeCredential
        } else {
            classify::mode(&token, &actor, &subject)
        },
        blueprint,
        relationship,
        groups: groups::read(token.claims)?,
        authentication,
        capabilities: capabilities(token.claims)?,
        binding: claims::binding(token.claims)?,
        token: claims::token_facts(token.claims, facts.header_type)?,
        tenant: Some(Tenant {
            name: directory.tenant_name(&token.tenant).map(str::to_owned),
            id: token.tenant,
        }),
        scopes: token.permissions.scopes,
        roles: token.permissions.roles,
        subject,
        actor,
        prior_actors: Vec::new(),
        workload: None,
    })
}

fn gather<'a>(
    facts: &Facts<'a>,
    profile: &EntraProfile,
    directory: &'a Directory,
    kind: TokenKind,
) -> Result<Token<'a>, IdentityError> {
    let claims = facts.claims;
    let tenant = tenant(facts)?;
    let exchange = matches!(kind, TokenKind::BlueprintExchange | TokenKind::ExchangeToken);
    let client = client::read(claims, exchange)?;
    let missing = |wanted: &str| IdentityError::SubjectMissing { wanted: format!("`{wanted}`") };
    let object_id = claims::guid(claims, "oid")?.ok_or_else(|| missing("oid"))?;
    let subject = claims::id(claims, "sub")?.ok_or_else(|| missing("sub"))?;
    let permissions = permissions::read(claims)?;
    let (subject_type, subject_type_evidence) =
        subject_type::read(claims, &object_id, subject, &permissions, profile.missing_idtyp)?;
    let marks = marks::read(claims)?;
    let registration = registration(directory, &tenant, &client.id)?;
    Ok(Token {
        kind,
        claims,
        tenant,
        client,
        object_id,
        subject,
        subject_type,
        subject_type_evidence,
        marks,
        permissions,
        registration,
    })
}

/// `tid`, which must be the tenant that `iss` was matched for (domain case 27).
fn tenant(facts: &Facts<'_>) -> Result<String, IdentityError> {
    let tenant = claims::guid(facts.claims, "tid")?
        .ok_or_else(|| claims::malformed("tid", "absent", "a GUID"))?;
    match facts.tenant {
        Some(matched) if guid::parse(matched).as_deref() != Some(&tenant) => {
            Err(IdentityError::TenantMismatch { seen: tenant, wanted: matched.to_owned() })
        }
        _ => Ok(tenant),
    }
}

/// What the directory knows of the client in this tenant (domain cases 29 and 42).
fn registration<'a>(
    directory: &'a Directory,
    tenant: &str,
    client: &str,
) -> Result<Option<Registration<'a>>, IdentityError> {
    let registration = directory.registration(tenant, client);
    match registration {
        Some(Registration::Agent(agent)) if agent.disabled => {
            Err(IdentityError::AgentDisabled { name: agent.name.clone() })
        }
        None if directory.has_agent_only_elsewhere(tenant, client) => {
            Err(cross_tenant("agent", client, tenant))
        }
        registration => Ok(registration),
    }
}

/// The blueprint that made the acting agent: from the token, else from the directory.
fn blueprint(
    token: &Token<'_>,
    actor: &Principal,
    directory: &Directory,
) -> Result<Option<Blueprint>, IdentityError> {
    if actor.kind != PrincipalKind::Agent {
        return Ok(None);
    }
    let registered = match token.registration {
        Some(Registration::Agent(agent)) => agent.blueprint.as_deref(),
        _ => None,
    };
    let (id, evidence) = match (token.marks.parent.as_deref(), registered) {
        (Some(seen), Some(registered)) if seen != registered => {
            return Err(IdentityError::BlueprintConflict {
                agent: actor.name.clone().unwrap_or_else(|| actor.id.clone()),
                seen: seen.to_owned(),
                registered: registered.to_owned(),
            });
        }
        (Some(seen), _) => (seen, Evidence::Claim),
        (None, Some(registered)) => (registered, Evidence::Registered),
        (None, None) => return Ok(None),
    };
    if directory.has_blueprint_only_elsewhere(&token.tenant, id) {
        return Err(cross_tenant("blueprint", id, &token.tenant));
    }
    let name = directory.blueprint(&token.tenant, id).map(|known| known.name.clone());
    Ok(Some(Blueprint { id: id.to_owned(), name, evidence }))
}

fn cross_tenant(what: &'static str, id: &str, tenant: &str) -> IdentityError {
    IdentityError::CrossTenant { what, id: id.to_owned(), tenant: tenant.to_owned() }
}

/// `xms_cc`, compared in lower case (for example `cp1`: can answer a claims challenge).
fn capabilities(claims: &Object) -> Result<BTreeSet<String>, IdentityError> {
    let capabilities = claims::set(claims, "xms_cc")?.unwrap_or_default();
    Ok(capabilities.into_iter().map(|name| name.to_ascii_lowercase()).collect())
}
