//! Choosing the trusted issuer of a token's claims, before anything in them is believed.

mod near_miss;

use super::entra::{EntraIssuer, is_guid};
use super::{IssuerForm, IssuerRule, TrustedIssuer, spiffe};
use crate::error::TokenError;
use crate::json::Object;
use crate::quote::Quoted;

/// The issuer a token claims to be from, and how it matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection<'i> {
    /// The trusted issuer.
    pub issuer: &'i TrustedIssuer,
    /// Which form of its rule matched.
    pub form: IssuerForm,
    /// The tenant, for Entra's forms: the entry of the rule's list, a lower-case GUID.
    pub tenant: Option<&'i str>,
}

/// Finds the issuer whose rule the claims match.
///
/// `iss` decides; SPIFFE trust domains are tried, by `sub`, only where no rule matches `iss`. When
/// several issuers match (one authority trusted on different terms for different audiences), the
/// first that accepts one of the token's audiences is chosen, else the first.
///
/// # Errors
/// [`TokenError`] with one of the reasons `issuer_untrusted`, `tenant_untrusted`,
/// `tenant_mismatch`, `claim_missing`, `claim_malformed`.
pub fn select<'i>(
    issuers: &'i [TrustedIssuer],
    claims: &Object,
) -> Result<Selection<'i>, TokenError> {
    let iss = claims.string("iss").map_err(|wrong| TokenError::wrong_type("iss", &wrong))?;
    let mut candidates = match iss {
        Some(iss) => by_iss(issuers, iss, claims)?,
        None => Vec::new(),
    };
    if candidates.is_empty() {
        candidates = by_trust_domain(issuers, claims)?;
    }
    // An `aud` of the wrong type is refused after the signature; here it only fails to help.
    let audiences = claims.string_or_list("aud").ok().flatten().unwrap_or_default();
    candidates
        .iter()
        .find(|candidate| candidate.issuer.accepts_one_of(&audiences))
        .or(candidates.first())
        .copied()
        .ok_or_else(|| near_miss::untrusted(issuers, iss, claims))
}

impl TrustedIssuer {
    /// Whether one of `audiences` is accepted from this issuer, compared exactly.
    pub(crate) fn accepts_one_of<A: AsRef<str>>(&self, audiences: &[A]) -> bool {
        audiences.iter().any(|audience| self.audiences.iter().any(|own| own == audience.as_ref()))
    }
}

fn by_iss<'i>(
    issuers: &'i [TrustedIssuer],
    iss: &str,
    claims: &Object,
) -> Result<Vec<Selection<'i>>, TokenError> {
    let entra = EntraIssuer::parse(iss);
    let mut matching = Vec::new();
    let mut without_tenant = Vec::new();
    for issuer in issuers {
        match (&issuer.issuer, &entra) {
            (IssuerRule::EntraTenants { tenants, .. }, Some(entra)) if offers(issuer, entra) => {
                match tenants.iter().find(|tenant| *tenant == entra.tenant) {
                    Some(tenant) => {
                        matching.push(Selection { issuer, form: entra.form, tenant: Some(tenant) })
                    }
                    None => without_tenant.push(issuer.name.clone()),
                }
            }
            (IssuerRule::Exact(own), _) if own == iss => {
                matching.push(Selection { issuer, form: IssuerForm::Exact, tenant: None });
            }
            _ => {}
        }
    }
    match entra {
        Some(entra) if matching.iter().any(|selection| selection.tenant.is_some()) => {
            same_tenant(entra.tenant, claims)?;
        }
        // A tenant that is listed under another cloud or version is a matter of the issuer.
        Some(entra)
            if matching.is_empty()
                && !without_tenant.is_empty()
                && !issuers.iter().any(|issuer| lists(issuer, entra.tenant)) =>
        {
            let tenant = entra.tenant.to_owned();
            return Err(TokenError::TenantUntrusted { tenant, issuers: without_tenant });
        }
        _ => {}
    }
    Ok(matching)
}

/// Whether the rule accepts this cloud and form, whatever the tenant.
fn offers(issuer: &TrustedIssuer, entra: &EntraIssuer<'_>) -> bool {
    match &issuer.issuer {
        IssuerRule::EntraTenants { cloud, v1, v2, .. } => {
            let form = match entra.form {
                IssuerForm::EntraV1 => *v1,
                IssuerForm::EntraV2 => *v2,
                IssuerForm::Exact | IssuerForm::SpiffeTrustDomain => false,
            };
            form && entra.clouds.contains(cloud)
        }
        IssuerRule::Exact(_) | IssuerRule::SpiffeTrustDomain(_) => false,
    }
}

/// Whether the rule lists the tenant, whatever the cloud and form.
fn lists(issuer: &TrustedIssuer, tenant: &str) -> bool {
    match &issuer.issuer {
        IssuerRule::EntraTenants { tenants, .. } => tenants.iter().any(|own| own == tenant),
        IssuerRule::Exact(_) | IssuerRule::SpiffeTrustDomain(_) => false,
    }
}

fn same_tenant(issuer_tenant: &str, claims: &Object) -> Result<(), TokenError> {
    let tenant = claims
        .string("tid")
        .map_err(|wrong| TokenError::wrong_type("tid", &wrong))?
        .ok_or(TokenError::ClaimMissing { claim: "tid", why: "which every Entra token has" })?;
    if !is_guid(tenant) {
        return Err(TokenError::ClaimMalformed {
            claim: "tid",
            found: Quoted(tenant).to_string(),
            wanted: "a GUID",
        });
    }
    if !tenant.eq_ignore_ascii_case(issuer_tenant) {
        return Err(TokenError::TenantMismatch {
            tenant: tenant.to_owned(),
            issuer_tenant: issuer_tenant.to_owned(),
        });
    }
    Ok(())
}

fn by_trust_domain<'i>(
    issuers: &'i [TrustedIssuer],
    claims: &Object,
) -> Result<Vec<Selection<'i>>, TokenError> {
    let mut domains = issuers
        .iter()
        .filter_map(|issuer| match &issuer.issuer {
            IssuerRule::SpiffeTrustDomain(domain) => Some((issuer, domain)),
            IssuerRule::EntraTenants { .. } | IssuerRule::Exact(_) => None,
        })
        .peekable();
    if domains.peek().is_none() {
        return Ok(Vec::new());
    }
    let subject = claims.string("sub").map_err(|wrong| TokenError::wrong_type("sub", &wrong))?;
    let domain_of_token = subject.and_then(spiffe::trust_domain);
    Ok(domains
        .filter(|(_, domain)| Some(domain.as_str()) == domain_of_token)
        .map(|(issuer, _)| Selection { issuer, form: IssuerForm::SpiffeTrustDomain, tenant: None })
        .collect())
}
