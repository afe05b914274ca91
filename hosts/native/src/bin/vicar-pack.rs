//! Build tool: a component, and its ahead-of-time compiled form, of the guest's core module.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use vicar_native::pack::{self, World};

/// Makes a component of a core module, checks its imports, and compiles it ahead of time.
#[derive(Parser)]
struct Arguments {
    /// The core module that cargo built for wasm32-unknown-unknown.
    core: PathBuf,
    /// Where the component goes.
    #[arg(long)]
    component: PathBuf,
    /// Where the compiled form goes, if one is wanted.
    #[arg(long, requires = "target")]
    precompiled: Option<PathBuf>,
    /// The target it is compiled for, a triple such as `x86_64-unknown-linux-gnu`.
    #[arg(long)]
    target: Option<String>,
    /// The component is of the world `vicar-alone` and may import nothing.
    #[arg(long)]
    alone: bool,
    /// The component is of the world `vicar-exchange` and may import nothing.
    #[arg(long, conflicts_with = "alone")]
    exchange: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let core = fs::read(&arguments.core)
        .map_err(|error| format!("{}: {error}", arguments.core.display()))?;
    let world = match (arguments.alone, arguments.exchange) {
        (true, _) => World::Alone,
        (false, true) => World::Exchange,
        (false, false) => World::Vicar,
    };
    let component = pack::component(&core, world)?;
    if let (Some(path), Some(target)) = (&arguments.precompiled, &arguments.target) {
        replace(path, &pack::precompile(&component, target)?)?;
    }
    replace(&arguments.component, &component)?;
    Ok(())
}

/// Writes a file whole or not at all; leaves one that is already right alone, so that nothing
/// is built again because of it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|existing| existing == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}
