//! The third part of `make demo`: from a person's sign-in to the call, through the sidecar and
//! Envoy.

use std::{
    env,
    io::{IsTerminal as _, Write as _, stdout},
    process::ExitCode,
};

use vicar_demo::{story, table::Paint};

fn main() -> ExitCode {
    let colours = stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    match story::show(Paint { colours }) {
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
