//! Kubernetes service-account tokens, bound (`kubernetes.io`) and legacy (flat
//! `kubernetes.io/serviceaccount/…` keys).
//!
//! The id is the whole `sub`, unique in its cluster; the realm is the cluster's issuer (domain
//! case 64).

use std::collections::BTreeSet;

use vicar_token::{Object, quote::Quoted};

use crate::{
    Contradiction, Directory, Evidence, Facts, Identity, IdentityError, Mode, PrincipalKind,
    TokenKind, act, claims,
    identity::{Authentication, Groups, Relationship, Workload},
    profile::Family,
    rfc8693::registered_blueprint,
};

const SUBJECT: &str = "system:serviceaccount:";

pub(crate) fn read(facts: &Facts<'_>, directory: &Directory) -> Result<Identity, IdentityError> {
    let claims = facts.claims;
    let subject = claims::id(claims, "sub")?
        .ok_or_else(|| IdentityError::SubjectMissing { wanted: "`sub`".to_owned() })?;
    let (namespace, name) = account(subject)?;
    let workload = match claims.object("kubernetes.io")? {
        Some(bound) => bound_account(bound)?,
        None => legacy_account(claims)?,
    };
    if workload.namespace != namespace || workload.service_account != name {
        return Err(IdentityError::Inconsistent(Contradiction::KubernetesSubjectDiffers));
    }
    let kind = (PrincipalKind::Workload, Evidence::Claim);
    let mut actor = act::resolve(directory, facts.issuer_name, subject, kind)?;
    actor.display = Some(format!("{namespace}/{name}"));
    Ok(Identity {
        family: Family::Kubernetes,
        issuer_name: facts.issuer_name.to_owned(),
        issuer: claims.string("iss")?.unwrap_or_default().to_owned(),
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
        workload: Some(workload),
        token: claims::token_facts(claims, facts.header_type)?,
    })
}

/// Namespace and name in `system:serviceaccount:<namespace>:<name>`.
fn account(subject: &str) -> Result<(&str, &str), IdentityError> {
    let parts = subject.strip_prefix(SUBJECT).and_then(|rest| rest.split_once(':'));
    match parts {
        Some((namespace, name)) if is_dns_label(namespace) && is_dns_name(name) => {
            Ok((namespace, name))
        }
        _ => {
            let wanted = "`system:serviceaccount:<namespace>:<name>`";
            Err(claims::malformed("sub", Quoted(subject).to_string(), wanted))
        }
    }
}

/// RFC 1123 label, as Kubernetes names namespaces.
fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_name(text) && !text.contains('.')
}

/// RFC 1123 subdomain, as Kubernetes names service accounts.
fn is_dns_name(text: &str) -> bool {
    let letter = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn bound_account(bound: &Object) -> Result<Workload, IdentityError> {
    let account = bound.object("serviceaccount")?;
    let member = |object: Option<&Object>, name: &str| -> Result<Option<String>, IdentityError> {
        match object {
            Some(object) => Ok(object.string(name)?.map(str::to_owned)),
            None => Ok(None),
        }
    };
    Ok(Workload {
        namespace: required(bound.string("namespace")?, "kubernetes.io.namespace")?,
        service_account: required(
            member(account, "name")?.as_deref(),
            "kubernetes.io.serviceaccount.name",
        )?,
        service_account_uid: member(account, "uid")?,
        pod: member(bound.object("pod")?, "name")?,
        node: member(bound.object("node")?, "name")?,
    })
}

fn legacy_account(claims: &Object) -> Result<Workload, IdentityError> {
    const NAMESPACE: &str = "kubernetes.io/serviceaccount/namespace";
    const NAME: &str = "kubernetes.io/serviceaccount/service-account.name";
    const UID: &str = "kubernetes.io/serviceaccount/service-account.uid";
    if !claims.contains(NAMESPACE) {
        return Err(claims::malformed("kubernetes.io", "absent", "an object"));
    }
    Ok(Workload {
        namespace: required(claims.string(NAMESPACE)?, NAMESPACE)?,
        service_account: required(claims.string(NAME)?, NAME)?,
        service_account_uid: claims.string(UID)?.map(str::to_owned),
        pod: None,
        node: None,
    })
}

fn required(text: Option<&str>, claim: &str) -> Result<String, IdentityError> {
    text.map(str::to_owned).ok_or_else(|| claims::malformed(claim, "absent", "a string"))
}
