//! Counters and distributions, gathered here and handed to the proxy with every tick, so that a
//! request pays no host call for them.

use std::collections::BTreeMap;

use vicar_gateway::Observed;

use crate::host::{MetricId, MetricKind, ProxyHost};

/// What was counted since the last tick.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counts: BTreeMap<Name, u64>,
    decision_microseconds: Vec<u64>,
    ids: BTreeMap<(MetricKind, String), MetricId>,
}

/// A counter; its name in the proxy is made when it is handed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Fixed(&'static str),
    Labelled(&'static str, &'static str),
    Issuer(String),
}

impl Metrics {
    /// Counts a decided request. `nanoseconds`: the time that the decision took.
    pub(crate) fn decided(&mut self, observed: &Observed, nanoseconds: u64) {
        self.add(Name::Labelled("requests", observed.outcome.name()), 1);
        self.add(Name::Labelled("reason", observed.reason.code), 1);
        if let Some(mode) = observed.mode() {
            self.add(Name::Labelled("mode", mode), 1);
        }
        if let Some(issuer) = observed.issuer() {
            self.count_issuer(issuer);
            let outcome = if observed.cached { "hits" } else { "misses" };
            self.add(Name::Labelled("token_cache", outcome), 1);
        }
        if let Some(verifier) = observed.verifier.filter(|_| !observed.cached) {
            self.add(Name::Labelled("verifier", verifier), 1);
        }
        if self.decision_microseconds.len() < SAMPLES {
            self.decision_microseconds.push(nanoseconds / 1000);
        }
    }

    /// Counts something that has a name of its own.
    pub(crate) fn count(&mut self, name: &'static str, amount: u64) {
        self.add(Name::Fixed(name), amount);
    }

    /// Hands everything to the proxy. What it refuses is lost: nothing depends on it.
    pub(crate) fn flush(&mut self, host: &impl ProxyHost) {
        for (name, amount) in std::mem::take(&mut self.counts) {
            let amount = i64::try_from(amount).unwrap_or(i64::MAX);
            if let Some(id) = self.id(host, MetricKind::Counter, name.written()) {
                let _ = host.add_to_metric(id, amount);
            }
        }
        let samples = std::mem::take(&mut self.decision_microseconds);
        if samples.is_empty() {
            return;
        }
        let name = "vicar.decision_microseconds".to_owned();
        if let Some(id) = self.id(host, MetricKind::Histogram, name) {
            for sample in samples {
                let _ = host.record_metric(id, sample);
            }
        }
    }

    /// Sets a level at once.
    pub(crate) fn level(&mut self, host: &impl ProxyHost, name: String, value: u64) {
        if let Some(id) = self.id(host, MetricKind::Gauge, name) {
            let _ = host.record_metric(id, value);
        }
    }

    fn count_issuer(&mut self, issuer: &str) {
        let found = self.counts.iter_mut().find_map(|(name, count)| match name {
            Name::Issuer(known) if known == issuer => Some(count),
            _ => None,
        });
        match found {
            Some(count) => *count = count.saturating_add(1),
            None => self.add(Name::Issuer(issuer.to_owned()), 1),
        }
    }

    fn add(&mut self, name: Name, amount: u64) {
        let count = self.counts.entry(name).or_default();
        *count = count.saturating_add(amount);
    }

    fn id(&mut self, host: &impl ProxyHost, kind: MetricKind, name: String) -> Option<MetricId> {
        let key = (kind, name);
        if let Some(id) = self.ids.get(&key) {
            return Some(*id);
        }
        let id = host.define_metric(kind, &key.1).ok()?;
        self.ids.insert(key, id);
        Some(id)
    }
}

impl Name {
    fn written(&self) -> String {
        match self {
            Self::Fixed(name) => format!("vicar.{name}"),
            Self::Labelled(name, label) => format!("vicar.{name}.{label}"),
            Self::Issuer(issuer) => format!("vicar.issuer.{issuer}"),
        }
    }
}

/// Decisions whose time is recorded between two ticks: beyond, the distribution is a sample.
const SAMPLES: usize = 256;
