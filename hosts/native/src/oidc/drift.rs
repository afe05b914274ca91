//! What is hosted beside what the cluster has.

use vicar_token::quote::Quoted;

use super::{Discovery, HostedKeys, Publication, difference};
use crate::finding::{Finding, reason};

/// The check of the hosted discovery document.
pub const HOSTED_CONFIGURATION: &str = "hosted_configuration";

/// The checks of the hosted key set.
pub const HOSTED_KEYS: &str = "hosted_keys";

/// Compares what is hosted with what the cluster has: keys that are missing refuse tokens, keys
/// that are too many accept them.
pub fn drift(cluster: &Publication, discovery: &Discovery, hosted: &HostedKeys) -> Vec<Finding> {
    let mut findings = vec![configuration(cluster, discovery)];
    for key in cluster.keys().iter() {
        let name = Quoted(&key.key_id);
        let mut of_name =
            hosted.set.keys.iter().filter(|it| it.key_id.as_deref() == Some(key.key_id.as_str()));
        findings.push(match (of_name.next(), of_name.next()) {
            (Some(one), None) if one.key == key.key => {
                Finding::ok(HOSTED_KEYS, format!("the key {name} is hosted"))
            }
            (Some(_), _) => Finding::failed(
                HOSTED_KEYS,
                reason::KEY_DIFFERS,
                format!("what is hosted as {name} is not the cluster's key of this name"),
                "one key of this name, with the cluster's numbers",
                UPLOAD,
            ),
            (None, _) => Finding::failed(
                HOSTED_KEYS,
                reason::KEY_NOT_PUBLISHED,
                format!("the cluster's key {name} is not hosted"),
                "every key of the cluster: tokens signed with this one are refused (AADSTS7000272)",
                UPLOAD,
            ),
        });
    }
    let is_the_clusters = |name: &str| cluster.keys().iter().any(|key| key.key_id == name);
    for key in &hosted.set.keys {
        let name = key.key_id.as_deref().unwrap_or_default();
        if !is_the_clusters(name) {
            findings.push(Finding::warning(
                HOSTED_KEYS,
                reason::KEY_RETIRED,
                format!("{} is hosted, but the cluster has no such key", Quoted(name)),
                "no key beyond the cluster's: whoever has this one's private part still makes \
                 tokens that are accepted",
                UPLOAD,
            ));
        }
    }
    findings.extend(unsound(HOSTED_KEYS, hosted));
    findings
}

fn configuration(cluster: &Publication, discovery: &Discovery) -> Finding {
    let (seen, wanted) = (discovery.issuer.as_str(), cluster.issuer().as_str());
    if seen == wanted {
        let seen = format!("the hosted document is {}'s", Quoted(wanted));
        return Finding::ok(HOSTED_CONFIGURATION, seen);
    }
    let nearly = difference(seen, wanted).map(|told| format!(" ({told})")).unwrap_or_default();
    Finding::failed(
        HOSTED_CONFIGURATION,
        reason::ISSUER_DOCUMENT_DIFFERS,
        format!("the hosted document's `issuer` is {}{nearly}", Quoted(seen)),
        format!("{}, letter for letter", Quoted(wanted)),
        UPLOAD,
    )
}

/// Published keys that should not be there; private ones are the worst of them.
pub fn unsound(check: &'static str, published: &HostedKeys) -> Option<Finding> {
    if let Some(name) = published.exposed.first() {
        return Some(Finding::failed(
            check,
            reason::KEY_EXPOSED,
            format!("the published key {} holds private members", Quoted(name)),
            "public numbers only",
            "take it away and replace the cluster's signing key: whoever read the document can \
             make tokens",
        ));
    }
    let skipped = published.set.skipped.first()?;
    let more = match published.set.skipped.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let name = Quoted(skipped.key_id.as_deref().unwrap_or_default());
    Some(Finding::warning(
        check,
        reason::KEY_PUBLISHED_UNSOUND,
        format!("the published key {name}{more} is of no use: {}", skipped.why),
        "public RSA or EC keys for signatures, each with a `kid`",
        "publish those keys only",
    ))
}

const UPLOAD: &str = "write the documents again with `vicar oidc publish` and upload both";
