//! `make bench`: every number that Vicar promises, in one run, beside what it is compared with.
//!
//!   vicar-bench GUEST COMPONENT ALONE VICAR [--write docs/performance.md]
//!
//! Prints Markdown. With `--write` the text between the markers of the file is replaced.

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
    let (files, target) = match arguments.as_slice() {
        [guest, component, alone, vicar] => ([guest, component, alone, vicar], None),
        [guest, component, alone, vicar, write, target] if write == Path::new("--write") => {
            ([guest, component, alone, vicar], Some(target))
        }
        _ => {
            eprintln!("usage: vicar-bench GUEST COMPONENT ALONE VICAR [--write FILE]");
            return ExitCode::from(2);
        }
    };
    match measure_all(files).and_then(|report| {
        println!("{report}");
        target.map_or(Ok(()), |target| write_between_markers(target, &report))
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all([guest, component, alone, vicar]: [&PathBuf; 4]) -> Result<String, Box<dyn Error>> {
    let engines = gate::Engines::new(component, alone)?;
    let sections = [
        duel::run(guest)?,
        gate::warm(&engines)?,
        gate::cold(&engines)?,
        signatures::run()?,
        gate::load(&engines)?,
        gate::start(vicar)?,
        size::run(component)?,
    ];
    let tables: String = sections.iter().map(report::Section::markdown).collect();
    Ok(format!("Machine: {}.\n\n{tables}", machine()))
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

fn write_between_markers(path: &Path, report: &str) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the file has no begin marker")?;
    let (_, after) = rest.split_once(END).ok_or("the file has no end marker")?;
    let report = report.trim_end();
    fs::write(path, format!("{before}{BEGIN}\n\n{report}\n\n{END}{after}"))?;
    Ok(())
}

const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- /measured -->";
