//! Compact JWS tokens: parse, choose the key, verify, check the standard claims.
//!
//! What it is: the part of Vicar that turns bytes into [`Verified`] claims (RFC 7515, 7517, 7519,
//! 8725). What it never does: read a clock, open a socket, or interpret who a token speaks of;
//! that is `vicar-identity`.

pub mod algorithm;
pub mod base64url;
pub mod dangerous;
pub mod error;
pub mod input;
pub mod issuer;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod keyring;
pub mod quote;
pub mod reason;
pub mod verifier;
pub mod verify;

#[cfg(test)]
mod stand_in;

pub use algorithm::Algorithm;
pub use error::TokenError;
pub use issuer::{Cloud, IssuerForm, IssuerRule, TrustedIssuer};
pub use json::{Json, Object};
pub use jwk::{Jwk, Jwks, PublicKey};
pub use jws::{Header, Unverified};
pub use keyring::{KeyReport, KeyRing};
pub use reason::Reason;
pub use verifier::{KeyUnusable, SignatureVerifier};
pub use verify::{Verified, verify};

/// Seconds since 1970-01-01T00:00:00Z, as every host passes it in.
pub type UnixSeconds = u64;
