//! `make bench`, the part in Envoy: the filter beside Envoy's own filters, in one Envoy.
//!
//!   vicar-bench-envoy [--rounds N] [--only TEXT] [--write docs/performance.md]
//!
//! Prints Markdown. With `--only`, of the variants whose name holds the text: for a profiler. With `--write` the text between the markers of the file is replaced.

#[path = "envoy/bundle.rs"]
mod bundle;
mod report;
#[path = "envoy/rounds.rs"]
mod rounds;
#[path = "envoy/start.rs"]
mod start;
#[path = "envoy/tokens.rs"]
mod tokens;
#[path = "envoy/variants.rs"]
mod variants;

use std::{env, error::Error, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let rounds = value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let only = value("--only").unwrap_or_default();
    let result = measure(rounds, &only).and_then(|report| {
        println!("{report}");
        value("--write").map_or(Ok(()), |target| {
            report::write_between(Path::new(&target), [BEGIN, END], &report)
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-bench-envoy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(rounds: usize, only: &str) -> Result<String, Box<dyn Error>> {
    let mut sections = vec![rounds::run(rounds, only)?];
    if only.is_empty() {
        sections.push(start::run()?);
    }
    Ok(sections.iter().map(report::Section::markdown).collect())
}

const ROUNDS: usize = 9;
const BEGIN: &str = "<!-- measured in Envoy -->";
const END: &str = "<!-- /measured in Envoy -->";
