//! Claims that several issuer families read the same way.

use std::collections::BTreeSet;

use vicar_token::{Json, Object, quote::Quoted};

use crate::{
    IdentityError, guid,
    identity::{Authentication, Binding, TokenFacts},
};

/// Longest accepted id in bytes (a SPIFFE ID may have 2,048).
const LONGEST_ID: usize = 2048;

pub(crate) fn malformed(
    claim: impl Into<String>,
    seen: impl Into<String>,
    wanted: &'static str,
) -> IdentityError {
    IdentityError::ClaimMalformed { claim: claim.into(), seen: seen.into(), wanted }
}

/// An id: text that is neither empty nor too long, has no control characters and no white space
/// around it.
pub(crate) fn id<'a>(claims: &'a Object, claim: &str) -> Result<Option<&'a str>, IdentityError> {
    claims.string(claim)?.map(|text| checked_id(claim, text)).transpose()
}

pub(crate) fn checked_id<'a>(claim: &str, text: &'a str) -> Result<&'a str, IdentityError> {
    let sound = !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.trim() == text
        && !text.chars().any(char::is_control);
    let seen = || if text.is_empty() { "empty".to_owned() } else { Quoted(text).to_string() };
    if sound { Ok(text) } else { Err(malformed(claim, seen(), "an id")) }
}

/// A GUID, in lower case.
pub(crate) fn guid(claims: &Object, claim: &str) -> Result<Option<String>, IdentityError> {
    let Some(text) = claims.string(claim)? else { return Ok(None) };
    match guid::parse(text) {
        Some(guid) => Ok(Some(guid)),
        None => Err(malformed(claim, Quoted(text).to_string(), "a GUID")),
    }
}

/// An array of texts, none of them empty.
pub(crate) fn set(claims: &Object, claim: &str) -> Result<Option<BTreeSet<String>>, IdentityError> {
    let Some(items) = claims.string_list(claim)? else { return Ok(None) };
    if items.iter().any(|item| item.is_empty()) {
        return Err(malformed(claim, "an array with an empty item", "an array of names"));
    }
    Ok(Some(items.into_iter().map(str::to_owned).collect()))
}

/// Scopes in one text, between spaces (RFC 6749 section 3.3); repeated spaces separate nothing.
pub(crate) fn scopes(
    claims: &Object,
    claim: &str,
) -> Result<Option<BTreeSet<String>>, IdentityError> {
    claims.string(claim)?.map(|text| split_scopes(claim, text)).transpose()
}

pub(crate) fn split_scopes(claim: &str, text: &str) -> Result<BTreeSet<String>, IdentityError> {
    let legal = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !text.bytes().all(legal) {
        return Err(malformed(claim, Quoted(text).to_string(), "scopes between spaces"));
    }
    Ok(text.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
}

/// `aud`, `exp`, `iat`, the token's id, `ver` and the header's type.
pub(crate) fn token_facts(
    claims: &Object,
    header_type: Option<&str>,
) -> Result<TokenFacts, IdentityError> {
    let audiences = claims.string_or_list("aud")?.unwrap_or_default();
    let token_id = match id(claims, "uti")? {
        Some(id) => Some(id),
        None => id(claims, "jti")?,
    };
    // Okta writes `ver` as a number; only Entra's is interpreted.
    let version = claims.get("ver").and_then(Json::as_str);
    Ok(TokenFacts {
        audiences: audiences.into_iter().map(str::to_owned).collect(),
        // Whether a token without `exp` passes is the token crate's decision.
        expires_at: claims.integer("exp")?.unwrap_or(i64::MAX),
        issued_at: claims.integer("iat")?,
        id: token_id.map(str::to_owned),
        version: version.map(str::to_owned),
        header_type: header_type.map(str::to_owned),
    })
}

/// `acr`, `amr` and `auth_time` (OpenID Connect Core section 2), `acrs` (Entra).
pub(crate) fn authentication(claims: &Object) -> Result<Authentication, IdentityError> {
    Ok(Authentication {
        contexts: set(claims, "acrs")?.unwrap_or_default(),
        methods: set(claims, "amr")?.unwrap_or_default(),
        class: claims.string("acr")?.map(str::to_owned),
        time: claims.integer("auth_time")?,
        client: None,
    })
}

/// `cnf` (RFC 7800): the first of the methods below that it has.
pub(crate) fn binding(claims: &Object) -> Result<Option<Binding>, IdentityError> {
    const METHODS: [&str; 6] = ["x5t#S256", "jkt", "jwk", "jwe", "jku", "kid"];
    let Some(confirmation) = claims.object("cnf")? else { return Ok(None) };
    for method in METHODS {
        let thumbprint = match confirmation.get(method) {
            None => continue,
            Some(Json::String(text)) => text.clone(),
            Some(Json::Object(_)) => String::new(),
            Some(other) => {
                return Err(malformed(
                    format!("cnf.{method}"),
                    other.kind(),
                    "a key or thumbprint",
                ));
            }
        };
        return Ok(Some(Binding { method: method.to_owned(), thumbprint }));
    }
    // A confirmation that cannot be read is still one: the token is not a plain bearer token.
    Ok(Some(Binding { method: "unknown".to_owned(), thumbprint: String::new() }))
}

/// A claim that is only shown to people; other types than text are left out.
pub(crate) fn display(claims: &Object, names: &[&str]) -> Option<String> {
    names
        .iter()
        .filter_map(|name| claims.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .map(str::to_owned)
}
