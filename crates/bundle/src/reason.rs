//! Reason codes of this crate. A gateway without a bundle cannot answer for anyone: 503.

vicar_token::reasons! {
    BUNDLE_DIGEST_MISMATCH, "bundle_digest_mismatch", 503,
        "the bundle's contents do not have the digest that the file states";
    BUNDLE_INVALID, "bundle_invalid", 503,
        "the bundle's contents break a rule, for example a name that stands twice";
    BUNDLE_MALFORMED, "bundle_malformed", 503,
        "the file is not a Vicar bundle, or a member is missing, unknown or of a wrong type";
    BUNDLE_NOT_CANONICAL, "bundle_not_canonical", 503,
        "the bundle's bytes are not the canonical form that `vicar bundle build` writes";
    BUNDLE_PROGRAM_INVALID, "bundle_program_invalid", 503,
        "the policy program inside the bundle is damaged or of another version";
    BUNDLE_TOO_LARGE, "bundle_too_large", 503,
        "the bundle is longer than 16 MiB";
    BUNDLE_VERSION_UNSUPPORTED, "bundle_version_unsupported", 503,
        "the bundle is of a format version that this build of Vicar does not read";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
    }
}
