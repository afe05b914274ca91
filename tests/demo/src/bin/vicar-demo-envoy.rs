//! The second part of `make demo`; with `--serve`, Envoy stays up to be played with.

use std::{
    env,
    io::{IsTerminal as _, Write as _, stdout},
    process::ExitCode,
};

use vicar_demo::{gateway, table::Paint};

fn main() -> ExitCode {
    let colours = stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    let paint = Paint { colours };
    let shown = if env::args().any(|argument| argument == "--serve") {
        gateway::serve(paint)
    } else {
        gateway::show(paint)
    };
    match shown {
        Ok(shown) => {
            // A reader that closes the pipe early has seen enough.
            let _ = stdout().write_all(shown.text.as_bytes());
            for surprise in &shown.surprises {
                eprintln!("unexpected: {surprise}");
            }
            if shown.surprises.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
