//! The compact serialisation (RFC 7515 section 7.1), parsed strictly and not yet verified.

mod header;

pub use header::Header;

use crate::base64url;
use crate::error::{Malformed, Part, TokenError};
use crate::json::{Limits, Object};

/// Longest accepted token in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A signed text of three parts whose header is acceptable; its payload may be anything.
///
/// [`Unverified`] is the same with a JSON object as payload, which is what a token is.
#[derive(Clone, Debug, PartialEq)]
pub struct Compact<'a> {
    header: Header,
    payload: Vec<u8>,
    signed: Signed<'a>,
}

/// A token that was parsed but not verified: good for choosing the issuer, never for a decision.
///
/// Its parts are private so that the claims are always those of the signed text.
#[derive(Clone, Debug, PartialEq)]
pub struct Unverified<'a> {
    header: Header,
    claims: Object,
    signed: Signed<'a>,
}

#[derive(Clone, Debug, PartialEq)]
struct Signed<'a> {
    input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Reads the three parts and the header.
    ///
    /// # Errors
    /// [`TokenError`] with one of the reasons `token_missing`, `token_too_large`,
    /// `token_malformed`, `algorithm_refused`, `header_refused`.
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        let parts = Parts::split(token)?;
        let header = Header::parse(&parts.decode(Part::Header)?)?;
        // After the header, so that an unsigned token is refused as such and not for its empty
        // signature.
        if parts.signature.is_empty() {
            return Err(Malformed::Empty(Part::Signature).into());
        }
        let signature = parts.decode(Part::Signature)?;
        let payload = parts.decode(Part::Claims)?;
        Ok(Self { header, payload, signed: Signed { input: parts.input, signature } })
    }

    /// Reads the payload as claims.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when the payload is not a JSON object within
    /// [`Limits::TOKEN`].
    pub fn into_claims(self) -> Result<Unverified<'a>, TokenError> {
        let Self { header, payload, signed } = self;
        if payload.is_empty() {
            return Err(Malformed::Empty(Part::Claims).into());
        }
        let claims = Object::parse(&payload, &Limits::TOKEN)
            .map_err(|problem| Malformed::Json { part: Part::Claims, problem })?;
        Ok(Unverified { header, claims, signed })
    }

    /// The JOSE header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The decoded payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes that are signed: `BASE64URL(header) "." BASE64URL(payload)`.
    pub const fn signing_input(&self) -> &'a str {
        self.signed.input
    }

    /// The decoded signature.
    pub fn signature(&self) -> &[u8] {
        &self.signed.signature
    }
}

impl<'a> Unverified<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// As [`Compact::parse`] and [`Compact::into_claims`].
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        Compact::parse(token)?.into_claims()
    }

    /// The JOSE header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The claims, which nobody vouches for yet.
    pub const fn claims(&self) -> &Object {
        &self.claims
    }

    /// The bytes that are signed: `BASE64URL(header) "." BASE64URL(payload)`.
    pub const fn signing_input(&self) -> &'a str {
        self.signed.input
    }

    /// The decoded signature.
    pub fn signature(&self) -> &[u8] {
        &self.signed.signature
    }
}

/// The text cut at its dots.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    input: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge { length: token.len(), limit: MAX_TOKEN_BYTES });
        }
        let parts = shape(token)?;
        if parts.header.is_empty() {
            return Err(Malformed::Empty(Part::Header).into());
        }
        Ok(parts)
    }

    fn decode(&self, part: Part) -> Result<Vec<u8>, Malformed> {
        let text = match part {
            Part::Claims => self.payload,
            Part::Header => self.header,
            Part::Signature => self.signature,
        };
        base64url::decode(text).map_err(|problem| Malformed::Base64 { part, problem })
    }
}

/// Three parts, or what the text is instead.
pub(crate) fn shape(token: &str) -> Result<Parts<'_>, Malformed> {
    if token.trim_start().starts_with(['{', '[']) {
        return Err(Malformed::JsonSerialization);
    }
    if let Some(position) = token.find(char::is_whitespace) {
        return Err(Malformed::WhiteSpace { position });
    }
    let found = token.split('.').count();
    let split = token.rsplit_once('.').and_then(|(input, signature)| {
        let (header, payload) = input.split_once('.')?;
        Some(Parts { header, payload, signature, input })
    });
    match (found, split) {
        (3, Some(parts)) => Ok(parts),
        (5, _) => Err(Malformed::Encrypted),
        _ => Err(Malformed::Parts { found }),
    }
}

#[cfg(test)]
mod tests;
