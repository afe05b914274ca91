//! The sidecar's configuration, as this process's environment has it.

use vicar_exchange::Credential;

use crate::{
    finding::{Finding, reason},
    serve::{Configuration, Variables, configuration::SECRET_WARNING},
};

pub(super) const CONFIGURATION: &str = "configuration";
pub(super) const CREDENTIAL: &str = "credential";

/// Reads the configuration as `vicar serve` does. `policies` says whether those of a bundle decide
/// who may be given tokens. `needed` is false where the token to look at was named, so that the
/// doctor has work without a configuration.
pub(super) fn check(
    variables: &Variables,
    policies: bool,
    needed: bool,
) -> (Vec<Finding>, Option<Configuration>) {
    if variables.is_empty() {
        let seen = "none of the sidecar's variables is set here";
        let unset = reason::CONFIGURATION_UNSET;
        let finding = match needed {
            true => {
                Finding::failed(CONFIGURATION, unset, seen, "`AzureAd__TenantId` and so on", RUN)
            }
            false => Finding::not_checked(CONFIGURATION, unset, seen, RUN),
        };
        return (vec![finding], None);
    }
    let workload_identity = variables.get(FEDERATED_TOKEN_FILE).is_some();
    let configuration = match Configuration::read(variables) {
        Ok(configuration) => configuration,
        Err(problems) => {
            let findings = problems.iter().map(|problem| {
                Finding::failed(
                    CONFIGURATION,
                    reason::CONFIGURATION_WRONG,
                    format!("`{}` is {}", problem.key, problem.seen),
                    problem.wanted.as_str(),
                    "set it as docs/sidecar-compatibility.md has it",
                )
            });
            return (findings.collect(), None);
        }
    };
    let doubts = configuration.warnings.iter().filter(|warning| *warning != SECRET_WARNING);
    let mut findings: Vec<Finding> = doubts
        .map(|warning| {
            Finding::warning(
                CONFIGURATION,
                reason::CONFIGURATION_DOUBTFUL,
                warning.as_str(),
                "a configuration of which the sidecar has nothing to say",
                "see docs/sidecar-compatibility.md, which has every key",
            )
        })
        .collect();
    if !policies && !configuration.lists_agents() {
        findings.push(Finding::warning(
            CONFIGURATION,
            reason::CONFIGURATION_DOUBTFUL,
            "nobody may be given a token",
            "app ids in `Vicar__AllowedAgents__0`, or policies of a bundle that permit it",
            "name the agents, or the bundle with `--bundle`",
        ));
    }
    if findings.is_empty() {
        let apis = configuration.apis.len();
        findings.push(Finding::ok(CONFIGURATION, format!("the sidecar starts; {apis} APIs")));
    }
    findings.push(credential(&configuration.entra.credential, workload_identity));
    (findings, Some(configuration))
}

fn credential(credential: &Credential, workload_identity: bool) -> Finding {
    match credential {
        Credential::Certificate { .. } => Finding::ok(CREDENTIAL, "a certificate"),
        Credential::ManagedIdentity { .. } if workload_identity => Finding::warning(
            CREDENTIAL,
            reason::CHAINED_FEDERATION,
            format!(
                "a managed identity, in a pod with workload identity (`{FEDERATED_TOKEN_FILE}`)"
            ),
            "no federated credential behind another: Entra refuses a chain (AADSTS700231)",
            "trust the service account on the blueprint itself: source type \
             `SignedAssertionFilePath`",
        ),
        Credential::ManagedIdentity { .. } => Finding::ok(CREDENTIAL, "a managed identity"),
        Credential::Public => Finding::ok(CREDENTIAL, "none: a public client"),
        Credential::ServiceAccountToken { .. } => {
            Finding::ok(CREDENTIAL, "a projected service-account token")
        }
        Credential::UnsafeSecret { .. } => Finding::warning(
            CREDENTIAL,
            reason::CREDENTIAL_UNSAFE,
            "a client secret",
            "a credential that cannot be copied",
            "federate the pod's service account: source type `SignedAssertionFilePath`",
        ),
    }
}

const RUN: &str = "run it where the sidecar runs, for example with `kubectl exec`";

/// What the workload identity webhook of AKS sets.
pub(super) const FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn variables(more: &[(&str, &str)]) -> Variables {
        let usual = [
            ("AzureAd__TenantId", "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901"),
            ("AzureAd__ClientId", "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a"),
            ("AzureAd__ClientCredentials__0__SourceType", "SignedAssertionFilePath"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/tokens/azure-identity-token"),
            ("Vicar__AllowedAgents__0", "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b"),
        ];
        let pairs = usual.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        Variables::new(
            pairs.chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    fn found(more: &[(&str, &str)]) -> Vec<(Outcome, String)> {
        let (findings, _) = check(&variables(more), false, true);
        let told = |finding: Finding| {
            let reason = finding.reason.map(String::from).unwrap_or_default();
            assert!(!finding.seen.contains("hunter2"), "{}", finding.seen);
            (finding.outcome, reason)
        };
        findings.into_iter().map(told).collect()
    }

    #[test]
    fn configurations_are_read_as_the_sidecar_reads_them() {
        let ok = || (Outcome::Ok, String::new());
        let warning = |reason: &str| (Outcome::Warning, reason.to_owned());
        let failed = |reason: &str| (Outcome::Failed, reason.to_owned());
        assert_eq!(found(&[]), [ok(), ok()]);
        let doubtful = [("Vicar__AllowedAgent", "x"), ("Vicar__AllowedAgents__0", "")];
        assert_eq!(
            found(&doubtful),
            [warning("configuration_doubtful"), warning("configuration_doubtful"), ok()]
        );
        let secret = [
            ("AzureAd__ClientCredentials__0__SourceType", "ClientSecret"),
            ("AzureAd__ClientCredentials__0__ClientSecret", "hunter2"),
            ("AZURE_FEDERATED_TOKEN_FILE", ""),
        ];
        assert_eq!(found(&secret), [ok(), warning("credential_unsafe")]);
        let chained =
            [("AzureAd__ClientCredentials__0__SourceType", "SignedAssertionFromManagedIdentity")];
        assert_eq!(found(&chained), [ok(), warning("chained_federation")]);
        let wrong = [("AzureAd__TenantId", "common"), ("AzureAd__ClientId", "")];
        assert_eq!(found(&wrong), [failed("configuration_wrong"), failed("configuration_wrong")]);
    }

    #[test]
    fn nothing_set_is_a_fault_unless_there_is_other_work() {
        let none = Variables::new([]);
        let outcome = |needed| check(&none, false, needed).0.first().map(|finding| finding.outcome);
        assert_eq!(outcome(true), Some(Outcome::Failed));
        assert_eq!(outcome(false), Some(Outcome::NotChecked));
    }
}
