//! What the sidecar costs before the first request, and with a full cache.

use std::error::Error;

use vicar_envoy_tests::load::{Load, Pace, Until};

use super::{
    Bench,
    lab::{asking, sent},
    process::Sidecar,
};
use crate::report::{Section, shown};

/// Until it is ready, and memory then.
pub(crate) fn start(bench: &Bench<'_>) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("`vicar serve`, from process start to ready");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let sidecar = Sidecar::start(bench.vicar, &bench.lab)?;
        times.push(sidecar.ready_in().as_secs_f64() * 1e3);
        sidecar.stop()?;
    }
    times.sort_by(f64::total_cmp);
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    section.at_most("`/readyz` answers 200, median of starts", at(STARTS / 2), 150.0, " ms");
    section.value("the quickest", shown(at(0), " ms"));
    Ok(section)
}

/// With as many tokens as the cache holds, each of another person's token.
pub(crate) fn memory(bench: &Bench<'_>) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("Memory of `vicar serve`");
    let sidecar = Sidecar::start(bench.vicar, &bench.lab)?;
    let megabytes = |bytes: f64| bytes / 1e6;
    section.value("ready", shown(megabytes(sidecar.resident()?), " MB"));
    let fill = |tokens: usize| -> Result<(), Box<dyn Error>> {
        let requests = (0..tokens)
            .map(|_| Ok(asking(0, &bench.lab.sign_in()?)))
            .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        sent(Load {
            address: sidecar.address(),
            connections: CONNECTIONS,
            until: Until::Sent(u64::try_from(requests.len())?),
            requests,
            pace: Pace::Answered,
        })
        .map(drop)
    };
    fill(CONNECTIONS)?;
    section.value("64 tokens", shown(megabytes(sidecar.resident()?), " MB"));
    // One key is T1's.
    fill(FULL - CONNECTIONS - 1)?;
    section.at_most("10,000 tokens", megabytes(sidecar.resident()?), 60.0, " MB");
    Ok(section)
}

const STARTS: usize = 9;
const FULL: usize = 10_000;
const CONNECTIONS: usize = 64;
