//! The compiled policy bundle: what every host loads.
//!
//! What it is: the typed contents of one canonical file, its load and its digest. What it never
//! does: read a folder or parse YAML or Cedar; that is `vicar-compiler`.
//!
//! A [`Bundle`] exists only when it is right: [`Bundle::load`] checks the format version, the
//! digest, the canonical form and every promise that the gate relies on.
//!
//! ```
//! use vicar_bundle::{Bundle, BundleError};
//!
//! let error = Bundle::load(b"{}").unwrap_err();
//! assert_eq!(error, BundleError::NotABundle);
//! assert_eq!(error.reason().code, "bundle_malformed");
//! ```

mod base64_bytes;
pub mod bundle;
pub mod contents;
pub mod digest;
pub mod error;
pub mod exchange;
pub mod reason;
pub mod surface;
pub mod syntax;
mod validate;

pub use bundle::Bundle;
pub use contents::Contents;
pub use digest::Digest;
pub use error::BundleError;
pub use exchange::Exchange;
