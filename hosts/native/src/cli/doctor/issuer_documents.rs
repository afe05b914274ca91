//! What the token's issuer publishes, as Entra would fetch it.

use vicar_keys::{Address, FetchFailure};
use vicar_token::{SignatureVerifier, Unverified, quote::Quoted};

use super::token_facts::TokenFacts;
use crate::{
    finding::{Finding, reason},
    http::Document,
    oidc::{Discovery, DocumentError, HostedKeys, Issuer, difference, unsound},
    verifier::AwsLc,
};

pub(super) const ISSUER_CONFIGURATION: &str = "issuer_configuration";
pub(super) const ISSUER_KEYS: &str = "issuer_keys";
pub(super) const TOKEN_SIGNATURE: &str = "token_signature";

/// The discovery document: it is there, it is the issuer's, and names where the keys are.
pub(super) fn configuration(
    answer: &Result<Document, FetchFailure>,
    issuer: &Issuer,
) -> (Finding, Option<Address>) {
    let body = match body(ISSUER_CONFIGURATION, answer, "discovery document") {
        Ok(body) => body,
        Err(finding) => return (finding, None),
    };
    let discovery = match Discovery::parse(body) {
        Ok(discovery) => discovery,
        Err(error) => return (malformed(ISSUER_CONFIGURATION, &error), None),
    };
    let (seen, wanted) = (discovery.issuer.as_str(), issuer.as_str());
    if seen != wanted {
        let nearly = difference(seen, wanted).map(|told| format!(" ({told})")).unwrap_or_default();
        let finding = Finding::failed(
            ISSUER_CONFIGURATION,
            reason::ISSUER_DOCUMENT_DIFFERS,
            format!("its `issuer` is {}{nearly}", Quoted(seen)),
            format!("{}, letter for letter as in the token", Quoted(wanted)),
            PUBLISH,
        );
        return (finding, None);
    }
    match Address::https(&discovery.jwks_uri) {
        Ok(address) => {
            let seen = format!("it is the issuer's; the keys are at {}", Quoted(address.as_str()));
            (Finding::ok(ISSUER_CONFIGURATION, seen), Some(address))
        }
        Err(error) => {
            let finding = Finding::failed(
                ISSUER_CONFIGURATION,
                reason::ISSUER_DOCUMENT_MALFORMED,
                format!("its `jwks_uri` is refused: {error}"),
                "an https address on the internet",
                PUBLISH,
            );
            (finding, None)
        }
    }
}

/// The key set: it holds the token's key, nothing private, and the token is signed with that key.
pub(super) fn keys(
    answer: &Result<Document, FetchFailure>,
    token: &Unverified<'_>,
    facts: &TokenFacts,
) -> Vec<Finding> {
    let hosted = match body(ISSUER_KEYS, answer, "key set")
        .and_then(|body| HostedKeys::parse(body).map_err(|error| malformed(ISSUER_KEYS, &error)))
    {
        Ok(hosted) => hosted,
        Err(finding) => return vec![finding, no_key()],
    };
    let mut findings: Vec<Finding> = unsound(ISSUER_KEYS, &hosted).into_iter().collect();
    let name = facts.key_id.as_deref().unwrap_or_default();
    let key = hosted.set.keys.iter().find(|key| key.key_id.as_deref() == Some(name));
    let Some(key) = key.filter(|_| facts.key_id.is_some()) else {
        let published: Vec<&str> =
            hosted.set.keys.iter().filter_map(|key| key.key_id.as_deref()).collect();
        findings.push(Finding::failed(
            ISSUER_KEYS,
            reason::KEY_NOT_PUBLISHED,
            format!(
                "the token's key {} is not published, but {}",
                Quoted(name),
                vicar_token::quote::AllOf(&published)
            ),
            "the key that the cluster signs with (else AADSTS7000272)",
            PUBLISH,
        ));
        findings.push(no_key());
        return findings;
    };
    findings
        .push(Finding::ok(ISSUER_KEYS, format!("the token's key {} is published", Quoted(name))));
    let algorithm = vicar_token::Algorithm::from_name(&facts.algorithm)
        .filter(|algorithm| key.allows(*algorithm));
    let prepared = algorithm.and_then(|algorithm| AwsLc.prepare(algorithm, &key.key).ok());
    let input = token.signing_input().as_bytes();
    let good = prepared.is_some_and(|key| AwsLc.verify(&key, input, token.signature()));
    findings.push(if good {
        Finding::ok(TOKEN_SIGNATURE, "the token is signed with the published key")
    } else {
        Finding::failed(
            TOKEN_SIGNATURE,
            reason::TOKEN_SIGNATURE_WRONG,
            format!("the token is not signed with what is published as {}", Quoted(name)),
            "the cluster's key under its own name (else AADSTS700027)",
            PUBLISH,
        )
    });
    findings
}

/// What is said of documents that nobody looked for.
pub(super) fn not_checked(reason: &'static str, why: &str, remedy: &str) -> Vec<Finding> {
    [ISSUER_CONFIGURATION, ISSUER_KEYS, TOKEN_SIGNATURE]
        .into_iter()
        .map(|check| Finding::not_checked(check, reason, why, remedy))
        .collect()
}

/// What is said of keys whose address is not known.
pub(super) fn no_address() -> Vec<Finding> {
    [ISSUER_KEYS, TOKEN_SIGNATURE].into_iter().map(prerequisite).collect()
}

fn no_key() -> Finding {
    prerequisite(TOKEN_SIGNATURE)
}

fn prerequisite(check: &'static str) -> Finding {
    Finding::not_checked(
        check,
        reason::PREREQUISITE_FAILED,
        "there is nothing to look at",
        "mend what `issuer_configuration` and `issuer_keys` found",
    )
}

fn body<'a>(
    check: &'static str,
    answer: &'a Result<Document, FetchFailure>,
    what: &str,
) -> Result<&'a [u8], Finding> {
    let unreachable = |seen: String| {
        Finding::failed(
            check,
            reason::ISSUER_UNREACHABLE,
            seen,
            format!("status 200 and the {what}, to anybody on the internet"),
            "host the documents at the issuer's address (`vicar oidc publish`); `--ca` names other \
             certificate authorities",
        )
    };
    match answer {
        Ok(document) if document.status == 200 => Ok(&document.body),
        Ok(document) => Err(unreachable(format!("the answer has status {}", document.status))),
        Err(why) => Err(unreachable(why.to_string())),
    }
}

fn malformed(check: &'static str, error: &DocumentError) -> Finding {
    Finding::failed(
        check,
        reason::ISSUER_DOCUMENT_MALFORMED,
        error.to_string(),
        "the document that the API server has",
        PUBLISH,
    )
}

const PUBLISH: &str = "publish the cluster's documents anew (`vicar oidc publish`)";
