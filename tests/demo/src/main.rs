//! `make demo`. With `--brief` the table alone.

use std::env;
use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use vicar_demo::show::show;
use vicar_demo::table::Paint;
use vicar_native::engine::{EngineError, Limits, WasmEngine};

fn main() -> ExitCode {
    let colours = stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    let brief = env::args().any(|argument| argument == "--brief");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/reference");
    let shown = match engine().map_err(|error| error.to_string()).and_then(|engine| {
        show(&engine, "wasm", &folder, Paint { colours }, brief).map_err(|error| error.to_string())
    }) {
        Ok(shown) => shown,
        Err(problem) => {
            eprintln!("error: {problem}");
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

/// The engine over the component that `make component` compiled ahead of time.
#[expect(unsafe_code, reason = "the code was compiled by vicar-pack in this very build")]
fn engine() -> Result<WasmEngine, EngineError> {
    // SAFETY: the bytes are vicar-pack's and part of this binary.
    unsafe { WasmEngine::from_precompiled(COMPONENT, Limits::default()) }
}

static COMPONENT: &[u8] = include_bytes!("../../../dist/vicar.component.cwasm"); // missing? run `make component`
