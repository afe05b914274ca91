//! The third part of `make demo`: from a person's sign-in to the call, through the sidecar and
//! Envoy.

use std::process::ExitCode;

use vicar_demo::{show::print, story, table::Paint};

fn main() -> ExitCode {
    print(story::show(Paint::of_terminal()))
}
