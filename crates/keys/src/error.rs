//! What can go wrong, and who is at fault.

use crate::output::FetchFailure;

/// An address that keys are not fetched from. The operator's or the issuer's metadata's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not an absolute address of the accepted form.
    #[error("`{address}` is not an address: {why}")]
    Malformed {
        /// The beginning of what was given.
        address: String,
        /// What is wrong with it, in plain words.
        why: &'static str,
    },
    /// Another scheme than `https`.
    #[error("`{address}` is not an https address")]
    NotHttps {
        /// The beginning of what was given.
        address: String,
    },
    /// Longer than accepted.
    #[error("the address has {length} bytes, more than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The accepted length in bytes.
        limit: usize,
    },
}

/// Limits that contradict each other or the floor of the protocol. The operator's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` is {seen}, but must be {wanted}")]
pub struct LimitsError {
    /// The field of [`Limits`](crate::Limits).
    pub setting: &'static str,
    /// Its value.
    pub seen: u64,
    /// The condition it fails, in words.
    pub wanted: &'static str,
}

/// An issuer that cannot be watched. The operator's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The inline key set is unusable.
    #[error("the key set of issuer `{issuer}` cannot be used: {why}")]
    Inline {
        /// The bundle's name of the issuer.
        issuer: String,
        /// What is wrong with it.
        why: FetchError,
    },
    /// The issuer is watched already.
    #[error("issuer `{issuer}` is watched already")]
    Twice {
        /// The bundle's name of the issuer.
        issuer: String,
    },
}

/// Why a fetch brought no keys. The issuer's or the network's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The host could not carry the request out.
    #[error("{0}")]
    Carriage(FetchFailure),
    /// `jwks_uri` of the metadata is not an address to fetch from.
    #[error("the metadata's `jwks_uri` is refused: {0}")]
    JwksUri(AddressError),
    /// `jwks_uri` of the metadata leads to another host.
    #[error(
        "the metadata's `jwks_uri` leads from `{metadata}` to `{jwks_uri}`; if that is right, \
         name the key set's own address in the bundle"
    )]
    JwksUriElsewhere {
        /// Origin of the metadata.
        metadata: String,
        /// Origin of the key set it names.
        jwks_uri: String,
    },
    /// Not a JSON Web Key set.
    #[error("the key set cannot be read: {0}")]
    KeySet(String),
    /// Not a metadata document.
    #[error("the metadata cannot be read: {0}")]
    Metadata(String),
    /// `issuer` of the metadata is not the one expected (RFC 8414 section 3.3).
    #[error("the metadata speaks for issuer `{seen}`, wanted `{wanted}`")]
    MetadataIssuer {
        /// The beginning of the metadata's `issuer`.
        seen: String,
        /// The accepted issuers, joined by commas.
        wanted: String,
    },
    /// The set holds keys, but none that can verify a signature.
    #[error("the key set holds no key for signatures ({skipped} of other kinds)")]
    NoUsableKey {
        /// How many keys were left out.
        skipped: usize,
    },
    /// The host redirected; redirects are not followed.
    #[error("the answer is a redirect (status {0}), which is not followed")]
    Redirect(u16),
    /// The answer is not a success.
    #[error("the answer has status {0}, wanted 200")]
    Status(u16),
    /// The document is larger than accepted.
    #[error("the document has {length} bytes, more than {limit}")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
        /// The accepted length in bytes.
        limit: usize,
    },
    /// The set has more keys than accepted.
    #[error("the key set has {count} keys, more than {limit}")]
    TooManyKeys {
        /// How many it has.
        count: usize,
        /// How many are accepted.
        limit: usize,
    },
    /// No answer came before the request's deadline.
    #[error("no answer came in time")]
    Unanswered,
}

/// The beginning of untrusted text, escaped, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 120;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
