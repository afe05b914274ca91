//! What is counted, for Prometheus.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// Every metric. Labels come from closed sets, never from what callers write.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<EndpointLabel, Histogram>,
    exchanges: Family<ExchangeLabels, Counter>,
    decisions: Family<DecisionLabels, Counter>,
    cached: Gauge<i64, std::sync::atomic::AtomicI64>,
    reloads: Family<ReloadLabels, Counter<u64, AtomicU64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabel {
    endpoint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExchangeLabels {
    source: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vicar");
        let requests = Family::<RequestLabels, Counter>::default();
        registry.register("requests", "Requests by endpoint and status", requests.clone());
        let seconds = Family::<EndpointLabel, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.000_1, 4.0, 9))
        });
        registry.register("request_seconds", "Time until the answer's head", seconds.clone());
        let exchanges = Family::<ExchangeLabels, Counter>::default();
        registry.register(
            "tokens",
            "Tokens asked for, by where they came from and why there was none",
            exchanges.clone(),
        );
        let decisions = Family::<DecisionLabels, Counter>::default();
        registry.register("decisions", "Verdicts of the bundle", decisions.clone());
        let cached = Gauge::default();
        registry.register("cached_keys", "Keys in the token cache", cached.clone());
        let reloads = Family::<ReloadLabels, Counter<u64, AtomicU64>>::default();
        registry.register("bundle_reloads", "Changes of the bundle", reloads.clone());
        Self { registry, requests, seconds, exchanges, decisions, cached, reloads }
    }
}

impl Metrics {
    /// A request was answered.
    pub fn request(&self, endpoint: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { endpoint, status }).inc();
        self.seconds.get_or_create(&EndpointLabel { endpoint }).observe(took.as_secs_f64());
    }

    /// A token was asked for. `source` is `cache`, `exchange` or `none`.
    pub fn token(&self, source: &'static str, reason: &'static str) {
        self.exchanges.get_or_create(&ExchangeLabels { source, reason }).inc();
    }

    /// The bundle decided.
    pub fn decision(&self, allowed: bool) {
        let verdict = if allowed { "allow" } else { "deny" };
        self.decisions.get_or_create(&DecisionLabels { verdict }).inc();
    }

    /// The bundle's file changed.
    pub fn reload(&self, taken: bool) {
        let outcome = if taken { "taken" } else { "refused" };
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// The text that Prometheus reads (OpenMetrics 1.0).
    pub fn text(&self, cached: usize) -> String {
        self.cached.set(i64::try_from(cached).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}
