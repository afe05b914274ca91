//! The typed identity of a verified token: who asked, who acts, made by which blueprint, with
//! what proof.
//!
//! What it is: the one place where a claim is interpreted, one module per issuer family. What it
//! never does: verify a signature (`vicar-token` does) or decide (`vicar-policy` does).

pub mod directory;
pub mod identity;
pub mod kind;
pub mod profile;

pub use directory::Directory;
pub use identity::{Evidence, Identity, Mode, Principal, PrincipalKind};
pub use kind::TokenKind;
pub use profile::Profile;
