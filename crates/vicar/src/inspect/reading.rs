//! Which rules read a token that no bundle speaks of.

use vicar_identity::{
    Directory, Facts, Identity, IdentityError, Profile, describe,
    profile::{EntraProfile, MissingFacets, MissingIdtyp, OidcProfile, Rfc8693Profile},
};
use vicar_token::{Object, issuer::EntraIssuer};

/// Reads the identity by the most forgiving rules of the family that the claims point to.
pub(super) fn read(header_type: Option<&str>, claims: &Object) -> Result<Identity, IdentityError> {
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let facts = Facts {
        header_type,
        claims,
        issuer_name: text("iss").unwrap_or("unknown"),
        tenant: text("iss").and_then(EntraIssuer::parse).map(|issuer| issuer.tenant),
    };
    describe(&facts, &likely_profile(claims), &Directory::default())
}

/// The most forgiving rules of the family that the claims point to, where no bundle names one.
pub fn likely_profile(claims: &Object) -> Profile {
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    if text("iss").and_then(EntraIssuer::parse).is_some() {
        Profile::Entra(EntraProfile {
            missing_idtyp: MissingIdtyp::Infer,
            missing_facets: MissingFacets::TreatAsUnproven,
            accept_without_permissions: true,
            accept_partners: true,
        })
    } else if text("sub").is_some_and(|subject| subject.starts_with("spiffe://")) {
        Profile::Spiffe
    } else if text("sub").is_some_and(|subject| subject.starts_with("system:serviceaccount:")) {
        Profile::Kubernetes
    } else if claims.get("cid").is_some() {
        Profile::Oidc(OidcProfile::okta())
    } else if claims.get("azp").is_some() || claims.get("gty").is_some() {
        Profile::Oidc(OidcProfile::auth0())
    } else {
        Profile::Rfc8693(Rfc8693Profile { max_depth: 16, actors_are_agents: true })
    }
}
