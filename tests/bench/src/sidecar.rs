//! `make bench`, the part of the sidecar: `vicar serve` as a process, a lab behind it.
//!
//!   vicar-bench-sidecar VICAR COMPONENT [--rounds N] [--only SECTION] [--write docs/performance.md]
//!
//! Prints Markdown. With `--write` the text between the markers of the file is replaced; with
//! `--only` one section is measured.

#[path = "sidecar/cached.rs"]
mod cached;
#[path = "sidecar/lab.rs"]
mod lab;
mod measure;
#[path = "sidecar/process.rs"]
mod process;
mod report;
#[path = "sidecar/start.rs"]
mod start;
#[path = "sidecar/steps.rs"]
mod steps;
#[path = "sidecar/uncached.rs"]
mod uncached;

use std::{env, error::Error, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let [vicar, component, ..] = arguments.as_slice() else {
        eprintln!(
            "usage: vicar-bench-sidecar VICAR COMPONENT [--rounds N] [--only {}] [--write FILE]",
            SECTIONS.map(|(name, _)| name).join(", ")
        );
        return ExitCode::from(2);
    };
    let rounds = value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let result = measure(vicar, component, rounds, value("--only").as_deref());
    let result = result.and_then(|report| {
        println!("{report}");
        value("--write").map_or(Ok(()), |target| {
            report::write_between(Path::new(&target), [BEGIN, END], &report)
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-bench-sidecar: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(
    vicar: &str,
    component: &str,
    rounds: usize,
    only: Option<&str>,
) -> Result<String, Box<dyn Error>> {
    let (vicar, component) = (Path::new(vicar), Path::new(component));
    let bench = Bench { vicar, component, rounds, lab: lab::Contoso::start()? };
    let mut tables = String::new();
    for (name, section) in SECTIONS {
        if only.is_none_or(|only| only == name) {
            tables.push_str(&section(&bench)?.markdown());
        }
    }
    match tables.is_empty() {
        true => Err("there is no section of this name".into()),
        false => Ok(tables),
    }
}

/// What a section measures with.
struct Bench<'a> {
    vicar: &'a Path,
    component: &'a Path,
    rounds: usize,
    lab: lab::Contoso,
}

type Measure = fn(&Bench<'_>) -> Result<report::Section, Box<dyn Error>>;

const SECTIONS: [(&str, Measure); 5] = [
    ("cached", cached::run),
    ("uncached", uncached::run),
    ("steps", steps::run),
    ("start", start::start),
    ("memory", start::memory),
];

const ROUNDS: usize = 5;
const BEGIN: &str = "<!-- measured of the sidecar -->";
const END: &str = "<!-- /measured of the sidecar -->";
