//! Everything about the token in a file, and about what its issuer publishes.

use std::path::Path;

use vicar_keys::Address;

use super::{
    OFFLINE, ONLINE,
    federated_credential::FederatedCredential,
    issuer_documents::{self, ISSUER_CONFIGURATION, ISSUER_KEYS, TOKEN_SIGNATURE},
    prerequisite, token_checks, token_file,
};
use crate::{
    failure::{Failure, code},
    finding::{Finding, reason},
    http::{Carrier, block_on, unix_now},
    oidc::{CONFIGURATION_PATH, Issuer},
};

/// Looks at the token in `file`; nothing is fetched without a `carrier`. `audience` is the cloud's
/// exchange audience.
pub(super) fn check(
    file: &Path,
    expected: &[FederatedCredential],
    audience: &str,
    carrier: Option<&Carrier>,
) -> Result<Vec<Finding>, Failure> {
    let text = match token_file::read(file) {
        Ok(text) => text,
        Err(finding) => return Ok(without_contents(finding)),
    };
    let (found, token, facts) = match token_file::parse(file, &text) {
        Ok(parsed) => parsed,
        Err(finding) => return Ok(without_contents(finding)),
    };
    let nearest = FederatedCredential::nearest(expected, &facts);
    let mut findings = vec![found];
    findings.extend(token_checks::check(&facts, nearest, audience, unix_now()));
    // Entra asks the federated credential's issuer; the token's stands in where that is not known.
    let named = nearest.and_then(|credential| credential.issuer.as_deref());
    let Some(Ok(issuer)) = named.or(facts.issuer.as_deref()).map(Issuer::parse) else {
        let why = "there is no issuer that can be asked";
        let remedy = "mend what `token_issuer` found";
        findings.extend(issuer_documents::not_checked(reason::PREREQUISITE_FAILED, why, remedy));
        return Ok(findings);
    };
    let Some(carrier) = carrier else {
        findings.extend(issuer_documents::not_checked(reason::OFFLINE, OFFLINE, ONLINE));
        return Ok(findings);
    };
    let address = Address::https(&issuer.address_of(CONFIGURATION_PATH))
        .map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))?;
    findings.extend(block_on(async {
        let answer = carrier.document(&address, None).await;
        let (found, keys) = issuer_documents::configuration(&answer, &issuer);
        let mut findings = vec![found];
        findings.extend(match keys {
            Some(keys) => {
                let answer = carrier.document(&keys, None).await;
                issuer_documents::keys(&answer, &token, &facts)
            }
            None => issuer_documents::no_address(),
        });
        findings
    })?);
    Ok(findings)
}

/// What is said where the credential is not a token in a file.
pub(super) fn without_object() -> Vec<Finding> {
    let why = "the credential is no token in a file";
    std::iter::once(token_file::TOKEN_FILE)
        .chain(CONTENTS)
        .map(|check| Finding::without_object(check, why))
        .collect()
}

/// What is said where the credential is not known.
pub(super) fn without_configuration() -> Vec<Finding> {
    std::iter::once(token_file::TOKEN_FILE)
        .chain(CONTENTS)
        .map(|check| prerequisite(check, "mend what `configuration` found, or name `--token-file`"))
        .collect()
}

/// What is said of a token's contents where there is no token.
fn without_contents(finding: Finding) -> Vec<Finding> {
    let mut findings = vec![finding];
    findings.extend(CONTENTS.map(|check| prerequisite(check, "mend what `token_file` found")));
    findings
}

/// Everything that needs a token.
const CONTENTS: [&str; 10] = [
    token_checks::TOKEN_TIME,
    token_checks::TOKEN_ALGORITHM,
    token_checks::TOKEN_ISSUER,
    token_checks::TOKEN_SUBJECT,
    token_checks::TOKEN_AUDIENCE,
    token_checks::TOKEN_ORIGIN,
    token_checks::FEDERATED_CREDENTIAL,
    ISSUER_CONFIGURATION,
    ISSUER_KEYS,
    TOKEN_SIGNATURE,
];
