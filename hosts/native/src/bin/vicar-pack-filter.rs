//! Build tool: checks the Envoy filter's module, and makes an OCI image of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use vicar_native::pack;

/// Checks the imports and the size of the Envoy filter's module, and packs it.
#[derive(Parser)]
struct Arguments {
    /// The optimised module.
    module: PathBuf,
    /// Where the checked module goes.
    #[arg(long)]
    output: PathBuf,
    /// Where the image goes, an OCI image layout as a tar archive.
    #[arg(long)]
    image: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vicar-pack-filter: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let module = fs::read(&arguments.module)
        .map_err(|error| format!("{}: {error}", arguments.module.display()))?;
    pack::check_filter(&module)?;
    replace(&arguments.image, &pack::image(&module)?)?;
    replace(&arguments.output, &module)?;
    Ok(())
}

/// Writes a file whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}
