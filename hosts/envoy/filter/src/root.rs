//! One configuration at work: the root context.

mod bundle_fetch;

use std::{cell::Cell, rc::Rc};

use prost::Message;
use vicar_gateway::StateKey;
use vicar_token::{Reason, UnixSeconds};

use crate::{
    configuration::{BundleSource, Configuration, ConfigurationError, UnsafeTesting},
    host::{CallId, LogLevel, ProxyHost, Status},
    keys::Prospect,
    metrics::Metrics,
    protobuf::DeclarePropertyArguments,
    route::Routes,
    service::Service,
    verifier::EnvoyVerifier,
};
use bundle_fetch::BundleDownload;

/// One configuration at work. An update of the proxy's configuration makes a new root context,
/// with caches of its own, beside the one before, which serves its requests to their end.
pub(crate) struct Root<H: ProxyHost> {
    id: u32,
    pub(crate) host: H,
    pub(crate) configuration: Configuration,
    /// The facts that are left as filter state, each with its name there: the proxy puts `wasm.`
    /// before it.
    pub(crate) filter_state: Vec<(StateKey, String)>,
    verifier: EnvoyVerifier<H>,
    /// Calls that the proxy's verifier did not answer, counted on.
    verifier_failures: Rc<Cell<u64>>,
    failures_told: u64,
    pub(crate) service: Option<Service<H>>,
    /// The pinned bundle, until it is at work or was refused: refused once, it always is.
    download: Option<BundleDownload>,
    pub(crate) routes: Routes,
    pub(crate) metrics: Metrics,
    stops_told: Vec<&'static str>,
    /// Whether the proxy writes lines of the level that audit records have.
    logs_info: bool,
    tick_milliseconds: u32,
}

impl<H: ProxyHost + Clone> Root<H> {
    /// Puts a configuration to work.
    ///
    /// # Errors
    /// [`ConfigurationError`] with the first thing that is wrong.
    pub(crate) fn new(id: u32, host: H, json: &[u8]) -> Result<Self, ConfigurationError> {
        let configuration = Configuration::parse(json)?;
        let clock = |error: Status| ConfigurationError::rule("the proxy's clock", error);
        let nanoseconds = host.now_nanoseconds().map_err(clock)?;
        let verifier =
            EnvoyVerifier::new(host.clone(), configuration.verifier).map_err(|error| {
                ConfigurationError::rule(
                    "verifier",
                    format!("the proxy's own does not work: {error}"),
                )
            })?;
        let now = nanoseconds / NANOSECONDS;
        let file = configuration.bundle.file()?;
        let download = match &configuration.bundle {
            BundleSource::Fetch(fetch) => Some(BundleDownload::new(fetch)?),
            BundleSource::Inline(_) | BundleSource::Base64(_) => None,
        };
        let filter_state = configuration
            .filter_state
            .iter()
            .map(|key| (*key, format!("vicar.{}", key.name())))
            .collect();
        let mut root = Self {
            id,
            filter_state,
            verifier_failures: verifier.failures(),
            failures_told: 0,
            configuration,
            verifier,
            service: None,
            download,
            routes: Routes::default(),
            metrics: Metrics::default(),
            stops_told: Vec::new(),
            logs_info: true,
            tick_milliseconds: 0,
            host,
        };
        if let Some(file) = file {
            root.serve(&file, now)?;
        }
        root.begin(now);
        Ok(root)
    }

    /// The bundle at work: the pinned one, or the last one of the configuration before until that
    /// one is fetched. Nothing where there is neither.
    pub(crate) const fn service(&mut self) -> Option<&mut Service<H>> {
        self.service.as_mut()
    }

    /// The proxy's time in nanoseconds.
    pub(crate) fn nanoseconds(&self) -> Result<u64, Status> {
        self.host.now_nanoseconds()
    }

    /// The time to judge by, in seconds.
    pub(crate) fn judged_at(&self, nanoseconds: u64) -> UnixSeconds {
        let fixed = self.testing().and_then(|testing| testing.clock_seconds);
        fixed.unwrap_or(nanoseconds / NANOSECONDS)
    }

    pub(crate) const fn testing(&self) -> Option<UnsafeTesting> {
        self.configuration.unsafe_testing
    }

    /// Does what is due; whether requests that wait for keys may be judged again.
    pub(crate) fn tick(&mut self) -> bool {
        let Ok(nanoseconds) = self.nanoseconds() else { return false };
        let now = nanoseconds / NANOSECONDS;
        self.stops_told.clear();
        self.logs_info = self.host.log_level().is_ok_and(|level| level <= LogLevel::Info);
        self.seek_bundle(now);
        let more = self.drive_keys(now);
        self.report(now);
        self.set_pace(now);
        more
    }

    /// Hands what was counted to the proxy.
    pub(crate) fn flush(&mut self) {
        self.metrics.flush(&self.host);
    }

    /// Takes the answer to a call; whether requests that wait for keys may be judged again.
    pub(crate) fn answered(&mut self, call: CallId, fields: usize, length: usize) -> bool {
        let Ok(nanoseconds) = self.nanoseconds() else { return false };
        let now = nanoseconds / NANOSECONDS;
        if let Some(download) = &mut self.download
            && let Some(outcome) = download.answered(&self.host, call, fields, length, now)
        {
            match outcome {
                Ok(file) => {
                    download.share(&self.host, &file);
                    self.install(&file, now);
                }
                Err(why) => self.warn(&why),
            }
            return false;
        }
        let Some(service) = &mut self.service else { return false };
        let Some(keys) = &mut service.keys else { return false };
        if !keys.respond(&self.host, call, fields, length, now) {
            // Late, or of nobody: the fetch it belonged to was given up.
            self.metrics.count("keys.stale_answers", 1);
            return false;
        }
        let events = keys.drive(&self.host, now);
        self.count_fetches(&events);
        self.apply(events)
    }

    /// What a request can hope for whose token names an unknown key. Called from a request's
    /// callback: a call that follows from it is sent as the root's, or its answer would die with
    /// the request.
    pub(crate) fn seek_key(&mut self, stream: u32, issuer: &str, key_id: Option<&str>) -> Prospect {
        let Ok(nanoseconds) = self.nanoseconds() else { return Prospect::None };
        let now = nanoseconds / NANOSECONDS;
        let Some(keys) = self.service.as_mut().and_then(|service| service.keys.as_mut()) else {
            return Prospect::None;
        };
        let Some(key_id) = key_id else { return Prospect::None };
        let (mut prospect, mut events) = keys.unknown_key(&self.host, issuer, key_id, now);
        if prospect == Prospect::Wait && self.host.set_effective_context(self.id).is_ok() {
            events.extend(keys.drive(&self.host, now));
            if self.host.set_effective_context(stream).is_err() {
                prospect = Prospect::None;
            }
        }
        self.count_fetches(&events);
        let changed = self.apply(events);
        match prospect {
            Prospect::Wait if changed => Prospect::Retry,
            other => other,
        }
    }

    /// Writes an audit record, where the proxy would.
    pub(crate) fn record(&self, record: Option<&str>) {
        if let Some(record) = record.filter(|_| self.logs_info) {
            self.host.log(LogLevel::Info, record);
        }
    }

    /// Says why a request was stopped for a reason of the filter's own: once a reason between two
    /// ticks, for callers can bring some about as often as they like.
    pub(crate) fn stopped(&mut self, reason: &'static Reason, why: &str) {
        self.metrics.count("stopped", 1);
        if self.stops_told.contains(&reason.code) {
            return;
        }
        self.stops_told.push(reason.code);
        self.host.log(LogLevel::Error, &format!("vicar: {}: {why}", reason.code));
    }

    fn begin(&mut self, now: UnixSeconds) {
        if let Some(testing) = self.testing() {
            self.warn(&format!("UNSAFE, for tests only: {testing:?}"));
        }
        self.declare_filter_state();
        if !self.take_shared(now) {
            self.fall_back(now);
        }
        self.set_pace(now);
    }

    /// Filter state is text for as long as the request lives, so that other filters and logs read
    /// it as such.
    fn declare_filter_state(&self) {
        for (_, name) in &self.filter_state {
            let name = name.clone();
            let arguments = DeclarePropertyArguments { name, kind: 1, span: 1 };
            if let Err(status) =
                self.host.call_foreign("declare_property", &arguments.encode_to_vec())
            {
                self.warn(&format!("filter state stays untyped: {status}"));
                return;
            }
        }
    }

    fn drive_keys(&mut self, now: UnixSeconds) -> bool {
        let Some(keys) = self.service.as_mut().and_then(|service| service.keys.as_mut()) else {
            return false;
        };
        let events = keys.drive(&self.host, now);
        self.count_fetches(&events);
        self.apply(events)
    }

    fn seek_bundle(&mut self, now: UnixSeconds) {
        if !self.take_shared(now)
            && let Some(download) = &mut self.download
            && let Err(why) = download.ask(&self.host, now)
        {
            self.warn(&why);
        }
    }

    /// Looks for the pinned bundle where other workers leave it; whether it was there.
    fn take_shared(&mut self, now: UnixSeconds) -> bool {
        let file = self.download.as_ref().and_then(|download| download.shared(&self.host));
        if let Some(file) = &file {
            self.install(file, now);
        }
        file.is_some()
    }

    /// Puts the last bundle of the configuration before to work until the pinned one is there.
    fn fall_back(&mut self, now: UnixSeconds) {
        let last = self.download.as_ref().and_then(|known| known.last(&self.host));
        if last.is_some_and(|file| self.fits(&file, now)) {
            self.warn("the pinned bundle is not there yet; the last one stays at work");
        }
    }

    /// Puts the pinned bundle to work. One that does not fit the settings never will: it is not
    /// looked at again.
    fn install(&mut self, file: &[u8], now: UnixSeconds) {
        let download = self.download.take();
        if self.fits(file, now)
            && let Some(download) = download
        {
            download.remember(&self.host);
        }
    }

    /// Puts a fetched bundle to work, if it fits the settings.
    fn fits(&mut self, file: &[u8], now: UnixSeconds) -> bool {
        let served = self.serve(file, now);
        if let Err(error) = &served {
            self.host.log(LogLevel::Error, &format!("vicar: the fetched bundle: {error}"));
        }
        served.is_ok()
    }

    /// Puts a bundle to work, with the keys that are known already. Nothing is sent: this may run
    /// while a configuration is tried out.
    fn serve(&mut self, file: &[u8], now: UnixSeconds) -> Result<(), ConfigurationError> {
        let seed = self.nanoseconds().unwrap_or(now);
        let service = Service::new(file, &self.configuration, self.verifier.clone(), now, seed)?;
        let digest = service.gateway.gate().bundle().digest();
        let verifier = if self.verifier.asks_host() { "the proxy's" } else { "the module's own" };
        let line = format!("vicar: bundle {digest} at work; signature verifier: {verifier}");
        self.host.log(LogLevel::Info, &line);
        let service = self.service.insert(service);
        if let Some(keys) = &mut service.keys {
            let events = keys.learn(&self.host, now);
            service.apply(&self.host, events);
        }
        Ok(())
    }

    fn apply(&mut self, events: Vec<vicar_keys::Event>) -> bool {
        match &mut self.service {
            Some(service) => service.apply(&self.host, events),
            None => false,
        }
    }

    fn count_fetches(&mut self, events: &[vicar_keys::Event]) {
        for event in events {
            let name = match event {
                vicar_keys::Event::KeysReplaced { .. } => "keys.replaced",
                vicar_keys::Event::KeysUnchanged { .. } => "keys.unchanged",
                vicar_keys::Event::FetchFailed { .. } => "keys.failed",
                vicar_keys::Event::KeysExpired { .. } => "keys.expired",
                _ => continue,
            };
            self.metrics.count(name, 1);
        }
    }

    fn report(&mut self, now: UnixSeconds) {
        let failures = self.verifier_failures.get();
        let new = failures.saturating_sub(self.failures_told);
        if new > 0 {
            self.metrics.count("verifier.host_failures", new);
            self.failures_told = failures;
        }
        if let Some(keys) = self.service.as_ref().and_then(|service| service.keys.as_ref()) {
            for (issuer, age) in keys.ages(now) {
                self.metrics.level(&self.host, format!("vicar.keys.age_seconds.{issuer}"), age);
            }
        }
        self.flush();
    }

    /// Ticks often while something is missing, otherwise once a second.
    fn set_pace(&mut self, now: UnixSeconds) {
        let eager = match &self.service {
            None => self.download.is_some(),
            Some(service) => service.keys.as_ref().is_some_and(|keys| keys.is_waiting(now)),
        };
        let wanted = if eager { 100 } else { 1000 };
        if wanted != self.tick_milliseconds {
            match self.host.set_tick_period(wanted) {
                Ok(()) => self.tick_milliseconds = wanted,
                Err(status) => self.warn(&format!("no ticks: {status}")),
            }
        }
    }

    fn warn(&self, message: &str) {
        self.host.log(LogLevel::Warn, &format!("vicar: {message}"));
    }
}

pub(crate) const NANOSECONDS: u64 = 1_000_000_000;
