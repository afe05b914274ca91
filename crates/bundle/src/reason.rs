//! Reason codes of this crate. A gateway without a bundle cannot answer for anyone: 503.

use vicar_token::Reason;

/// The contents stand differently in the file than Vicar writes them.
pub const BUNDLE_NOT_CANONICAL: Reason = Reason {
    code: "bundle_not_canonical",
    status: 503,
    summary: "The bundle's bytes are not the canonical form that `vicar bundle build` writes.",
};

/// The contents do not have the digest that the file states.
pub const BUNDLE_DIGEST_MISMATCH: Reason = Reason {
    code: "bundle_digest_mismatch",
    status: 503,
    summary: "The bundle's contents do not have the digest that the file states.",
};

/// A promise that the gate relies on does not hold.
pub const BUNDLE_INVALID: Reason = Reason {
    code: "bundle_invalid",
    status: 503,
    summary: "The bundle's contents break a rule, for example a name that stands twice.",
};

/// The file is not a bundle, or its contents are not what the format says.
pub const BUNDLE_MALFORMED: Reason = Reason {
    code: "bundle_malformed",
    status: 503,
    summary: "The file is not a Vicar bundle, or a member is missing, unknown or of a wrong type.",
};

/// The policy program inside is broken.
pub const BUNDLE_PROGRAM_INVALID: Reason = Reason {
    code: "bundle_program_invalid",
    status: 503,
    summary: "The policy program inside the bundle is damaged or of another version.",
};

/// The file is longer than [`crate::bundle::LONGEST_BUNDLE`].
pub const BUNDLE_TOO_LARGE: Reason =
    Reason { code: "bundle_too_large", status: 503, summary: "The bundle is longer than 16 MiB." };

/// The file is of a format version that this build does not read.
pub const BUNDLE_VERSION_UNSUPPORTED: Reason = Reason {
    code: "bundle_version_unsupported",
    status: 503,
    summary: "The bundle is of a format version that this build of Vicar does not read.",
};

/// All of this crate's reasons, sorted by code.
pub const ALL: [&Reason; 7] = [
    &BUNDLE_DIGEST_MISMATCH,
    &BUNDLE_INVALID,
    &BUNDLE_MALFORMED,
    &BUNDLE_NOT_CANONICAL,
    &BUNDLE_PROGRAM_INVALID,
    &BUNDLE_TOO_LARGE,
    &BUNDLE_VERSION_UNSUPPORTED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
    }
}
