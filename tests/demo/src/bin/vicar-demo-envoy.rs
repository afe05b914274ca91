//! The second part of `make demo`; with `--serve`, Envoy stays up to be played with.

use std::{env, process::ExitCode};

use vicar_demo::{gateway, show::print, table::Paint};

fn main() -> ExitCode {
    let paint = Paint::of_terminal();
    print(match env::args().any(|argument| argument == "--serve") {
        true => gateway::serve(paint),
        false => gateway::show(paint),
    })
}
