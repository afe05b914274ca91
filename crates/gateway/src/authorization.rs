//! The token of a request: from `Authorization`, exactly one, nowhere else.

use std::borrow::Cow;

use vicar::Refusal;
use vicar_token::quote::Quoted;

use crate::{Field, reason, refusals::refusal};

/// The bare token of an `Authorization` field (RFC 6750 section 2.1).
pub(crate) fn token(field: Field<'_>) -> Result<Cow<'_, str>, Refusal> {
    match field {
        Field::Absent => Err(Refusal::no_token()),
        Field::Repeated => Err(ambiguous("`Authorization` stands more than once")),
        Field::Once(Cow::Borrowed(bytes)) => {
            let text = std::str::from_utf8(bytes).map_err(|_| malformed(NOT_ASCII))?;
            let at = bearer(text)?;
            Ok(Cow::Borrowed(text.get(at..).unwrap_or_default()))
        }
        Field::Once(Cow::Owned(bytes)) => {
            let mut text = String::from_utf8(bytes).map_err(|_| malformed(NOT_ASCII))?;
            let at = bearer(&text)?;
            text.drain(..at);
            Ok(Cow::Owned(text))
        }
    }
}

/// Where the token begins. Its end is the end of the field.
fn bearer(field: &str) -> Result<usize, Refusal> {
    if field.is_empty() {
        return Err(malformed("it is empty"));
    }
    let (scheme, rest) = field.split_once(' ').unwrap_or((field, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(match field.is_ascii() {
            true => other_scheme(scheme),
            false => malformed(NOT_ASCII),
        });
    }
    let token = rest.trim_start_matches(' ');
    if token.is_empty() {
        return Err(malformed("it holds no token"));
    }
    Ok(field.len().saturating_sub(token.len()))
}

/// The refusal of a token by the gate, or what is wrong with the field that it came in: two fields
/// joined to a list, or text that no token is (RFC 6750 section 2.1, `b64token`). Only a refused
/// token is looked at so: one that was verified is one token, and the look takes longer than the
/// decision.
pub(crate) fn blame(token: &str, refusal: Refusal) -> Refusal {
    let wrong = token.bytes().find(|byte| !(byte.is_ascii_alphanumeric() || PLAIN.contains(byte)));
    match wrong {
        None => refusal,
        // Proxies join two fields of one name so.
        Some(b',') => ambiguous("`Authorization` holds a list"),
        Some(byte) if !byte.is_ascii() => malformed(NOT_ASCII),
        Some(_) => malformed("its token holds a character that no token has"),
    }
}

/// Refuses a query that carries a token (RFC 6750 section 2.3, which OAuth 2.1 drops).
pub(crate) fn query(query: &str) -> Result<(), Refusal> {
    let carries_token = query
        .split(['&', ';'])
        .filter_map(|pair| pair.split('=').next())
        .any(|name| reads_as(name, "access_token"));
    if !carries_token {
        return Ok(());
    }
    Err(refusal(
        &reason::TOKEN_IN_QUERY,
        "the query holds `access_token`",
        "send the token in the `Authorization` header as `Bearer`, and renew it: it may be in logs",
    ))
}

/// Whether a name in a query, percent-decoded and in any letter case, is `wanted`.
fn reads_as(name: &str, wanted: &str) -> bool {
    let mut bytes = name.bytes();
    let mut wanted = wanted.bytes();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let value =
                digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            match value {
                Some(value) => value,
                None => return false,
            }
        } else {
            byte
        };
        if !wanted.next().is_some_and(|wanted| wanted.eq_ignore_ascii_case(&byte)) {
            return false;
        }
    }
    wanted.next().is_none()
}

fn ambiguous(what: &str) -> Refusal {
    refusal(&reason::TOKEN_AMBIGUOUS, what, "send exactly one token, in one `Authorization` field")
}

fn malformed(what: &str) -> Refusal {
    refusal(
        &reason::AUTHORIZATION_MALFORMED,
        format!("`Authorization` cannot be read: {what}"),
        "send `Authorization: Bearer <token>`",
    )
}

fn other_scheme(scheme: &str) -> Refusal {
    // A scheme is a short word; anything longer could be a token without one.
    let named = match scheme.len() {
        1..=16 => format!("the scheme {}", Quoted(scheme)),
        _ => "no scheme that is known".to_owned(),
    };
    refusal(
        &reason::AUTHORIZATION_SCHEME,
        format!("`Authorization` has {named}, where `Bearer` is wanted"),
        "send `Authorization: Bearer <token>`",
    )
}

const NOT_ASCII: &str = "it holds bytes that are not ASCII";
/// What a token may hold besides letters and digits.
const PLAIN: &[u8] = b"-._~+/=";
