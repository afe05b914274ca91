//! Why documents cannot be published.

use vicar_keys::AddressError;
use vicar_token::quote::Quoted;

/// Why an issuer cannot have documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// Not an https address.
    #[error("{0}")]
    Address(AddressError),
    /// An address that a document's path cannot be put behind.
    #[error("{} {why}", Quoted(.seen))]
    Form {
        /// What was given.
        seen: String,
        /// What is wrong with it, in plain words.
        why: &'static str,
    },
    /// Longer than a federated credential's issuer may be.
    #[error("the issuer has {length} characters, more than {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The accepted length.
        limit: usize,
    },
}

/// Why the cluster's documents are refused. Its administrator's fault, or the wrong file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// `issuer` of the discovery document is another one: so is `iss` of the cluster's tokens.
    #[error(
        "the cluster's issuer is {}, wanted {}{}",
        Quoted(.seen),
        Quoted(.wanted),
        .nearly.map(|nearly| format!(" ({nearly})")).unwrap_or_default()
    )]
    IssuerDiffers {
        /// The cluster's.
        seen: String,
        /// The one to publish for.
        wanted: String,
        /// How it nearly agrees.
        nearly: Option<&'static str>,
    },
    /// A key that must not, or cannot usefully, be published.
    #[error("key {number} of the key set ({}) is not one to publish: {why}", shown(.key_id.as_deref()))]
    Key {
        /// Its position, from 1.
        number: usize,
        /// Its `kid`.
        key_id: Option<String>,
        /// What is wrong with it, in plain words.
        why: String,
    },
    /// Two keys with one name.
    #[error("two keys of the key set have the `kid` {}", Quoted(.key_id))]
    KeyIdTwice {
        /// The name.
        key_id: String,
    },
    /// No key at all.
    #[error("the key set holds no key")]
    KeysMissing,
    /// Not the document it should be.
    #[error("the {document} cannot be read: {why}")]
    Malformed {
        /// Which one.
        document: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A member that has to be there.
    #[error("the {document} has no `{member}`")]
    MemberMissing {
        /// Which document.
        document: &'static str,
        /// The member.
        member: &'static str,
    },
}

fn shown(key_id: Option<&str>) -> String {
    key_id.map_or_else(|| "without `kid`".to_owned(), |key_id| Quoted(key_id).to_string())
}
