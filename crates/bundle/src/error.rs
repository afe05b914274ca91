//! Why a bundle was refused.

use vicar_token::Reason;

use crate::{Digest, bundle::LONGEST_BUNDLE, reason};

/// Why a bundle was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The contents were changed after the build, or the file was damaged on its way.
    #[error("the contents have the digest {computed}, but the file states {stated}")]
    DigestMismatch {
        /// What the file states.
        stated: Digest,
        /// What its contents have.
        computed: Digest,
    },
    /// A rule that the gate relies on is broken. `vicar bundle build` never writes such a file.
    #[error("{at}: {problem}")]
    Invalid {
        /// Where in the contents, for example `trust[0].algorithms`.
        at: String,
        /// What is wrong and what was wanted.
        problem: String,
    },
    /// The contents are not JSON of the format: a member is missing, unknown, or of a wrong type.
    #[error("the contents cannot be read: {0}")]
    Malformed(String),
    /// The bytes do not begin and end as a bundle does.
    #[error("not a bundle: expected a file that `vicar bundle build` wrote")]
    NotABundle,
    /// The contents say the same in other bytes: white space, other member order, a member given
    /// twice.
    #[error("the contents are not in canonical form: build the bundle again")]
    NotCanonical,
    /// The policy program is damaged.
    #[error("the policy program cannot be read: {0}")]
    Program(String),
    /// The file is too long.
    #[error("the bundle is {length} bytes long, at most {LONGEST_BUNDLE} are accepted")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Another version of the format.
    #[error("the bundle is of format version {found}, this build reads version 1")]
    VersionUnsupported {
        /// The version the file states.
        found: u32,
    },
}

impl BundleError {
    /// The stable reason code.
    pub const fn reason(&self) -> &'static Reason {
        match self {
            Self::DigestMismatch { .. } => &reason::BUNDLE_DIGEST_MISMATCH,
            Self::Invalid { .. } => &reason::BUNDLE_INVALID,
            Self::Malformed(_) | Self::NotABundle => &reason::BUNDLE_MALFORMED,
            Self::NotCanonical => &reason::BUNDLE_NOT_CANONICAL,
            Self::Program(_) => &reason::BUNDLE_PROGRAM_INVALID,
            Self::TooLarge { .. } => &reason::BUNDLE_TOO_LARGE,
            Self::VersionUnsupported { .. } => &reason::BUNDLE_VERSION_UNSUPPORTED,
        }
    }

    /// A broken rule at a place in the contents.
    pub(crate) fn invalid(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { at: at.into(), problem: problem.into() }
    }
}
