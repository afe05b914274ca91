//! Compact JWS tokens: parse, choose the key, verify, check the standard claims.
//!
//! What it is: the part of Vicar that turns bytes into [`Verified`] claims (RFC 7515, 7517, 7519,
//! 8725). What it never does: read a clock, open a socket, or interpret who a token speaks of;
//! that is `vicar-identity`.
//!
//! A host parses the text, keeps a [`KeyRing`] filled from the issuers' key sets, lends its
//! cryptography as a [`SignatureVerifier`], and says what time it is:
//!
//! ```
//! use vicar_token::{
//!     KeyRing, SignatureVerifier, TokenError, TrustedIssuer, UnixSeconds, Unverified, Verified,
//! };
//!
//! fn admit<V: SignatureVerifier>(
//!     token: &str,
//!     issuers: &[TrustedIssuer],
//!     ring: &KeyRing<V::Key>,
//!     verifier: &V,
//!     now: UnixSeconds,
//! ) -> Result<Verified, TokenError> {
//!     let token = Unverified::parse(token)?;
//!     vicar_token::verify(&token, issuers, ring, verifier, now)
//! }
//!
//! // Refusals say what was seen, and what would help.
//! let error = Unverified::parse("eyJhbGciOiJub25lIn0.e30.").unwrap_err();
//! assert_eq!(error.reason().code, "algorithm_refused");
//! assert_eq!(
//!     error.to_string(),
//!     "the token's algorithm is `none`: an unsigned token proves nothing"
//! );
//! ```
//!
//! # Where known attacks on tokens end
//!
//! | attack | where it ends |
//! |---|---|
//! | `alg: none`, HMAC with a public key | [`Algorithm`] has no such member |
//! | a key brought or addressed by the token | [`jws`]: the header is refused |
//! | another algorithm than the key's | [`KeyRing`]: keys are prepared for pinned algorithms only |
//! | the same `kid` at another issuer | [`KeyRing`]: sets are kept by issuer |
//! | a key of another tenant | [`KeyRing`]: the key's `issuer` member must fit |
//! | a look-alike issuer, another tenant | [`issuer`]: compared byte for byte, tenants listed |
//! | two readings of one text | [`json`], [`base64url`]: one text for one value |
//! | a token for somebody else | [`verify()`]: `aud` compared exactly |

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
