//! Telling a mistake in a bundle, or a look-alike issuer, from a stranger.

use super::super::entra::TENANT_PLACEHOLDER;
use super::super::{Cloud, EntraIssuer, IssuerForm, IssuerRule, TrustedIssuer, spiffe};
use super::lists;
use crate::error::TokenError;
use crate::json::Object;
use crate::quote::Quoted;

/// The error for claims that match no issuer.
pub(super) fn untrusted(
    issuers: &[TrustedIssuer],
    iss: Option<&str>,
    claims: &Object,
) -> TokenError {
    let subject = claims.string("sub").ok().flatten();
    let found = match (iss, subject) {
        (Some(iss), _) => iss,
        (None, Some(subject)) if spiffe::trust_domain(subject).is_some() => subject,
        (None, Some(subject)) if subject.starts_with("spiffe:") => {
            return TokenError::ClaimMalformed {
                claim: "sub",
                found: Quoted(subject).to_string(),
                wanted: "a SPIFFE ID in canonical form with a path",
            };
        }
        (None, _) => {
            return TokenError::ClaimMissing { claim: "iss", why: "so nobody vouches for it" };
        }
    };
    TokenError::IssuerUntrusted {
        found: found.to_owned(),
        near_miss: near_miss(issuers, found),
        trusted: issuers.iter().map(|issuer| issuer.name.clone()).collect(),
    }
}

fn near_miss(issuers: &[TrustedIssuer], found: &str) -> Option<&'static str> {
    if found.contains(TENANT_PLACEHOLDER) {
        return Some("its tenant placeholder was never filled in");
    }
    match EntraIssuer::parse(found) {
        Some(entra) => issuers.iter().find_map(|issuer| entra_difference(issuer, &entra)),
        None => issuers.iter().flat_map(spellings).find_map(|own| difference(&own, found)),
    }
}

/// A listed tenant under a form or cloud that its rule does not accept.
fn entra_difference(issuer: &TrustedIssuer, entra: &EntraIssuer<'_>) -> Option<&'static str> {
    let IssuerRule::EntraTenants { cloud, .. } = &issuer.issuer else { return None };
    if !lists(issuer, entra.tenant) {
        return None;
    }
    Some(match (entra.clouds.contains(cloud), entra.form) {
        (false, _) => match cloud {
            Cloud::China => "its tenant is trusted in the China cloud only",
            Cloud::Public => "its tenant is trusted in the public cloud only",
            Cloud::UsGovernment => "its tenant is trusted in the US Government cloud only",
        },
        (true, IssuerForm::EntraV1) => "tokens of version 1.0 are not accepted from its tenant",
        (true, _) => "tokens of version 2.0 are not accepted from its tenant",
    })
}

/// Every `iss` that a rule accepts.
fn spellings(issuer: &TrustedIssuer) -> Vec<String> {
    match &issuer.issuer {
        IssuerRule::EntraTenants { cloud, tenants, .. } => tenants
            .iter()
            .flat_map(|tenant| [cloud.v1_issuer(tenant), cloud.v2_issuer(tenant)])
            .collect(),
        IssuerRule::Exact(own) => vec![own.clone()],
        IssuerRule::SpiffeTrustDomain(_) => Vec::new(),
    }
}

fn difference(trusted: &str, found: &str) -> Option<&'static str> {
    let slash = |long: &str, short: &str| long.strip_suffix('/') == Some(short);
    let insecure = || found.strip_prefix("http:").zip(trusted.strip_prefix("https:"));
    if slash(trusted, found) || slash(found, trusted) {
        Some("it differs from a trusted issuer only by a slash at the end")
    } else if insecure().is_some_and(|(found, trusted)| found == trusted) {
        Some("it is a trusted issuer written with http instead of https")
    } else if trusted.eq_ignore_ascii_case(found) {
        Some("it differs from a trusted issuer only by upper and lower case")
    } else {
        None
    }
}
