//! `make bench`: every number that Vicar promises, in one run, beside what it is compared with.
//!
//!   vicar-bench GUEST COMPONENT ALONE VICAR [--write docs/performance.md | --only SECTION]
//!
//! Prints Markdown. With `--write` the text between the markers of the file is replaced; with
//! `--only` one section is measured.

mod duel;
mod fixture;
mod gate;
mod measure;
mod report;
mod signatures;
mod size;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let (files, target, only) = match arguments.as_slice() {
        [guest, component, alone, vicar] => ([guest, component, alone, vicar], None, None),
        [guest, component, alone, vicar, write, target] if write == Path::new("--write") => {
            ([guest, component, alone, vicar], Some(target), None)
        }
        [guest, component, alone, vicar, only, section] if only == Path::new("--only") => {
            ([guest, component, alone, vicar], None, section.to_str())
        }
        _ => {
            eprintln!(
                "usage: vicar-bench GUEST COMPONENT ALONE VICAR [--write FILE | --only {}]",
                names()
            );
            return ExitCode::from(2);
        }
    };
    match measure(files, only).and_then(|report| {
        println!("{report}");
        target.map_or(Ok(()), |target| report::write_between(target, [BEGIN, END], &report))
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(files: [&PathBuf; 4], only: Option<&str>) -> Result<String, Box<dyn Error>> {
    let [_, component, alone, _] = files;
    let bench = Bench { files, engines: gate::Engines::new(component, alone)? };
    let mut tables = String::new();
    for (name, section) in SECTIONS {
        if only.is_none_or(|only| only == name) {
            tables.push_str(&section(&bench)?.markdown());
        }
    }
    if tables.is_empty() {
        return Err(format!("there is no section of this name, but: {}", names()).into());
    }
    Ok(format!("Machine: {}.\n\n{tables}", machine()))
}

/// What a section measures with.
struct Bench<'a> {
    files: [&'a PathBuf; 4],
    engines: gate::Engines,
}

type Measure = fn(&Bench<'_>) -> Result<report::Section, Box<dyn Error>>;

const SECTIONS: [(&str, Measure); 7] = [
    ("policy", |bench| duel::run(bench.files[0])),
    ("warm", |bench| gate::warm(&bench.engines)),
    ("cold", |bench| gate::cold(&bench.engines)),
    ("signatures", |bench| signatures::run(bench.files[0])),
    ("load", |bench| gate::load(&bench.engines)),
    ("start", |bench| gate::start(bench.files[3])),
    ("size", |bench| size::run(bench.files[1])),
];

fn names() -> String {
    SECTIONS.map(|(name, _)| name).join(", ")
}

/// The machine in a few words.
fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unnamed processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {model}, {} {}", env::consts::OS, env::consts::ARCH)
}

const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- /measured -->";
