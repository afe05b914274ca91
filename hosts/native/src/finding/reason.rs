//! Stable codes of what `vicar doctor` and `vicar oidc publish --check` find.

use crate::failure::code::codes;

codes! {
    AUTHORITY_UNEXPECTED = "authority_unexpected",
        "What answers at the authority's address does not answer as the authority does.";
    AUTHORITY_UNREACHABLE = "authority_unreachable",
        "The authority, of which tokens are asked, cannot be reached from here.";
    BUNDLE_UNNAMED = "bundle_unnamed",
        "No bundle is named, so none was loaded.";
    BUNDLE_UNUSABLE = "bundle_unusable",
        "The bundle does not load.";
    CERTIFICATE_EXPIRED = "certificate_expired",
        "The certificate's time has run out or has not come.";
    CERTIFICATE_EXPIRES_SOON = "certificate_expires_soon",
        "The certificate's time runs out within a month.";
    CERTIFICATE_UNREADABLE = "certificate_unreadable",
        "The certificate cannot be read.";
    CHAINED_FEDERATION = "chained_federation",
        "The credential was itself obtained through a federated credential, or may be.";
    CLOCK_DIFFERS = "clock_differs",
        "This machine's clock differs from the authority's.";
    CLOCK_UNKNOWN = "clock_unknown",
        "No server told the time, so the clock was not compared.";
    CONFIGURATION_DOUBTFUL = "configuration_doubtful",
        "The sidecar starts with this configuration, but perhaps not as it is meant.";
    CONFIGURATION_UNSET = "configuration_unset",
        "None of the sidecar's variables is set here.";
    CONFIGURATION_WRONG = "configuration_wrong",
        "The sidecar does not start with this configuration.";
    CREDENTIAL_UNSAFE = "credential_unsafe",
        "The credential is a client secret, which whoever copies it can use.";
    EXCHANGE_NOT_ASKED = "exchange_not_asked",
        "No token was asked for, so it is not known whether the authority gives one.";
    FEDERATED_AUDIENCE_DIFFERS = "federated_audience_differs",
        "The token's `aud` is not the federated credential's audience, letter for letter.";
    FEDERATED_CREDENTIAL_UNNAMED = "federated_credential_unnamed",
        "The federated credential's values were not given, so the token was compared with none.";
    FEDERATED_ISSUER_DIFFERS = "federated_issuer_differs",
        "The token's `iss` is not the federated credential's issuer, letter for letter.";
    FEDERATED_SUBJECT_DIFFERS = "federated_subject_differs",
        "The token's `sub` is not the federated credential's subject, letter for letter.";
    ISSUER_DOCUMENT_DIFFERS = "issuer_document_differs",
        "The published discovery document is another issuer's.";
    ISSUER_DOCUMENT_MALFORMED = "issuer_document_malformed",
        "A published document is not what it has to be.";
    ISSUER_INTERNAL = "issuer_internal",
        "The issuer's address leads nowhere on the internet, where it has to be fetched from.";
    ISSUER_UNREACHABLE = "issuer_unreachable",
        "A document of the issuer cannot be fetched from here.";
    ISSUER_UNSUITABLE = "issuer_unsuitable",
        "The issuer is not an https address that documents can stand below.";
    KEY_DIFFERS = "key_differs",
        "A published key has the name of one of the cluster's, but other numbers.";
    KEY_EXPOSED = "key_exposed",
        "A private or symmetric key is published: everybody can make tokens with it.";
    KEY_NOT_PUBLISHED = "key_not_published",
        "The key that signs tokens is not among the published ones.";
    KEY_PUBLISHED_UNSOUND = "key_published_unsound",
        "Among the published keys is one that no token is checked with.";
    KEY_RETIRED = "key_retired",
        "A key is published that the cluster no longer has.";
    NOT_APPLICABLE = "not_applicable",
        "The set-up does not have what this check looks at.";
    OFFLINE = "offline",
        "Nothing was fetched, as asked.";
    PREREQUISITE_FAILED = "prerequisite_failed",
        "Another check found that there is nothing to look at.";
    SIDECAR_NOT_READY_YET = "sidecar_not_ready_yet",
        "The sidecar runs but is not ready.";
    SIDECAR_SILENT = "sidecar_silent",
        "No sidecar answers where this configuration has it listen.";
    TENANT_UNKNOWN = "tenant_unknown",
        "The authority does not know the tenant.";
    TOKEN_ALGORITHM_UNSUITABLE = "token_algorithm_unsuitable",
        "The token is not signed with RS256, the only algorithm taken for federation.";
    TOKEN_FILE_EXPIRED = "token_file_expired",
        "The time of the token in the file has run out or has not come.";
    TOKEN_FILE_MALFORMED = "token_file_malformed",
        "The file does not hold a token.";
    TOKEN_FILE_MISSING = "token_file_missing",
        "The token's file is not there.";
    TOKEN_FILE_STALE = "token_file_stale",
        "The token in the file should have been renewed by now.";
    TOKEN_FILE_UNREADABLE = "token_file_unreadable",
        "The token's file is there but cannot be read.";
    TOKEN_LIFETIME_UNBOUNDED = "token_lifetime_unbounded",
        "The token has no end: it is a legacy one, from a Secret.";
    TOKEN_SIGNATURE_WRONG = "token_signature_wrong",
        "The token's signature is not that of the published key of this name.";
    TOKEN_SUBJECT_UNSUITABLE = "token_subject_unsuitable",
        "The token does not speak of a service account.";
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::reasons_page;

    #[test]
    fn the_reasons_page_lists_exactly_these_codes() {
        assert_eq!(reasons_page::codes("## The doctor"), ALL);
    }
}
