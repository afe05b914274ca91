//! What can go wrong with a test token.

use vicar_token::Algorithm;

/// Why no test token was made. The caller's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// No such damage.
    #[error("`{0}` is not a kind of damage")]
    Damage(String),
    /// A header or claims document is not a JSON object with unique members.
    #[error("the {part} are not a JSON object: {why}")]
    Document {
        /// `header` or `claims`.
        part: &'static str,
        /// What the JSON parser says.
        why: String,
    },
    /// A built-in key could not be used: a fault of the build, not of the input.
    #[error("the built-in test key for {} cannot be used: {why}", .algorithm.name())]
    Key {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What the signing library says.
        why: String,
    },
    /// No such key.
    #[error("there is no test key {0}, wanted 1 to {count}", count = super::KeyNumber::COUNT)]
    KeyNumber(usize),
}
