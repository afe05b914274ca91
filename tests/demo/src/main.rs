//! `make demo`. With `--brief` the table alone.

use std::{env, path::Path, process::ExitCode};

use vicar_demo::{
    show::{print, show},
    table::Paint,
};
use vicar_native::engine::NativeEngine;

fn main() -> ExitCode {
    let brief = env::args().any(|argument| argument == "--brief");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/reference");
    // Natively, which gives the same bytes and spares a first build the WebAssembly compiler.
    print(show(&NativeEngine, "native", &folder, Paint::of_terminal(), brief))
}
