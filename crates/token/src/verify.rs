//! From an unverified token to [`Verified`] claims.

mod claims;
mod verified;

pub use verified::Verified;

use crate::error::TokenError;
use crate::issuer::{EntraIssuer, Selection, TrustedIssuer, select};
use crate::jws::{Header, Unverified};
use crate::{Algorithm, KeyRing, SignatureVerifier, UnixSeconds};

pub(crate) use claims::StandardClaims;

/// Verifies a token: its issuer is trusted, its algorithm pinned, its signature the key's, and its
/// audience and times are right at `now`.
///
/// The checks run in that order and the first that fails is reported. So a forged token is
/// refused for its signature and never for what its claims say; and of the faults of a genuine
/// one, that is reported which a fresh token of the same kind would have too (audience before
/// times).
///
/// # Errors
/// [`TokenError`].
pub fn verify<V: SignatureVerifier>(
    token: &Unverified<'_>,
    issuers: &[TrustedIssuer],
    ring: &KeyRing<V::Key>,
    verifier: &V,
    now: UnixSeconds,
) -> Result<Verified, TokenError> {
    let selection = select(issuers, token.claims())?;
    let header = token.header();
    // `select` has seen that it is a string, if it is there.
    let iss = token.claims().string("iss").ok().flatten();
    verifiable(header, iss)?;
    let algorithm = pinned(header, &selection)?;
    let key = ring.find(&selection, iss, header, algorithm)?;
    if !verifier.verify(key, token.signing_input().as_bytes(), token.signature()) {
        return Err(TokenError::SignatureInvalid {
            issuer: selection.issuer.name.clone(),
            key_id: header.key_id.clone(),
            algorithm,
        });
    }
    let standard = StandardClaims::check(token.claims(), selection.issuer, now)?;
    Ok(Verified::new(header.clone(), token.claims().clone(), &selection, standard))
}

/// Entra puts a `nonce` into the header of tokens for Microsoft's own services and signs the
/// header with the nonce replaced by its hash. Elsewhere the member has no meaning.
fn verifiable(header: &Header, iss: Option<&str>) -> Result<(), TokenError> {
    let entra = iss.is_some_and(|iss| EntraIssuer::parse(iss).is_some());
    if entra && header.members.contains("nonce") {
        return Err(TokenError::SignatureUnverifiable);
    }
    Ok(())
}

fn pinned(header: &Header, selection: &Selection<'_>) -> Result<Algorithm, TokenError> {
    let algorithm = header.admit()?;
    if selection.issuer.algorithms.contains(&algorithm) {
        return Ok(algorithm);
    }
    Err(TokenError::AlgorithmNotAccepted {
        algorithm,
        issuer: selection.issuer.name.clone(),
        key_id: None,
        accepted: selection.issuer.algorithms.clone(),
    })
}

#[cfg(test)]
mod tests;
