//! The `vicar` command line: one module per command, and what they share.
//!
//! Every command returns an [`Answer`]: all it has to say, and how the process ends. Only
//! [`main`] writes to standard output, so a command never leaves half an answer behind; `lab`
//! alone says where it is before it ends.

mod bundle;
mod bundle_input;
mod check;
mod completion;
mod decide;
mod doctor;
mod engine_choice;
mod exchange;
mod explain;
mod finding_view;
mod identity_view;
mod inspect;
mod keys;
mod keys_input;
mod lab;
mod login;
mod mint;
mod oidc;
mod request_input;
mod schema;
mod screen;
mod serve;
mod sidecar_input;
mod test;
#[cfg(test)]
mod tests;
mod time;
mod token_input;
mod verdict_view;
mod verify;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};

use crate::{
    engine::{EngineError, WasmEngine},
    exchange::WasmExchanger,
    failure::{Failure, code, without_tokens},
    terminal::{ColorChoice, Palette, Tone, safe},
};

use screen::Screen;
pub use screen::{Answer, Ending};

/// From a token to a verdict: which agent did this, and who authorised it?
#[derive(Debug, Parser)]
#[command(name = "vicar", version, after_help = AFTER_HELP)]
pub struct Arguments {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
struct Shared {
    /// Answer in JSON; `vicar schema` describes it
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
    /// When to colour the output; `auto` looks for a terminal and for `NO_COLOR`
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    color: ColorChoice,
    /// Print tokens whole; else they are shortened beyond use
    #[arg(long, global = true, help_heading = "Output")]
    show_token: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
    Explain(explain::Explain),
    Decide(decide::Decide),
    Check(check::Check),
    Test(test::Test),
    Bundle(bundle::BundleCommand),
    Keys(keys::KeysCommand),
    Oidc(oidc::OidcCommand),
    Mint(mint::Mint),
    Exchange(exchange::Exchange),
    Login(login::Login),
    Lab(lab::LabCommand),
    Serve(serve::Serve),
    Doctor(doctor::Doctor),
    Schema(schema::SchemaCommand),
    Completion(completion::Completion),
}

/// The components that the program carries; each is loaded only when a command needs it.
#[derive(Clone, Copy, Debug)]
pub struct Components {
    /// The gate.
    pub gate: fn() -> Result<WasmEngine, EngineError>,
    /// The exchange.
    pub exchange: fn() -> Result<WasmExchanger, EngineError>,
}

/// Runs the process's command line.
pub fn main(components: Components) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let (json, color) = (arguments.shared.json, arguments.shared.color);
    match run(arguments, components) {
        Ok(answer) => {
            let _ = io::stderr().lock().write_all(answer.note.as_bytes());
            write_out(&answer.text, answer.ending.into())
        }
        Err(failure) => report(&failure, json, color),
    }
}

/// Runs one command.
///
/// # Errors
/// [`Failure`] where there is no answer.
pub fn run(arguments: Arguments, components: Components) -> Result<Answer, Failure> {
    let Arguments { shared, command } = arguments;
    let palette = Palette::detect(shared.color);
    let screen = Screen::new(palette, shared.json, shared.show_token, components);
    match command {
        Command::Inspect(command) => command.run(&screen),
        Command::Verify(command) => command.run(&screen),
        Command::Explain(command) => command.run(&screen),
        Command::Decide(command) => command.run(&screen),
        Command::Check(command) => command.run(&screen),
        Command::Test(command) => command.run(&screen),
        Command::Bundle(command) => command.run(&screen),
        Command::Keys(command) => command.run(&screen),
        Command::Oidc(command) => command.run(&screen),
        Command::Mint(command) => command.run(&screen),
        Command::Exchange(command) => command.run(&screen),
        Command::Login(command) => command.run(&screen),
        Command::Lab(command) => command.run(&screen),
        Command::Serve(command) => command.run(&screen),
        Command::Doctor(command) => command.run(&screen),
        Command::Schema(command) => command.run(&screen),
        Command::Completion(command) => Ok(command.run(Arguments::command())),
    }
}

/// Help and version are answers, the rest is misuse. What clap says repeats arguments: a token
/// among them must not reach a log.
fn not_understood(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let harmless = without_tokens(&text);
    if !error.use_stderr() {
        return write_out(&text, ExitCode::SUCCESS);
    }
    // The arguments were not understood, so `--json` is looked for by hand.
    if std::env::args_os().any(|argument| argument == "--json") {
        let mut lines = harmless.lines().filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let mut failure = Failure::new(code::USAGE_MALFORMED, message);
        failure.details = lines.map(str::to_owned).collect();
        return report(&failure, true, ColorChoice::Never);
    }
    let _ = match harmless == text {
        true => error.print(),
        false => io::stderr().lock().write_all(harmless.as_bytes()),
    };
    ExitCode::from(MISUSE)
}

/// An error goes where it is read: as JSON to standard output for programs, as words to standard
/// error for people.
fn report(failure: &Failure, json: bool, color: ColorChoice) -> ExitCode {
    if json {
        let document = serde_json::json!({ "error": failure });
        return write_out(&format!("{document}\n"), ExitCode::from(MISUSE));
    }
    let palette = Palette::detect_for_errors(color);
    let mut text = format!(
        "{} {} [{}]\n",
        palette.paint(Tone::Bad, "error:"),
        safe(&failure.message),
        failure.reason
    );
    for detail in &failure.details {
        for line in detail.lines() {
            text.push_str(&format!("  {}\n", safe(line)));
        }
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("{} {}\n", palette.paint(Tone::Heading, "hint:"), safe(hint)));
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(MISUSE)
}

/// Writes the answer. A reader that went away (`| head`) is no error of ours; a full disk is, and
/// must not end like an answer.
fn write_out(text: &str, ending: ExitCode) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(MISUSE),
        _ => ending,
    }
}

/// Exit status for what could not be answered.
const MISUSE: u8 = 2;

const AFTER_HELP: &str = "\
Tokens and documents come as an argument, as `@file`, or as `-` from standard input.
Exit status: 0 yes (allowed, verified, passed), 1 no, 2 no answer.";
