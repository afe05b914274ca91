//! SPIFFE JWT-SVIDs: `sub` is the workload's SPIFFE ID, and the trust domain in it the realm of
//! trust. `iss` is optional there and says nothing about identity.

use std::collections::BTreeSet;

use vicar_token::quote::Quoted;

use crate::{
    Directory, Evidence, Facts, Identity, IdentityError, Mode, PrincipalKind, TokenKind, act,
    claims,
    identity::{Authentication, Groups, Relationship},
    profile::Family,
    rfc8693::registered_blueprint,
};

/// A SPIFFE ID with a path: a workload's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpiffeId<'a> {
    /// The trust domain, lower case.
    pub trust_domain: &'a str,
    /// The path, without its first slash.
    pub path: &'a str,
}

impl<'a> SpiffeId<'a> {
    /// Reads `spiffe://<trust domain>/<path>` (SPIFFE-ID section 2): at most 2,048 bytes, a trust
    /// domain of at most 255 in `a-z 0-9 . - _`, a path whose segments are neither empty nor `.`
    /// or `..`, in `A-Z a-z 0-9 . - _`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (trust_domain, path) = text.strip_prefix("spiffe://")?.split_once('/')?;
        let domain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        let segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|byte| domain(byte) || byte.is_ascii_uppercase())
        };
        let sound = text.len() <= 2048
            && (1..=255).contains(&trust_domain.len())
            && trust_domain.bytes().all(domain)
            && path.split('/').all(segment);
        sound.then_some(Self { trust_domain, path })
    }
}

pub(crate) fn read(facts: &Facts<'_>, directory: &Directory) -> Result<Identity, IdentityError> {
    let claims = facts.claims;
    let subject = claims::id(claims, "sub")?
        .ok_or_else(|| IdentityError::SubjectMissing { wanted: "`sub`".to_owned() })?;
    let spiffe_id = SpiffeId::parse(subject).ok_or_else(|| {
        let wanted = "a workload's SPIFFE ID, `spiffe://<trust domain>/<path>`,";
        claims::malformed("sub", Quoted(subject).to_string(), wanted)
    })?;
    let kind = (PrincipalKind::Workload, Evidence::Claim);
    let mut actor = act::resolve(directory, facts.issuer_name, subject, kind)?;
    actor.display = Some(spiffe_id.path.to_owned());
    Ok(Identity {
        family: Family::Spiffe,
        issuer_name: facts.issuer_name.to_owned(),
        issuer: match claims.string("iss")? {
            Some(issuer) => issuer.to_owned(),
            None => format!("spiffe://{}", spiffe_id.trust_domain),
        },
        token_kind: TokenKind::AccessToken,
        mode: if actor.kind == PrincipalKind::Agent { Mode::Autonomous } else { Mode::App },
        subject: actor.clone(),
        blueprint: registered_blueprint(directory, &actor),
        actor,
        prior_actors: Vec::new(),
        tenant: None,
        relationship: Relationship::Unknown,
        scopes: BTreeSet::new(),
        roles: BTreeSet::new(),
        groups: Groups::NotGiven,
        authentication: Authentication::default(),
        capabilities: BTreeSet::new(),
        binding: claims::binding(claims)?,
        workload: None,
        token: claims::token_facts(claims, facts.header_type)?,
    })
}

#[cfg(test)]
mod tests {
    use super::SpiffeId;

    #[test]
    fn a_workload_id_has_a_trust_domain_and_a_path() {
        let id = SpiffeId::parse("spiffe://prod.example/ns/tools/sa/Search_1").unwrap();
        assert_eq!((id.trust_domain, id.path), ("prod.example", "ns/tools/sa/Search_1"));
    }

    #[test]
    fn other_texts_are_not_workload_ids() {
        for text in [
            "spiffe://prod.example",
            "spiffe://prod.example/",
            "spiffe:///workload",
            "spiffe://Prod.example/workload",
            "spiffe://prod.example:443/workload",
            "spiffe://user@prod.example/workload",
            "spiffe://prod.example/a//b",
            "spiffe://prod.example/a/../b",
            "spiffe://prod.example/workload/",
            "spiffe://prod.example/work%20load",
            "spiffe://prod.example/workload?x=1",
            "SPIFFE://prod.example/workload",
            "https://prod.example/workload",
        ] {
            assert_eq!(SpiffeId::parse(text), None, "{text}");
        }
        let long = format!("spiffe://prod.example/{}", "a".repeat(2048));
        assert_eq!(SpiffeId::parse(&long), None);
    }
}
