//! The plugin's configuration: JSON in the `configuration` member of Envoy's filter.

mod bundle_source;
mod key_source;

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::value::RawValue;
use vicar_gateway::{Settings, StateKey, settings::Evidence};

use crate::verifier::VerifierChoice;
pub use bundle_source::{BundleFetch, BundleSource};
pub use key_source::{KeyFetch, KeySource};

/// The plugin's configuration. Members that are not named here are refused, so that a misspelt
/// one cannot be overlooked. `docs/envoy-filter.schema.json` says the same for editors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Where the bundle comes from.
    pub bundle: BundleSource,
    /// Who verifies tokens.
    #[serde(default)]
    pub mode: Mode,
    /// Where `jwt_authn` leaves what it verified; with mode `trust_jwt_authn` only.
    #[serde(default)]
    pub jwt_authn: Option<JwtAuthn>,
    /// Where keys come from, by the bundle's name of the issuer.
    #[serde(default)]
    pub keys: BTreeMap<String, KeySource>,
    /// How long fetched keys are good.
    #[serde(default)]
    pub key_times: KeyTimes,
    /// Which signature verifier is asked.
    #[serde(default)]
    pub verifier: VerifierChoice,
    /// How requests are read and answered.
    #[serde(default)]
    pub gateway: Settings,
    /// Whether each decision writes one line to the proxy's log.
    #[serde(default = "yes")]
    pub audit: bool,
    /// Facts left as filter state `wasm.vicar.<name>`. Default: all.
    #[serde(default = "every_fact")]
    pub filter_state: Vec<StateKey>,
    /// Longest time in seconds that a request waits for a key that is being fetched.
    #[serde(default = "five")]
    pub key_wait_seconds: u32,
    /// Longest time in seconds that a request waits for its body.
    #[serde(default = "thirty")]
    pub body_wait_seconds: u32,
    /// Only for tests.
    #[serde(default)]
    pub unsafe_testing: Option<UnsafeTesting>,
}

/// Who verifies tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Envoy's `jwt_authn` filter, earlier in the chain, has verified the token; its payload is
    /// read from dynamic metadata. A request without that payload is denied.
    TrustJwtAuthn,
    /// This filter.
    #[default]
    Verify,
}

/// Where `jwt_authn` leaves what it verified.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtAuthn {
    /// `payload_in_metadata` of the provider.
    pub payload: String,
    /// `header_in_metadata` of the provider.
    #[serde(default)]
    pub header: Option<String>,
    /// The bundle's name of the issuer that the provider stands for: claims of another are
    /// refused.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// How long fetched keys are good, in seconds; each left out has the default of `vicar-keys`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyTimes {
    /// Between two scheduled fetches. Default: a day.
    pub refresh_seconds: Option<u64>,
    /// Until the last good keys are dropped, whether or not the issuer answers. Default: 48 hours.
    pub oldest_seconds: Option<u64>,
}

/// Overrides that make a filter worthless as a guard. Each is logged as a warning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnsafeTesting {
    /// Judge as if it were this time, in seconds since the epoch.
    pub clock_seconds: Option<u64>,
    /// Take the time from the request header `x-unsafe-clock` where there is one.
    pub clock_from_header: bool,
    /// Answer every request with the verdict as JSON instead of acting on it.
    pub answer_with_verdict: bool,
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// Not JSON, a member that is unknown or missing, or one of another type.
    #[error("the configuration cannot be read: {0}")]
    Malformed(String),
    /// Two members that contradict each other, or a value out of its range.
    #[error("`{at}`: {why}")]
    Rule {
        /// The member.
        at: String,
        /// What is wrong with it, and what would be right.
        why: String,
    },
}

impl ConfigurationError {
    pub(crate) fn rule(at: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Rule { at: at.into(), why: why.to_string() }
    }
}

impl Configuration {
    /// Reads a configuration and checks what types cannot say.
    ///
    /// # Errors
    /// [`ConfigurationError`] with the first thing that is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, ConfigurationError> {
        if json.is_empty() {
            return Err(ConfigurationError::Malformed(
                "it is empty; give at least `{\"bundle\": {\"inline\": …}}`".to_owned(),
            ));
        }
        let mut configuration: Self = serde_json::from_slice(json)
            .map_err(|error| ConfigurationError::Malformed(bounded(&error.to_string())))?;
        configuration.check()?;
        configuration.gateway.audit |= configuration.audit;
        if configuration.mode == Mode::TrustJwtAuthn {
            configuration.gateway.evidence = Evidence::Vouched;
        }
        Ok(configuration)
    }

    fn check(&self) -> Result<(), ConfigurationError> {
        let rule = |at: &str, why: &str| ConfigurationError::rule(at, why);
        match (self.mode, &self.jwt_authn) {
            (Mode::Verify, Some(_)) => {
                return Err(rule("jwt_authn", "it goes with mode `trust_jwt_authn` only"));
            }
            (Mode::TrustJwtAuthn, None) => {
                return Err(rule(
                    "jwt_authn",
                    "mode `trust_jwt_authn` needs the metadata key of the provider's payload, \
                     `{\"payload\": …}`",
                ));
            }
            (Mode::TrustJwtAuthn, Some(_)) if !self.keys.is_empty() => {
                return Err(rule(
                    "keys",
                    "mode `trust_jwt_authn` verifies nothing, so it has none",
                ));
            }
            (Mode::Verify, None) | (Mode::TrustJwtAuthn, Some(_)) => {}
        }
        if self.gateway.evidence != Evidence::Verify {
            return Err(rule("gateway.evidence", "set `mode` instead"));
        }
        for (name, seconds) in [
            ("key_wait_seconds", self.key_wait_seconds),
            ("body_wait_seconds", self.body_wait_seconds),
        ] {
            if !(1..=300).contains(&seconds) {
                return Err(rule(name, &format!("it is {seconds}, where 1 to 300 is expected")));
            }
        }
        self.bundle.check()?;
        self.keys.iter().try_for_each(|(issuer, source)| source.check(issuer))
    }
}

/// The text of an embedded document as it stands.
pub(crate) fn raw_text(raw: &RawValue) -> &[u8] {
    raw.get().as_bytes()
}

/// serde's message, which may quote the input, cut to a length fit for a log line.
fn bounded(message: &str) -> String {
    message.chars().take(300).flat_map(char::escape_debug).collect()
}

const fn yes() -> bool {
    true
}

fn every_fact() -> Vec<StateKey> {
    StateKey::ALL.to_vec()
}

const fn five() -> u32 {
    5
}

const fn thirty() -> u32 {
    30
}

#[cfg(test)]
mod tests;
