//! The two documents an issuer publishes, bounded and checked before anything is believed.

use std::collections::BTreeSet;

use vicar_token::{Jwks, Object, json};

use crate::{Address, FetchError, Limits, Response, error::excerpt};

/// What a usable key set says, beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySetFacts {
    pub(crate) key_ids: BTreeSet<String>,
    pub(crate) usable: usize,
    pub(crate) skipped: usize,
}

/// Reads a key set and refuses one that cannot verify anything: it must not replace a good one.
pub(crate) fn read_key_set(body: &[u8], limits: &Limits) -> Result<KeySetFacts, FetchError> {
    check_length(body, limits)?;
    let set = Jwks::parse(body).map_err(|error| FetchError::KeySet(excerpt(&error.to_string())))?;
    let count = set.keys.len() + set.skipped.len();
    if count > limits.max_keys {
        return Err(FetchError::TooManyKeys { count, limit: limits.max_keys });
    }
    if set.keys.is_empty() {
        return Err(FetchError::NoUsableKey { skipped: set.skipped.len() });
    }
    let (usable, skipped) = (set.keys.len(), set.skipped.len());
    let mut key_ids = BTreeSet::new();
    key_ids.extend(set.keys.into_iter().filter_map(|key| key.key_id));
    Ok(KeySetFacts { key_ids, usable, skipped })
}

/// Reads metadata and returns the key set's address: the issuer must be an expected one, and the
/// key set on the metadata's own host.
pub(crate) fn read_metadata(
    body: &[u8],
    from: &Address,
    issuers: &[String],
    limits: &Limits,
) -> Result<Address, FetchError> {
    check_length(body, limits)?;
    let metadata = Object::parse(body, &json::Limits::KEY_SET)
        .map_err(|error| FetchError::Metadata(excerpt(&error.to_string())))?;
    let (issuer, jwks_uri) = (member(&metadata, "issuer")?, member(&metadata, "jwks_uri")?);
    if !issuers.iter().any(|known| known == issuer) {
        let seen = excerpt(issuer);
        return Err(FetchError::MetadataIssuer { seen, wanted: issuers.join(", ") });
    }
    let address = if from.is_plain_loopback() {
        Address::https_or_loopback(jwks_uri)
    } else {
        Address::https(jwks_uri)
    }
    .map_err(FetchError::JwksUri)?;
    if address.origin() != from.origin() {
        return Err(FetchError::JwksUriElsewhere {
            metadata: from.origin().to_owned(),
            jwks_uri: address.origin().to_owned(),
        });
    }
    Ok(address)
}

/// The body of a successful answer.
pub(crate) fn success(response: Response) -> Result<Vec<u8>, FetchError> {
    match response.status {
        200 => Ok(response.body),
        status @ 300..=399 => Err(FetchError::Redirect(status)),
        status => Err(FetchError::Status(status)),
    }
}

fn check_length(body: &[u8], limits: &Limits) -> Result<(), FetchError> {
    if body.len() > limits.max_bytes {
        return Err(FetchError::TooLarge { length: body.len(), limit: limits.max_bytes });
    }
    Ok(())
}

fn member<'a>(metadata: &'a Object, name: &str) -> Result<&'a str, FetchError> {
    match metadata.string(name) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(FetchError::Metadata(format!("it has no `{name}`"))),
        Err(error) => Err(FetchError::Metadata(error.to_string())),
    }
}
