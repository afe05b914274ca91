//! Stable codes of the command line's own errors; the core's reasons come on top.

/// Declares the codes and [`ALL`] from one table, so that none can be missing there.
macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: &str = $code;
        )+

        /// Every code, sorted.
        pub const ALL: &[&str] = &[$($name),+];
    };
}
pub(crate) use codes;

codes! {
    ADDRESS_REFUSED = "address_refused",
        "An address of keys is not one that Vicar fetches from.";
    BUNDLE_SOURCE_INVALID = "bundle_source_invalid",
        "The bundle folder does not build; each problem follows with file, line and column.";
    BUNDLE_TESTS_FAILED = "bundle_tests_failed",
        "The bundle's own tests fail, so no file was written.";
    CERTIFICATES_UNUSABLE = "certificates_unusable",
        "The file of `--ca` or `--certificate` holds no certificate.";
    CLAIM_CHANGE_MALFORMED = "claim_change_malformed",
        "`--set` names no claim.";
    CLAIMS_MALFORMED = "claims_malformed",
        "Header or claims to sign are not a JSON object with unique members.";
    CLUSTER_DOCUMENTS_REFUSED = "cluster_documents_refused",
        "The cluster's documents must not be published, or not under this issuer.";
    CONFIGURATION_UNUSABLE = "configuration_unusable",
        "The sidecar's configuration lacks something or cannot be used; each key follows.";
    DOCUMENT_UNAVAILABLE = "document_unavailable",
        "A document cannot be fetched.";
    ENGINE_DEADLINE = "engine_deadline",
        "The guest took longer than its limit and was stopped.";
    ENGINE_MEMORY = "engine_memory",
        "The guest wanted more memory than its limit and was stopped.";
    ENGINE_UNUSABLE = "engine_unusable",
        "The component does not fit this machine or build.";
    FEDERATED_CREDENTIAL_MALFORMED = "federated_credential_malformed",
        "The file of `--federated-credential` is not one that the directory gives.";
    FILE_UNUSABLE = "file_unusable",
        "A file cannot be read or written.";
    INPUT_EMPTY = "input_empty",
        "There is no token in the input.";
    INPUT_NOT_UTF8 = "input_not_utf8",
        "The input is not UTF-8 text.";
    INPUT_TOO_LARGE = "input_too_large",
        "The input is larger than any that is read.";
    ISSUER_MISSING = "issuer_missing",
        "The issuer is not named.";
    ISSUER_REFUSED = "issuer_refused",
        "`--issuer` is not an https address that documents can stand below.";
    ISSUER_UNKNOWN = "issuer_unknown",
        "The bundle has no such issuer, or more than one to choose from.";
    JSON_MALFORMED = "json_malformed",
        "A document is not the JSON that it should be.";
    JUNIT_UNUSABLE = "junit_unusable",
        "The JUnit report cannot be written as XML.";
    KEYS_INLINE = "keys_inline",
        "The bundle holds the keys itself; there is nothing to fetch.";
    KEYS_ISSUER_UNKNOWN = "keys_issuer_unknown",
        "`--keys` names an issuer that the bundle does not have.";
    KEYS_MALFORMED = "keys_malformed",
        "The document is not a JWK set.";
    KEYS_MISSING = "keys_missing",
        "Nothing says where keys come from.";
    KEYS_UNUSABLE = "keys_unusable",
        "The key set is not taken.";
    LAB_UNUSABLE = "lab_unusable",
        "The lab does not start: its directory, its addresses or its folder.";
    LISTEN_FAILED = "listen_failed",
        "The sidecar cannot listen on its address.";
    MINT_REFUSED = "mint_refused",
        "There is no such test key or kind of damage.";
    PRIVATE_KEY_UNUSABLE = "private_key_unusable",
        "The file of `--private-key` holds no RSA key.";
    RANDOMNESS_UNAVAILABLE = "randomness_unavailable",
        "The system gives no random numbers.";
    REQUEST_MALFORMED = "request_malformed",
        "The request cannot be read.";
    RUNTIME_UNUSABLE = "runtime_unusable",
        "This machine does not give what work on the network needs.";
    TEST_KEY_UNUSABLE = "test_key_unusable",
        "A built-in test key cannot be used.";
    TESTS_MISSING = "tests_missing",
        "The bundle has no test to run.";
    TIME_MALFORMED = "time_malformed",
        "`--now` is not a time.";
    TLS_UNUSABLE = "tls_unusable",
        "HTTPS is not available.";
    TRUST_UNUSABLE = "trust_unusable",
        "What the options say of the issuer is not a sound rule of trust.";
    USAGE_MALFORMED = "usage_malformed",
        "The arguments are not understood; told only with `--json`, else in words.";
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::reasons_page;

    #[test]
    fn the_reasons_page_lists_exactly_these_codes() {
        assert_eq!(reasons_page::codes("## The command line"), ALL);
    }
}
