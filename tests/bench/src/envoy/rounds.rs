//! Load, variant by variant, round after round.

use std::{collections::BTreeMap, error::Error, time::Duration};

use vicar_envoy_tests::{
    configuration::bootstrap,
    envoy::{Envoy, Options},
    load::{Load, Pace, Until},
};

use crate::{
    report::{Section, shown},
    variants::{self, Variant},
};

/// One measurement of a variant.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    /// Requests a second.
    throughput: f64,
    /// Milliseconds.
    median: f64,
    /// Milliseconds.
    slow: f64,
    /// Microseconds of the worker thread for each request.
    processor: f64,
}

/// Medians and ratios of all variants.
pub(crate) fn run(rounds: usize, only: &str) -> Result<Section, Box<dyn Error>> {
    let modules = tempfile::tempdir()?;
    let mut variants = variants::all(modules.path())?;
    variants.retain(|variant| variant.name.contains(only));
    let listeners: Vec<_> = variants.iter().map(|variant| variant.listener.clone()).collect();
    let envoy = Envoy::start(&bootstrap(&listeners, &[]), &Options::default())?;
    let mut measured: BTreeMap<&str, Vec<Measured>> = BTreeMap::new();
    for variant in &variants {
        let _warm_up = once(&envoy, variant, Duration::from_millis(500))?;
    }
    for _ in 0..rounds {
        for variant in &variants {
            let result = once(&envoy, variant, TIME)?;
            measured.entry(variant.name).or_default().push(result);
        }
    }
    let mut section = Section::new("In Envoy: throughput, time and processor time of a request");
    for variant in &variants {
        let of = |value: fn(&Measured) -> f64| median_of(&measured, variant.name, value);
        section.value(
            variant.name,
            format!(
                "{}, p50 {}, p99 {}, CPU {}",
                shown(of(|m| m.throughput), "/s"),
                shown(of(|m| m.median), " ms"),
                shown(of(|m| m.slow), " ms"),
                shown(of(|m| m.processor), " us"),
            ),
        );
    }
    if !only.is_empty() {
        return Ok(section);
    }
    for (name, better, worse, goal) in [
        ("token cached / `jwt_authn` with cache", variants::WARM, variants::JWT_CACHED, 0.95),
        ("each token new / `jwt_authn` without cache", variants::COLD, variants::JWT, 1.0),
        ("2,000 / 20 policies", variants::WARM_MANY, variants::WARM, 0.95),
    ] {
        let ratio = ratio(&measured, better, worse, |m| m.throughput);
        section.at_least(format!("throughput: {name}"), ratio, goal, "x");
    }
    // What no filter in WebAssembly can be better than.
    for (name, better) in [
        ("a WebAssembly filter that reads the headers / `jwt_authn` with cache", variants::HEADERS),
        ("token cached, no filter state / `jwt_authn` with cache", variants::WARM_BARE),
    ] {
        let ratio = ratio(&measured, better, variants::JWT_CACHED, |m| m.throughput);
        section.value(format!("throughput: {name}"), shown(ratio, "x"));
    }
    for name in [
        variants::EMPTY,
        variants::HEADERS,
        variants::JWT,
        variants::JWT_CACHED,
        variants::COLD,
        variants::COLD_WASM,
        variants::WARM,
        variants::WARM_BARE,
        variants::BEHIND_JWT,
    ] {
        let added = median_of(&measured, name, |m| m.processor)
            - median_of(&measured, variants::NOTHING, |m| m.processor);
        section.value(format!("CPU added by: {name}"), shown(added, " us"));
    }
    Ok(section)
}

fn once(envoy: &Envoy, variant: &Variant, time: Duration) -> Result<Measured, Box<dyn Error>> {
    let before = envoy.worker_time()?;
    let load = Load {
        address: envoy.listener(variant.name)?,
        connections: CONNECTIONS,
        requests: variant.requests.clone(),
        until: Until::Elapsed(time),
        pace: Pace::Answered,
    };
    let outcome = load.run()?;
    let spent = envoy.worker_time()?.saturating_sub(before);
    if outcome.statuses.keys().any(|status| *status != 200) || !outcome.errors.is_empty() {
        return Err(format!("{}: {:?} {:?}", variant.name, outcome.statuses, outcome.errors).into());
    }
    Ok(Measured {
        throughput: outcome.throughput(),
        median: outcome.percentile(0.5).as_secs_f64() * 1e3,
        slow: outcome.percentile(0.99).as_secs_f64() * 1e3,
        processor: spent.as_secs_f64() * 1e6 / outcome.answers().max(1) as f64,
    })
}

type Rounds<'a> = BTreeMap<&'a str, Vec<Measured>>;

fn median_of(measured: &Rounds<'_>, name: &str, value: fn(&Measured) -> f64) -> f64 {
    median(measured.get(name).into_iter().flatten().map(value).collect())
}

/// The median of the rounds' ratios: what stood side by side in time is compared.
fn ratio(measured: &Rounds<'_>, over: &str, under: &str, value: fn(&Measured) -> f64) -> f64 {
    let over = measured.get(over).into_iter().flatten().map(value);
    let under = measured.get(under).into_iter().flatten().map(value);
    median(over.zip(under).map(|(over, under)| over / under).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_millis(1500);
