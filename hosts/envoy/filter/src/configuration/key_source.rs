//! Where an issuer's keys come from.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ConfigurationError;

/// Where an issuer's keys come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeySource {
    /// Fetched through a cluster.
    Fetch(KeyFetch),
    /// The JWK set itself.
    Jwks(Box<RawValue>),
}

/// Keys that are fetched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFetch {
    /// The Envoy cluster that leads to the issuer. It has to verify the issuer's certificate:
    /// Envoy does so only when it is told to.
    pub cluster: String,
    /// Address of the JWK set, in place of the bundle's.
    #[serde(default)]
    pub uri: Option<String>,
    /// Time for one attempt, in milliseconds. Default: 5000.
    #[serde(default = "five_seconds")]
    pub timeout_milliseconds: u32,
}

impl KeySource {
    pub(super) fn check(&self, issuer: &str) -> Result<(), ConfigurationError> {
        let Self::Fetch(fetch) = self else { return Ok(()) };
        let at = format!("keys.{issuer}.fetch");
        check_cluster(&at, &fetch.cluster, fetch.timeout_milliseconds)?;
        let Some(uri) = &fetch.uri else { return Ok(()) };
        vicar_keys::Address::https_or_loopback(uri)
            .map(|_| ())
            .map_err(|error| ConfigurationError::rule(format!("{at}.uri"), error))
    }
}

pub(super) fn check_cluster(
    at: &str,
    cluster: &str,
    timeout_milliseconds: u32,
) -> Result<(), ConfigurationError> {
    if cluster.is_empty() {
        return Err(ConfigurationError::rule(format!("{at}.cluster"), "it is empty"));
    }
    if !(100..=60_000).contains(&timeout_milliseconds) {
        let why = format!("it is {timeout_milliseconds}, where 100 to 60000 is expected");
        return Err(ConfigurationError::rule(format!("{at}.timeout_milliseconds"), why));
    }
    Ok(())
}

const fn five_seconds() -> u32 {
    5000
}
