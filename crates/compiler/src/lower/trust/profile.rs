//! The profile of an issuer.

use std::collections::BTreeMap;

use vicar_identity::{
    Profile,
    oidc::ClaimPath,
    profile::{EntraProfile, MissingFacets, MissingIdtyp, OidcProfile, Rfc8693Profile},
};

use crate::{
    diagnostic::quoted,
    lower::Findings,
    source::trust::{
        AcceptSource, MissingFacetsSource, MissingIdtypSource, OidcSource, ProfileSource,
        UnknownActorSource,
    },
    yaml::Place,
};

/// The profile with its settings.
pub(super) fn lower(
    source: &ProfileSource,
    audiences: &[String],
    place: Place,
    findings: &mut Findings<'_>,
) -> Profile {
    match source {
        ProfileSource::Entra(settings) => Profile::Entra(EntraProfile {
            missing_idtyp: match settings.missing_idtyp {
                MissingIdtypSource::Infer => MissingIdtyp::Infer,
                MissingIdtypSource::Refuse => MissingIdtyp::Refuse,
            },
            missing_facets: match settings.missing_facets {
                MissingFacetsSource::Refuse => MissingFacets::Refuse,
                MissingFacetsSource::RequireRegistered => MissingFacets::RequireRegistered,
                MissingFacetsSource::TreatAsUnproven => MissingFacets::TreatAsUnproven,
            },
            accept_without_permissions: settings.without_permissions == AcceptSource::Accept,
            accept_partners: settings.partners == AcceptSource::Accept,
        }),
        ProfileSource::Rfc8693(settings) => Profile::Rfc8693(Rfc8693Profile {
            max_depth: depth(settings.max_depth, place, findings),
            actors_are_agents: settings.unknown_actors == UnknownActorSource::Agent,
        }),
        ProfileSource::Kubernetes(_) => Profile::Kubernetes,
        ProfileSource::Spiffe(_) => Profile::Spiffe,
        ProfileSource::Auth0(settings) => oidc(OidcProfile::auth0(), settings, place, findings),
        ProfileSource::Keycloak(settings) => oidc(keycloak(audiences), settings, place, findings),
        ProfileSource::Oidc(settings) => oidc(standard(), settings, place, findings),
        ProfileSource::Okta(settings) => oidc(OidcProfile::okta(), settings, place, findings),
    }
}

/// Keycloak keeps the roles of an API under the client id that is also its audience.
fn keycloak(audiences: &[String]) -> OidcProfile {
    let mut roles = Vec::new();
    for audience in audiences {
        roles.extend(OidcProfile::keycloak(audience).roles);
    }
    roles.sort();
    roles.dedup();
    OidcProfile { roles, ..OidcProfile::keycloak("") }
}

/// The claims that OpenID Connect and RFC 9068 name.
fn standard() -> OidcProfile {
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    OidcProfile {
        subject: paths(&["sub"]),
        actor: paths(&["azp", "client_id"]),
        scopes: paths(&["scope", "scp"]),
        roles: paths(&["roles"]),
        groups: paths(&["groups"]),
        tenant: Vec::new(),
        display: paths(&["name", "preferred_username"]),
        app_only: BTreeMap::new(),
        max_depth: 4,
    }
}

fn oidc(
    base: OidcProfile,
    settings: &OidcSource,
    place: Place,
    findings: &mut Findings<'_>,
) -> Profile {
    let lists = [
        &settings.subject,
        &settings.actor,
        &settings.scopes,
        &settings.roles,
        &settings.groups,
        &settings.tenant,
        &settings.display,
    ];
    let app_only = settings.app_only.iter().flat_map(BTreeMap::keys);
    for path in lists.into_iter().flatten().flatten().chain(app_only) {
        if let Err(error) = ClaimPath::parse(path) {
            findings.error(place, format!("{} {}", quoted(path), error.words())).expected =
                Some("a claim path such as `realm_access.roles`".to_owned());
        }
    }
    let or = |given: &Option<Vec<String>>, base: Vec<String>| given.clone().unwrap_or(base);
    Profile::Oidc(OidcProfile {
        subject: or(&settings.subject, base.subject),
        actor: or(&settings.actor, base.actor),
        scopes: or(&settings.scopes, base.scopes),
        roles: or(&settings.roles, base.roles),
        groups: or(&settings.groups, base.groups),
        tenant: or(&settings.tenant, base.tenant),
        display: or(&settings.display, base.display),
        app_only: settings.app_only.clone().unwrap_or(base.app_only),
        max_depth: depth(settings.max_depth.unwrap_or(base.max_depth), place, findings),
    })
}

fn depth(depth: u8, place: Place, findings: &mut Findings<'_>) -> u8 {
    if !(1..=16).contains(&depth) {
        findings.error(place, format!("`max_depth` cannot be {depth}")).expected =
            Some("1 to 16 actors".to_owned());
    }
    depth
}
