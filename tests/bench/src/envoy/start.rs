//! What the filter costs before the first request: time to start, and memory.

use std::{error::Error, fs};

use serde_json::json;
use vicar_envoy_tests::{
    configuration::{Listener, bootstrap, to_envoy},
    envoy::{Envoy, Options},
    filter::{Filter, module},
};

use crate::{
    bundle::bundle,
    report::{Section, shown},
    tokens::{NAME, keys},
};

/// Start-up and memory, without the filter and with it.
pub(crate) fn run() -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("In Envoy: start-up and memory");
    let size = fs::metadata(module()?)?.len();
    section.at_most("the module", size as f64 / 1e3, 1000.0, " KB");
    let filter = |policies| -> Result<_, Box<dyn Error>> {
        let filter =
            Filter::new(&bundle(policies)?).keys(NAME, &keys()?).set("audit", json!(false));
        Ok(vec![filter.to_json()?])
    };
    for (name, filters) in [
        ("no filter", vec![]),
        ("Vicar, 20 policies", filter(20)?),
        ("Vicar, 2,000 policies", filter(2000)?),
    ] {
        let mut seconds = Vec::new();
        let mut bytes = Vec::new();
        for concurrency in [1, 5, 1, 5, 1, 5] {
            let listener = Listener::new("only", filters.clone(), to_envoy(200));
            let options = Options { concurrency, ..Options::default() };
            let envoy = Envoy::start(&bootstrap(&[listener.to_json()], &[]), &options)?;
            // Each worker makes its own machine when it starts.
            std::thread::sleep(std::time::Duration::from_millis(300));
            bytes.push((concurrency, envoy.resident_bytes()?));
            if concurrency == 1 {
                seconds.push(envoy.started_in().as_secs_f64());
            }
        }
        let of = |workers| {
            bytes.iter().filter(|(c, _)| *c == workers).map(|(_, b)| *b).min().unwrap_or_default()
        };
        let mebibytes = |bytes: f64| bytes / f64::from(1 << 20);
        let (one, five) = (of(1) as f64, of(5) as f64);
        let start = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        section.value(format!("{name}: ready after"), shown(start, " s"));
        section.value(format!("{name}: memory, one worker"), shown(mebibytes(one), " MiB"));
        section.value(
            format!("{name}: memory, each further worker"),
            shown(mebibytes((five - one) / 4.0), " MiB"),
        );
    }
    Ok(section)
}
