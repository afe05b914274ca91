//! The compiled policy bundle: what every host loads.
//!
//! What it is: the typed contents of one canonical file, its load and its digest. What it never
//! does: read a folder or parse YAML or Cedar; that is `vicar-compiler`.

mod base64_bytes;
pub mod contents;
pub mod surface;
