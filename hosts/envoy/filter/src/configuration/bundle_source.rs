//! Where the bundle comes from.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::value::RawValue;
use vicar_bundle::Digest;

use super::{ConfigurationError, key_source::check_cluster, raw_text};

/// Where the bundle comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BundleSource {
    /// The bundle file itself, pasted as JSON: its one line, unchanged.
    Inline(Box<RawValue>),
    /// The bundle file as base64 text, for tools that would reformat JSON.
    Base64(String),
    /// Fetched from a cluster.
    Fetch(BundleFetch),
}

/// A bundle that is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFetch {
    /// The Envoy cluster that serves it.
    pub cluster: String,
    /// Its address; scheme, authority and path of the request are taken from it.
    pub uri: String,
    /// The bundle's digest, `sha256:<hex>`, as `vicar bundle build` prints it. Any other bundle
    /// is refused.
    pub digest: String,
    /// Time for one attempt, in milliseconds. Default: 5000.
    #[serde(default = "five_seconds")]
    pub timeout_milliseconds: u32,
}

impl BundleSource {
    pub(super) fn check(&self) -> Result<(), ConfigurationError> {
        let Self::Fetch(fetch) = self else { return Ok(()) };
        check_cluster("bundle.fetch", &fetch.cluster, fetch.timeout_milliseconds)?;
        if Digest::parse(&fetch.digest).is_none() {
            return Err(ConfigurationError::rule(
                "bundle.fetch.digest",
                "it is not `sha256:` and 64 lower-case hex digits",
            ));
        }
        vicar_keys::Address::https_or_loopback(&fetch.uri)
            .map(|_| ())
            .map_err(|error| ConfigurationError::rule("bundle.fetch.uri", error))
    }

    /// The bundle file, unless it has to be fetched.
    ///
    /// # Errors
    /// [`ConfigurationError`] when the text is not base64.
    pub fn file(&self) -> Result<Option<Vec<u8>>, ConfigurationError> {
        match self {
            Self::Inline(raw) => Ok(Some([raw_text(raw), b"\n"].concat())),
            Self::Base64(text) => STANDARD
                .decode(text)
                .map(Some)
                .map_err(|_| ConfigurationError::rule("bundle.base64", "it is not base64")),
            Self::Fetch(_) => Ok(None),
        }
    }
}

const fn five_seconds() -> u32 {
    5000
}
