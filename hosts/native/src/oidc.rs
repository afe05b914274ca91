//! What a cluster publishes so that others can check its service-account tokens: a discovery
//! document and a key set (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
//!
//! What it is: reading what the cluster's API server says of itself, making of it the smallest
//! pair of documents that Entra and its kin need, and comparing that with what is hosted. What it
//! never does: open a socket or a file.

mod difference;
mod discovery;
mod drift;
mod error;
mod hosted;
mod issuer;
mod key_set;
mod publication;

pub use difference::difference;
pub use discovery::Discovery;
pub use drift::{HOSTED_CONFIGURATION, HOSTED_KEYS, drift, unsound};
pub use error::{DocumentError, IssuerError};
pub use hosted::HostedKeys;
pub use issuer::{CONFIGURATION_PATH, Issuer, Reach};
pub use key_set::{PublicKeys, PublishedKey};
pub use publication::{DEFAULT_KEYS_PATH, DocumentFile, Publication};
