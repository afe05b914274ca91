//! Reading tokens without verifying them, under a name that shows in review.
//!
//! [`decode`] is for inspection: it tells as much as it can about any text and lists what is wrong
//! with it. [`verify_claims`] and [`assume`] make [`Verified`] values without a signature check, for
//! a host that has the check from elsewhere (Envoy's `jwt_authn` filter) and for inspection. No
//! decision may rest on their results unless somebody else did verify the token.

use crate::UnixSeconds;
use crate::base64url;
use crate::error::{Malformed, Part, TokenError};
use crate::issuer::{EntraIssuer, IssuerForm, TrustedIssuer, select};
use crate::json::{Limits, Object};
use crate::jws::{Header, MAX_TOKEN_BYTES};
use crate::verify::{StandardClaims, Verified};

/// What a text says, whether or not it could ever be accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The header's members, if they can be read.
    pub header: Option<Object>,
    /// The claims, if they can be read.
    pub claims: Option<Object>,
    /// The decoded signature; `None` when it is absent, empty or not base64url.
    pub signature: Option<Vec<u8>>,
    /// What would make [`Unverified::parse`](crate::Unverified::parse) refuse the text, in the
    /// order found; empty if nothing does.
    pub problems: Vec<TokenError>,
}

/// Decodes as much of `token` as can be read, **verifying nothing**.
///
/// A missing signature, a refused header or a faulty part does not keep the other parts from being
/// shown. Of an encrypted token only the header is shown. Texts longer than
/// [`MAX_TOKEN_BYTES`] are not read.
pub fn decode(token: &str) -> Decoded {
    let mut decoded = Decoded::default();
    if token.is_empty() {
        decoded.problems.push(TokenError::Missing);
        return decoded;
    }
    if token.len() > MAX_TOKEN_BYTES {
        let (length, limit) = (token.len(), MAX_TOKEN_BYTES);
        decoded.problems.push(TokenError::TooLarge { length, limit });
        return decoded;
    }
    match crate::jws::shape(token) {
        Ok(_) => {}
        Err(problem @ (Malformed::JsonSerialization | Malformed::WhiteSpace { .. })) => {
            decoded.problems.push(problem.into());
            return decoded;
        }
        Err(problem) => decoded.problems.push(problem.into()),
    }
    let mut parts = token.split('.');
    decoded.header = decoded.object(Part::Header, parts.next());
    if let Some(members) = decoded.header.clone() {
        let judged =
            Header::read(members).map_err(TokenError::from).and_then(|header| header.admit());
        decoded.problems.extend(judged.err());
    }
    if token.split('.').count() <= 3 {
        decoded.claims = decoded.object(Part::Claims, parts.next());
        decoded.signature = decoded.bytes(Part::Signature, parts.next());
    }
    decoded
}

impl Decoded {
    fn object(&mut self, part: Part, text: Option<&str>) -> Option<Object> {
        let bytes = self.bytes(part, text)?;
        Object::parse(&bytes, &Limits::TOKEN)
            .map_err(|problem| self.problems.push(Malformed::Json { part, problem }.into()))
            .ok()
    }

    /// A part that is not there is a problem of the whole text's shape, found before.
    fn bytes(&mut self, part: Part, text: Option<&str>) -> Option<Vec<u8>> {
        let text = text?;
        if text.is_empty() {
            self.problems.push(Malformed::Empty(part).into());
            return None;
        }
        base64url::decode(text)
            .map_err(|problem| self.problems.push(Malformed::Base64 { part, problem }.into()))
            .ok()
    }
}

/// Checks everything about claims but the signature: issuer, tenant, audience, times.
///
/// **The caller vouches** that a trusted component verified the signature with the issuer's key.
///
/// # Errors
/// [`TokenError`], as from [`verify`](crate::verify::verify).
pub fn verify_claims(
    header: Header,
    claims: Object,
    issuers: &[TrustedIssuer],
    now: UnixSeconds,
) -> Result<Verified, TokenError> {
    let selection = select(issuers, &claims)?;
    let standard = StandardClaims::check(&claims, selection.issuer, now)?;
    Ok(Verified::new(header, claims, &selection, standard))
}

/// Takes claims for verified, **checking nothing** but that their times can be read.
///
/// The form and the tenant are those that `iss` itself shows.
///
/// # Errors
/// [`TokenError`] with the reason `claim_missing` or `claim_malformed` when `exp`, `iat` or `nbf`
/// cannot be read.
pub fn assume(
    header: Header,
    claims: Object,
    issuer_name: impl Into<String>,
) -> Result<Verified, TokenError> {
    let audiences = claims.string_or_list("aud").ok().flatten().unwrap_or_default();
    let audiences = audiences.into_iter().map(str::to_owned).collect();
    let standard = StandardClaims::read(&claims, audiences)?;
    let iss = claims.string("iss").ok().flatten();
    let (form, tenant) = match iss.and_then(EntraIssuer::parse) {
        Some(entra) => (entra.form, Some(entra.tenant.to_owned())),
        None if iss.is_none() => (IssuerForm::SpiffeTrustDomain, None),
        None => (IssuerForm::Exact, None),
    };
    Ok(Verified::assumed(header, claims, issuer_name.into(), form, tenant, standard))
}

#[cfg(test)]
mod tests;
