//! Trusted issuers: pinned terms, and no `iss` and `aud` that belong to two of them.

use std::collections::{BTreeMap, BTreeSet};

use vicar_identity::{Profile, oidc::ClaimPath, profile::OidcProfile};
use vicar_token::{IssuerRule, Jwks};

use super::{At, HTTPS, NAME, TEXT, each, require, sorted};
use crate::{
    BundleError,
    contents::{Issuer, KeySource},
    syntax,
};

/// Checks the list of trusted issuers.
pub(super) fn check(trust: &[Issuer]) -> Result<(), BundleError> {
    sorted(&"trust", trust, |issuer| &issuer.trusted.name)?;
    let mut claimed = BTreeSet::new();
    let mut claim_types = BTreeMap::new();
    for (index, issuer) in trust.iter().enumerate() {
        let at = &format_args!("trust[{index}]");
        terms(at, issuer)?;
        profile(at, issuer)?;
        keys(at, &issuer.keys)?;
        sorted(&format_args!("{at}.claims"), &issuer.claims, |claim| &claim.name)?;
        for claim in &issuer.claims {
            let at = &format_args!("{at}.claims");
            require(at, syntax::is_token_text(&claim.name), TEXT)?;
            let first = *claim_types.entry(&claim.name).or_insert(claim.value_type);
            require(at, first == claim.value_type, "expected one type for all issuers")?;
        }
        for form in forms(&issuer.trusted.issuer) {
            for audience in &issuer.trusted.audiences {
                let new = claimed.insert((form.clone(), audience));
                require(&format_args!("{at}.trusted.issuer"), new, CLAIMED_TWICE)?;
            }
        }
    }
    Ok(())
}

/// The `iss` values (for SPIFFE: the trust domain) that a rule claims for its issuer.
fn forms(rule: &IssuerRule) -> Vec<String> {
    match rule {
        IssuerRule::EntraTenants { cloud, tenants, v1, v2 } => tenants
            .iter()
            .flat_map(|tenant| {
                [(*v1, cloud.v1_issuer(tenant)), (*v2, cloud.v2_issuer(tenant))]
                    .into_iter()
                    .filter_map(|(accepted, form)| accepted.then_some(form))
            })
            .collect(),
        IssuerRule::Exact(issuer) => vec![issuer.clone()],
        IssuerRule::SpiffeTrustDomain(domain) => vec![format!("spiffe://{domain}")],
    }
}

fn terms(at: At<'_>, issuer: &Issuer) -> Result<(), BundleError> {
    let terms = &issuer.trusted;
    let at = &format_args!("{at}.trusted");
    require(&format_args!("{at}.name"), syntax::is_name(&terms.name), NAME)?;
    let algorithms = &format_args!("{at}.algorithms");
    require(algorithms, !terms.algorithms.is_empty(), "expected at least one algorithm")?;
    sorted(algorithms, &terms.algorithms, |algorithm| *algorithm)?;
    let audiences = &format_args!("{at}.audiences");
    require(audiences, !terms.audiences.is_empty(), "expected at least one audience")?;
    each(audiences, &terms.audiences, syntax::is_token_text, TEXT)?;
    require(
        &format_args!("{at}.clock_skew_seconds"),
        terms.clock_skew_seconds <= 300,
        "expected at most 300 seconds",
    )?;
    require(
        &format_args!("{at}.max_lifetime_seconds"),
        (1..=LONGEST_LIFETIME).contains(&terms.max_lifetime_seconds),
        "expected 1 second to 366 days",
    )?;
    let at = &format_args!("{at}.issuer");
    match &terms.issuer {
        IssuerRule::EntraTenants { tenants, v1, v2, .. } => {
            require(at, *v1 || *v2, "expected at least one token version")?;
            require(at, !tenants.is_empty(), "expected at least one tenant")?;
            each(at, tenants, syntax::is_guid, "expected lower-case GUIDs")
        }
        IssuerRule::Exact(issuer) => require(at, syntax::is_token_text(issuer), TEXT),
        IssuerRule::SpiffeTrustDomain(domain) => {
            require(at, syntax::is_trust_domain(domain), "expected a lower-case trust domain")
        }
    }
}

fn profile(at: At<'_>, issuer: &Issuer) -> Result<(), BundleError> {
    let at = &format_args!("{at}.profile");
    let fits = match (&issuer.profile, &issuer.trusted.issuer) {
        (Profile::Entra(_), IssuerRule::EntraTenants { .. })
        | (Profile::Spiffe, IssuerRule::SpiffeTrustDomain(_)) => true,
        (Profile::Entra(_) | Profile::Spiffe, _) => false,
        (_, rule) => matches!(rule, IssuerRule::Exact(_)),
    };
    require(at, fits, "the profile and the form of the issuer do not go together")?;
    let depth = match &issuer.profile {
        Profile::Oidc(profile) => {
            require(at, claim_paths(profile), "expected claim paths such as `a.b`")?;
            profile.max_depth
        }
        Profile::Rfc8693(profile) => profile.max_depth,
        _ => 1,
    };
    require(at, (1..=16).contains(&depth), "expected a chain of 1 to 16 actors")
}

fn claim_paths(profile: &OidcProfile) -> bool {
    let OidcProfile { subject, actor, scopes, roles, groups, tenant, display, app_only, .. } =
        profile;
    [subject, actor, scopes, roles, groups, tenant, display]
        .into_iter()
        .flatten()
        .chain(app_only.keys())
        .all(|path| ClaimPath::parse(path).is_ok())
}

fn keys(at: At<'_>, keys: &KeySource) -> Result<(), BundleError> {
    let at = &format_args!("{at}.keys");
    match keys {
        KeySource::Inline(text) => {
            require(at, text.len() <= LONGEST_KEY_SET, "expected a key set of at most 1 MiB")?;
            match Jwks::parse(text.as_bytes()) {
                Ok(_) => Ok(()),
                Err(error) => Err(BundleError::invalid(at.to_string(), error.to_string())),
            }
        }
        KeySource::JwksUri(address) | KeySource::Metadata(address) => {
            require(at, syntax::is_https_url(address), HTTPS)
        }
    }
}

const CLAIMED_TWICE: &str =
    "this `iss` with one of the audiences belongs to another issuer already";
const LONGEST_LIFETIME: u32 = 366 * 24 * 60 * 60;
const LONGEST_KEY_SET: usize = 1 << 20;
