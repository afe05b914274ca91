//! `make demo`. With `--brief` the table alone.

use std::env;
use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use vicar_demo::show::show;
use vicar_demo::table::Paint;
use vicar_native::engine::NativeEngine;

fn main() -> ExitCode {
    let colours = stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    let brief = env::args().any(|argument| argument == "--brief");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/reference");
    // Natively, which gives the same bytes and spares a first build the WebAssembly compiler.
    let shown = match show(&NativeEngine, "native", &folder, Paint { colours }, brief) {
        Ok(shown) => shown,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    // A reader that closes the pipe early has seen enough.
    let _ = stdout().write_all(shown.text.as_bytes());
    for surprise in &shown.surprises {
        eprintln!("unexpected: {surprise}");
    }
    if shown.surprises.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
