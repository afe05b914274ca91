//! A header that has to be had first: T1 and T2.

use std::{error::Error, time::Duration};

use vicar_envoy_tests::load::{Load, Pace, Until};

use super::{
    Bench,
    lab::{AGENTS, asking, sent},
    process::Sidecar,
};
use crate::report::{Section, shown};

pub(crate) fn run(bench: &Bench<'_>) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("A header that is not cached: T1 and T2");
    one_after_the_other(bench, &mut section)?;
    all_at_once(bench, &mut section)?;
    Ok(section)
}

/// Each for another agent, so that T1 is new as well.
fn one_after_the_other(bench: &Bench<'_>, section: &mut Section) -> Result<(), Box<dyn Error>> {
    let sidecar = Sidecar::start(bench.vicar, &bench.lab)?;
    let token = bench.lab.sign_in()?;
    let agents = |agents: std::ops::Range<usize>| -> Result<_, Box<dyn Error>> {
        let requests: Vec<_> = agents.map(|agent| asking(agent, &token)).collect();
        sent(Load {
            address: sidecar.address(),
            connections: 1,
            until: Until::Sent(u64::try_from(requests.len())?),
            requests,
            pace: Pace::Answered,
        })
    };
    // The connection to the lab is there after these.
    agents(0..WARM_UP)?;
    bench.lab.token_requests()?;
    let before = sidecar.processor_time()?;
    let outcome = agents(WARM_UP..AGENTS)?;
    let spent = sidecar.processor_time()?.saturating_sub(before);
    let records = bench.lab.token_requests()?;
    let count = outcome.answers().max(1) as f64;
    let trips = records.len() as f64 / count;
    let in_lab = records.iter().map(|record| record.microseconds as f64).sum::<f64>() / 1e3 / count;
    let total = outcome.times.iter().map(Duration::as_secs_f64).sum::<f64>() * 1e3 / count;
    section.at_most("round trips to the token service", trips, 2.0, "");
    section.value(
        "from request to answer, on average",
        format!("{}, of it in the lab {}", shown(total, " ms"), shown(in_lab, " ms")),
    );
    section.at_most(
        "the rest: the sidecar, TLS and HTTP on both sides",
        total - in_lab,
        1.0,
        " ms",
    );
    section.value("the sidecar's processor time", shown(spent.as_secs_f64() * 1e3 / count, " ms"));
    Ok(())
}

/// A thousand callers while the lab takes its time.
fn all_at_once(bench: &Bench<'_>, section: &mut Section) -> Result<(), Box<dyn Error>> {
    let sidecar = Sidecar::start(bench.vicar, &bench.lab)?;
    let token = bench.lab.sign_in()?;
    bench.lab.token_requests()?;
    bench.lab.delay(2000)?;
    let outcome = sent(Load {
        address: sidecar.address(),
        connections: CALLERS,
        requests: vec![asking(0, &token)],
        until: Until::Sent(u64::try_from(CALLERS)?),
        pace: Pace::Answered,
    })?;
    let records = bench.lab.token_requests()?;
    let waited = outcome.times.iter().filter(|time| **time >= Duration::from_millis(500)).count();
    section.value(
        "callers of one key at once",
        format!("{} answered, {waited} of them waited for the exchange", outcome.answers()),
    );
    let t1 = records.iter().filter(|record| record.form.contains_key("fmi_path")).count();
    section.at_most("their exchanges (T2)", (records.len() - t1) as f64, 1.0, "");
    section.at_most("their exchanges (T1)", t1 as f64, 1.0, "");
    Ok(())
}

const WARM_UP: usize = 20;
const CALLERS: usize = 1000;
