//! A gate with a gateway's settings.

use std::sync::Arc;

use vicar::{Gate, ProtectedResource};
use vicar_token::{Algorithm, SignatureVerifier, UnixSeconds};

use crate::{
    Head, Request, RouteSettings, Settings, SettingsError, Step, Strip, facts::Facts, facts::Place,
    settings::ResourceMetadata,
};

/// Names the verifier that checks an algorithm's signatures, for metrics and audit records: a
/// host may have more than one.
pub type VerifierNames = fn(Algorithm) -> &'static str;

/// A gate with a gateway's settings: one per worker.
pub struct Gateway<V: SignatureVerifier> {
    pub(crate) gate: Gate<V>,
    pub(crate) terms: Terms,
}

/// What is the same for every request.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) settings: Settings,
    pub(crate) strip: Strip,
    pub(crate) digest: Arc<str>,
    pub(crate) verifiers: VerifierNames,
    /// Names of the headers that policies may read.
    pub(crate) listed: Arc<[Arc<str>]>,
    /// The metadata to serve.
    pub(crate) resource: Option<ProtectedResource>,
    /// Whether some requests are judged by their body.
    pub(crate) reads_bodies: bool,
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
        let surface = &gate.bundle().contents().surface;
        let terms = Terms {
            strip: Strip::new(&settings),
            digest: gate.bundle().digest().to_string().into(),
            verifiers,
            listed: surface.headers.iter().map(|name| Arc::from(name.as_str())).collect(),
            resource: match settings.resource_metadata {
                ResourceMetadata::Serve => gate.protected_resource(),
                ResourceMetadata::Upstream => None,
            },
            reads_bodies: !(surface.mcp_servers.is_empty() && surface.llm_providers.is_empty()),
            settings,
        };
        Ok(Self { gate, terms })
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
        &self.terms.settings
    }

    /// Request headers to remove from every request that passes.
    pub const fn strip(&self) -> &Strip {
        &self.terms.strip
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

    /// What serves a request, where its head does not settle everything or the route says what it
    /// must be. A path that is ambiguous is refused later, when the gate is asked.
    pub(crate) fn place(&self, facts: &Facts<'_>) -> Option<Place> {
        if !self.terms.reads_bodies && facts.route.section.is_none() {
            return None;
        }
        let section = self.gate.section(&facts.host, &facts.path).ok()??;
        Some(Place { kind: section.kind, name: section.name.to_owned(), below: section.below })
    }
}
