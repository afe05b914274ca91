//! The `vicar` command.

mod embedded;

use std::process::ExitCode;

fn main() -> ExitCode {
    vicar_native::cli::main(embedded::COMPONENTS)
}
