//! From the configuration and the bundle to what is watched.

use std::collections::BTreeMap;

use vicar_bundle::{Bundle, Digest, contents};
use vicar_keys::{Address, Source};
use vicar_token::TrustedIssuer;

use crate::configuration::{ConfigurationError, KeyFetch, KeySource, raw_text};

/// One issuer's keys: what is watched, and how requests get there.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) issuer: String,
    pub(super) source: Source,
    /// Nothing for keys that are never fetched.
    pub(super) carriage: Option<Carriage>,
}

/// How one issuer's requests are carried.
#[derive(Clone, Debug)]
pub(super) struct Carriage {
    pub(super) cluster: String,
    pub(super) timeout_milliseconds: u32,
    /// Where workers share what they fetched. Names cluster and address, so that a changed source
    /// never meets keys of the one before.
    pub(super) shared_key: String,
}

/// Every issuer of the bundle whose keys are not in the bundle itself, with its keys' source.
pub(super) fn watched(
    bundle: &Bundle,
    keys: &BTreeMap<String, KeySource>,
) -> Result<Vec<Watched>, ConfigurationError> {
    let issuers = &bundle.contents().trust;
    if let Some(unknown) =
        keys.keys().find(|name| issuers.iter().all(|issuer| issuer.trusted.name != **name))
    {
        let names: Vec<&str> = issuers.iter().map(|issuer| issuer.trusted.name.as_str()).collect();
        return Err(ConfigurationError::rule(
            format!("keys.{unknown}"),
            format!("the bundle has no such issuer; it has {}", vicar_token::quote::AllOf(&names)),
        ));
    }
    let watched = issuers.iter().map(|issuer| {
        let name = &issuer.trusted.name;
        match (keys.get(name), &issuer.keys) {
            (Some(KeySource::Jwks(document)), _) => Ok(Some(Watched {
                issuer: name.clone(),
                source: Source::Inline(raw_text(document).to_vec()),
                carriage: None,
            })),
            (Some(KeySource::Fetch(fetch)), keys) => {
                fetched(&issuer.trusted, fetch, keys).map(Some)
            }
            (None, contents::KeySource::Inline(_)) => Ok(None),
            (None, contents::KeySource::JwksUri(_) | contents::KeySource::Metadata(_)) => {
                Err(ConfigurationError::rule(
                    format!("keys.{name}"),
                    "it is missing: name the cluster that leads to the issuer, \
                     `{\"fetch\": {\"cluster\": …}}`, or give its `jwks`",
                ))
            }
        }
    });
    watched.filter_map(Result::transpose).collect()
}

fn fetched(
    issuer: &TrustedIssuer,
    fetch: &KeyFetch,
    keys: &contents::KeySource,
) -> Result<Watched, ConfigurationError> {
    let at = || format!("keys.{}.fetch.uri", issuer.name);
    let address = |text: &str| {
        Address::https_or_loopback(text).map_err(|error| ConfigurationError::rule(at(), error))
    };
    let (source, place) = match (&fetch.uri, keys) {
        (Some(uri), _) | (None, contents::KeySource::JwksUri(uri)) => {
            (Source::JwksUri(address(uri)?), uri)
        }
        (None, contents::KeySource::Metadata(uri)) => {
            let issuers = Source::metadata_issuers(&issuer.issuer);
            (Source::Metadata { address: address(uri)?, issuers }, uri)
        }
        (None, contents::KeySource::Inline(_)) => {
            return Err(ConfigurationError::rule(
                at(),
                "it is missing, and the bundle has the keys themselves instead of an address",
            ));
        }
    };
    let told_apart = format!("{}\n{}\n{place}", issuer.name, fetch.cluster);
    Ok(Watched {
        issuer: issuer.name.clone(),
        source,
        carriage: Some(Carriage {
            cluster: fetch.cluster.clone(),
            timeout_milliseconds: fetch.timeout_milliseconds,
            shared_key: format!("vicar.keys.{}", Digest::of(told_apart.as_bytes())),
        }),
    })
}
