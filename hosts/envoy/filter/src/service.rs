//! A bundle at work, with the keys it needs.

use vicar::Gate;
use vicar_gateway::Gateway;
use vicar_keys::Event;
use vicar_token::UnixSeconds;

use crate::{
    configuration::{Configuration, ConfigurationError, Mode},
    host::{LogLevel, ProxyHost},
    keys::Keys,
    verifier::{EnvoyVerifier, host_first, own_only},
};

/// A bundle at work, with the keys it needs.
pub(crate) struct Service<H: ProxyHost> {
    pub(crate) gateway: Gateway<EnvoyVerifier<H>>,
    /// Nothing where another filter verifies.
    pub(crate) keys: Option<Keys>,
}

impl<H: ProxyHost + Clone> Service<H> {
    /// Loads a bundle file. Keys that need no fetch are in use at once.
    pub(crate) fn new(
        file: &[u8],
        configuration: &Configuration,
        verifier: EnvoyVerifier<H>,
        now: UnixSeconds,
        seed: u64,
    ) -> Result<Self, ConfigurationError> {
        let refused = |error: &dyn std::fmt::Display| ConfigurationError::rule("bundle", error);
        let names = if verifier.asks_host() { host_first } else { own_only };
        let gate = Gate::load(file, verifier).map_err(|error| refused(&error))?;
        let keys = match configuration.mode {
            Mode::Verify => Some(Keys::new(gate.bundle(), configuration, now, seed)?),
            Mode::TrustJwtAuthn => None,
        };
        let mut settings = configuration.gateway.clone();
        settings.verdicts =
            configuration.unsafe_testing.is_some_and(|testing| testing.answer_with_verdict);
        let gateway = Gateway::new(gate, settings, names)
            .map_err(|error| ConfigurationError::rule("gateway", error))?;
        Ok(Self { gateway, keys })
    }

    /// Gives the gate what happened to the keys; whether it can verify more than before.
    pub(crate) fn apply(&mut self, host: &H, events: Vec<Event>) -> bool {
        let mut more = false;
        for event in events {
            let (level, line) = match event {
                Event::KeysReplaced { issuer, document, usable, skipped } => {
                    match self.gateway.gate_mut().set_keys(&issuer, &document) {
                        Ok(report) => {
                            more = true;
                            let (used, left) = (report.used.len(), skipped);
                            let line = format!(
                                "keys of issuer `{issuer}`: {used} of {usable} in use, {left} of other kinds"
                            );
                            (LogLevel::Info, line)
                        }
                        Err(error) => {
                            (LogLevel::Error, format!("keys of issuer `{issuer}`: {error}"))
                        }
                    }
                }
                Event::KeysExpired { issuer } => {
                    self.gateway.gate_mut().forget_keys(&issuer);
                    let line = format!("keys of issuer `{issuer}` are too old and no longer used");
                    (LogLevel::Error, line)
                }
                Event::FetchFailed { issuer, address, why, next_try } => {
                    let line = format!(
                        "keys of issuer `{issuer}` from {address}: {why}; next attempt at {next_try}"
                    );
                    (LogLevel::Warn, line)
                }
                _ => continue,
            };
            host.log(level, &format!("vicar: {line}"));
        }
        more
    }
}
