//! The typed identity of a verified token: who asked, who acts, made by which blueprint, with
//! what proof.
//!
//! What it is: the one place where a claim is interpreted, one module per issuer family
//! ([`entra`], [`kubernetes`], [`oidc`], [`rfc8693`], [`spiffe`]); [`glossary`] says for each
//! claim where. What it never does: verify a signature (`vicar-token` does) or decide
//! (`vicar-policy` does).
//!
//! ```
//! use vicar_identity::{Directory, Facts, Mode, Profile, identify, profile::Rfc8693Profile};
//! use vicar_token::{Object, json::Limits};
//!
//! let claims = br#"{"iss": "https://sts.example", "sub": "dana", "aud": "tools",
//!                   "exp": 1790000000, "act": {"sub": "invoice-agent"}}"#;
//! let claims = Object::parse(claims, &Limits::TOKEN)?;
//! let facts = Facts { header_type: None, claims: &claims, issuer_name: "sts", tenant: None };
//! let profile = Profile::Rfc8693(Rfc8693Profile { max_depth: 3, actors_are_agents: true });
//!
//! let identity = identify(&facts, &profile, &Directory::default())?;
//! assert_eq!(identity.mode, Mode::OnBehalfOf);
//! assert_eq!(identity.actor.id, "invoice-agent");
//! assert_eq!(
//!     identity.to_string(),
//!     "agent `invoice-agent` acts for user `dana` (agent stated by the token, user inferred)"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod contradiction;
pub mod directory;
pub mod eid1;
pub mod entra;
pub mod error;
pub mod exchange_audience;
pub mod facets;
pub mod facts;
pub mod glossary;
pub mod guid;
pub mod identity;
pub mod idrel;
pub mod kind;
pub mod kubernetes;
pub mod oidc;
pub mod profile;
pub mod reason;
pub mod recognise;
pub mod rfc8693;
pub mod spiffe;
pub mod words;

mod act;
mod claims;

pub use contradiction::Contradiction;
pub use directory::Directory;
pub use error::IdentityError;
pub use facts::{Facts, describe, identify};
pub use identity::{Evidence, Identity, Mode, Principal, PrincipalKind};
pub use kind::TokenKind;
pub use profile::Profile;
pub use recognise::{Recognition, recognise, recognise_in};
