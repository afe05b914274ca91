//! The `trust` section.

mod keys;
mod profile;

use std::collections::BTreeMap;

use vicar_bundle::{
    contents::{DeclaredClaim, Issuer},
    syntax,
};
use vicar_identity::glossary;
use vicar_token::{Algorithm, Cloud, IssuerRule, TrustedIssuer};

use super::{Findings, NAME, TEXT, directory::Names, duration};
use crate::{
    Folder,
    diagnostic::{one_of, quoted},
    source::trust::{IssuerSource, ProfileSource, Version},
    yaml::{Entries, Place, Placed},
};

/// Trusted issuers, sorted by name.
pub(super) fn lower(
    trust: &Entries<IssuerSource>,
    names: &Names<'_>,
    folder: &Folder,
    findings: &mut Findings<'_>,
) -> Vec<Issuer> {
    let mut issuers: Vec<(Place, Issuer)> = Vec::new();
    for (name, source) in trust.iter() {
        findings.require(name, syntax::is_name, "an issuer name", NAME);
        let lowering = Lowering { name, source, profile: &source.profile.value.0 };
        let issuer = lowering.issuer(names, folder, findings);
        issuers.push((name.place, issuer));
    }
    if issuers.is_empty() {
        findings.error(Place { line: 1, column: 1 }, "no issuer is trusted").expected =
            Some("at least one issuer under `trust`".to_owned());
    }
    overlaps(&issuers, findings);
    claim_types(trust, findings);
    let mut issuers: Vec<Issuer> = issuers.into_iter().map(|(_, issuer)| issuer).collect();
    issuers.sort_by(|left, right| left.trusted.name.cmp(&right.trusted.name));
    issuers
}

struct Lowering<'a> {
    name: &'a Placed<String>,
    source: &'a IssuerSource,
    profile: &'a ProfileSource,
}

impl Lowering<'_> {
    fn issuer(&self, names: &Names<'_>, folder: &Folder, findings: &mut Findings<'_>) -> Issuer {
        self.check_keys_of_other_profiles(findings);
        let rule = self.rule(names, findings);
        let is_entra = matches!(self.profile, ProfileSource::Entra(_));
        let is_spiffe = matches!(self.profile, ProfileSource::Spiffe(_));
        let longest = if is_entra { ENTRA_LIFETIME } else { USUAL_LIFETIME };
        let trusted = TrustedIssuer {
            name: self.name.value.clone(),
            algorithms: self.algorithms(findings),
            audiences: self.audiences(findings),
            single_audience: self.source.single_audience.unwrap_or(is_entra),
            clock_skew_seconds: self.duration(&self.source.clock_skew, 60, 0..=300, findings),
            max_lifetime_seconds: self.duration(
                &self.source.max_lifetime,
                longest,
                1..=LONGEST_LIFETIME,
                findings,
            ),
            require_issued_at: self.source.require_issued_at.unwrap_or(!is_spiffe),
            issuer: rule,
        };
        let at = self.source.profile.place;
        Issuer {
            profile: profile::lower(self.profile, &trusted.audiences, at, findings),
            keys: keys::lower(self.name, self.source, &trusted.issuer, folder, findings),
            claims: self.claims(findings),
            trusted,
        }
    }

    fn rule(&self, names: &Names<'_>, findings: &mut Findings<'_>) -> IssuerRule {
        let source = self.source;
        match self.profile {
            ProfileSource::Entra(_) => {
                let tenants: Vec<Placed<String>> = source
                    .tenants
                    .iter()
                    .filter_map(|given| {
                        let value = names.tenant(given, findings)?;
                        Some(Placed { value, place: given.place })
                    })
                    .collect();
                if source.tenants.is_empty() {
                    self.lacks("tenants", "accepted tenants, by directory name or id", findings);
                }
                let accepts = |version| {
                    source.versions.is_empty()
                        || source.versions.iter().any(|given| given.value == version)
                };
                IssuerRule::EntraTenants {
                    cloud: source.cloud.as_ref().map_or(Cloud::Public, |cloud| cloud.value.into()),
                    tenants: findings.set(&tenants, |_| true, "a tenant", ""),
                    v1: accepts(Version::V1),
                    v2: accepts(Version::V2),
                }
            }
            ProfileSource::Spiffe(_) => match &source.trust_domain {
                Some(domain) => {
                    let expected = "a lower-case trust domain such as `prod.example`";
                    let good = syntax::is_trust_domain;
                    findings.require(domain, good, "a trust domain", expected);
                    IssuerRule::SpiffeTrustDomain(domain.value.clone())
                }
                None => {
                    self.lacks("trust_domain", "for example `prod.example`", findings);
                    IssuerRule::SpiffeTrustDomain(String::new())
                }
            },
            _ => match &source.issuer {
                Some(issuer) => {
                    findings.require(issuer, syntax::is_token_text, "an issuer", TEXT);
                    IssuerRule::Exact(issuer.value.clone())
                }
                None => {
                    self.lacks("issuer", "its `iss`, byte for byte", findings);
                    IssuerRule::Exact(String::new())
                }
            },
        }
    }

    /// A setting that this profile does not read would only seem to be in force.
    fn check_keys_of_other_profiles(&self, findings: &mut Findings<'_>) {
        let source = self.source;
        let is_entra = matches!(self.profile, ProfileSource::Entra(_));
        let is_spiffe = matches!(self.profile, ProfileSource::Spiffe(_));
        let issuer = source.issuer.as_ref().map(|issuer| issuer.place);
        let domain = source.trust_domain.as_ref().map(|domain| domain.place);
        for (key, place, fits) in [
            ("issuer", issuer, !is_entra && !is_spiffe),
            ("cloud", source.cloud.as_ref().map(|cloud| cloud.place), is_entra),
            ("tenants", source.tenants.first().map(|tenant| tenant.place), is_entra),
            ("versions", source.versions.first().map(|version| version.place), is_entra),
            ("trust_domain", domain, is_spiffe),
        ] {
            if let Some(place) = place.filter(|_| !fits) {
                let profile = quoted(self.profile.name());
                let message = format!("{} has no meaning for profile {profile}", quoted(key));
                findings.error(place, message).hint = Some(match key {
                    "issuer" if is_entra => {
                        "Entra's `iss` follows from `cloud`, `tenants` and `versions`".to_owned()
                    }
                    "issuer" => "a JWT-SVID is trusted by its `trust_domain`".to_owned(),
                    "trust_domain" => "it belongs to profile `spiffe`".to_owned(),
                    _ => "it belongs to profile `entra`".to_owned(),
                });
            }
        }
    }

    fn algorithms(&self, findings: &mut Findings<'_>) -> Vec<Algorithm> {
        let mut seen: BTreeMap<Algorithm, Place> = BTreeMap::new();
        for algorithm in &self.source.algorithms {
            if seen.insert(algorithm.value.0, algorithm.place).is_some() {
                let name = quoted(algorithm.value.0.name());
                findings.error(algorithm.place, format!("{name} is listed twice"));
            }
        }
        match seen.is_empty() {
            true => vec![Algorithm::Rs256],
            false => seen.into_keys().collect(),
        }
    }

    fn audiences(&self, findings: &mut Findings<'_>) -> Vec<String> {
        let audiences = &self.source.audiences;
        if audiences.is_empty() {
            let message = format!("{} accepts no audience", quoted(&self.name.value));
            findings.error(self.name.place, message).expected =
                Some("at least one `aud` value under `audiences`".to_owned());
        }
        for audience in audiences {
            let text = audience.value.to_ascii_lowercase();
            if text.contains("azureadtokenexchange") || text == TOKEN_EXCHANGE {
                let message = format!("{} is for token exchange", quoted(&audience.value));
                findings.error(audience.place, message).expected = Some(
                    "the audience of an API: tokens for the exchange never call one".to_owned(),
                );
            }
        }
        findings.set(audiences, syntax::is_token_text, "an audience", TEXT)
    }

    fn duration(
        &self,
        given: &Option<Placed<String>>,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
        findings: &mut Findings<'_>,
    ) -> u32 {
        let Some(text) = given else { return default };
        match duration::seconds(&text.value) {
            Some(seconds) if range.contains(&seconds) => seconds,
            read => {
                let what = if read.is_some() { "out of range" } else { "not a duration" };
                let message = format!("{} is {what}", quoted(&text.value));
                findings.error(text.place, message).expected = Some(format!(
                    "{}s to {}s, as a number and `s`, `m`, `h` or `d`: `60s`, `24h`",
                    range.start(),
                    range.end()
                ));
                default
            }
        }
    }

    fn claims(&self, findings: &mut Findings<'_>) -> Vec<DeclaredClaim> {
        let mut claims: Vec<DeclaredClaim> = Vec::new();
        for (name, value_type) in self.source.claims.iter() {
            findings.require(name, syntax::is_token_text, "a claim name", TEXT);
            if is_interpreted(&name.value) {
                let message =
                    format!("the claim {} is one that Vicar interprets", quoted(&name.value));
                findings.error(name.place, message).expected = Some(
                    "a claim of your own; what Vicar makes of this one stands in `context` and in \
                     the principal: as text it would be compared by substring"
                        .to_owned(),
                );
            }
            claims
                .push(DeclaredClaim { name: name.value.clone(), value_type: (*value_type).into() });
        }
        claims.sort_by(|left, right| left.name.cmp(&right.name));
        claims
    }

    fn lacks(&self, key: &str, about: &str, findings: &mut Findings<'_>) {
        let message = format!("{} lacks the key {}", quoted(&self.name.value), quoted(key));
        findings.error(self.name.place, message).expected =
            Some(format!("{}: {about}", quoted(key)));
    }
}

/// Whether the typed identity is made of this claim. Names for people (`upn`) are not refused, but
/// warned about where a policy reads them.
fn is_interpreted(claim: &str) -> bool {
    glossary::entry(claim)
        .is_some_and(|entry| !entry.read_in.is_empty() && entry.read_in != "entra::classify")
}

/// Policies see one `context.claims`, so a claim has one type for all issuers.
fn claim_types(trust: &Entries<IssuerSource>, findings: &mut Findings<'_>) {
    let mut types = BTreeMap::new();
    for (name, value_type) in trust.iter().flat_map(|(_, issuer)| issuer.claims.iter()) {
        let (first, place) = *types.entry(&name.value).or_insert((*value_type, name.place));
        if first != *value_type {
            let message = format!("the claim {} has two types", quoted(&name.value));
            findings.error(name.place, message).expected =
                Some(format!("the type that it has in line {}", place.line));
        }
    }
}

/// A token must belong to one issuer: two with the same `iss` need different audiences.
fn overlaps(issuers: &[(Place, Issuer)], findings: &mut Findings<'_>) {
    for (index, (place, later)) in issuers.iter().enumerate() {
        for (_, earlier) in issuers.iter().take(index) {
            let shared: Vec<&str> = later
                .trusted
                .audiences
                .iter()
                .filter(|audience| earlier.trusted.audiences.contains(audience))
                .map(String::as_str)
                .collect();
            if !shared.is_empty() && same_iss(&earlier.trusted.issuer, &later.trusted.issuer) {
                let message = format!(
                    "{} and {} both claim the same tokens",
                    quoted(&earlier.trusted.name),
                    quoted(&later.trusted.name)
                );
                findings.error(*place, message).expected =
                    Some(format!("only one of them with the audience {}", one_of(shared)));
            }
        }
    }
}

fn same_iss(left: &IssuerRule, right: &IssuerRule) -> bool {
    match (left, right) {
        (
            IssuerRule::EntraTenants { cloud, tenants, v1, v2 },
            IssuerRule::EntraTenants { cloud: cloud2, tenants: others, v1: v1_too, v2: v2_too },
        ) => {
            (*v1 && *v1_too || *v2 && *v2_too && cloud == cloud2)
                && tenants.iter().any(|tenant| others.contains(tenant))
        }
        (IssuerRule::EntraTenants { cloud, tenants, v1, v2 }, IssuerRule::Exact(issuer))
        | (IssuerRule::Exact(issuer), IssuerRule::EntraTenants { cloud, tenants, v1, v2 }) => {
            tenants.iter().any(|tenant| {
                *v1 && cloud.v1_issuer(tenant) == *issuer
                    || *v2 && cloud.v2_issuer(tenant) == *issuer
            })
        }
        (left, right) => left == right,
    }
}

/// Entra's continuous access evaluation lets tokens live up to 28 hours.
const ENTRA_LIFETIME: u32 = 28 * 60 * 60;
const USUAL_LIFETIME: u32 = 24 * 60 * 60;
const LONGEST_LIFETIME: u32 = 366 * 24 * 60 * 60;
/// The public app id of Microsoft's token-exchange resource.
const TOKEN_EXCHANGE: &str = "fb60f99c-7a34-4190-8149-302f77469936";
