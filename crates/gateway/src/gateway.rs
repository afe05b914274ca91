//! A gate with a gateway's settings.

use std::sync::Arc;

use vicar::Gate;
use vicar_token::{Algorithm, SignatureVerifier, UnixSeconds};

use crate::{Head, Request, RouteSettings, Settings, SettingsError, Step, Strip};

/// Names the verifier that checks an algorithm's signatures, for metrics and audit records: a
/// host may have more than one.
pub type VerifierNames = fn(Algorithm) -> &'static str;

/// A gate with a gateway's settings: one per worker.
pub struct Gateway<V: SignatureVerifier> {
    pub(crate) gate: Gate<V>,
    pub(crate) settings: Settings,
    pub(crate) strip: Strip,
    pub(crate) digest: Arc<str>,
    pub(crate) verifiers: VerifierNames,
}

impl<V: SignatureVerifier> Gateway<V> {
    /// Puts a gate to work.
    ///
    /// # Errors
    /// [`SettingsError`] when a setting is out of its range.
    pub fn new(
        gate: Gate<V>,
        settings: Settings,
        verifiers: VerifierNames,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let strip = Strip::new(&settings);
        let digest = gate.bundle().digest().to_string().into();
        Ok(Self { gate, settings, strip, digest, verifiers })
    }

    /// The gate, to read its bundle.
    pub const fn gate(&self) -> &Gate<V> {
        &self.gate
    }

    /// The gate, to give it keys.
    pub const fn gate_mut(&mut self) -> &mut Gate<V> {
        &mut self.gate
    }

    /// The settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Request headers to remove from every request that passes.
    pub const fn strip(&self) -> &Strip {
        &self.strip
    }

    /// Begins a request with its head. `route`: the settings of the proxy's route that serves it;
    /// `now`: seconds since the epoch.
    pub fn begin<H: Head + ?Sized>(
        &mut self,
        head: &H,
        route: &RouteSettings,
        now: UnixSeconds,
    ) -> (Request, Step) {
        Request::begin(self, head, route, now)
    }
}
