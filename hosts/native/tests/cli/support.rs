//! The command, its inputs and what it leaves behind.

use std::{path::PathBuf, process::Output};

use assert_cmd::Command;

/// When the tests' tokens are valid.
pub(crate) const NOW: &str = "1790000100";

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// `vicar` with these arguments, away from the user's environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vicar"));
    command.args(arguments).env_clear().timeout(std::time::Duration::from_secs(60));
    command
}

/// Runs it.
pub(crate) fn vicar(arguments: &[&str]) -> Run {
    finish(command(arguments).output().expect("vicar runs"))
}

/// Runs it with something on standard input.
pub(crate) fn vicar_reading(arguments: &[&str], input: impl Into<Vec<u8>>) -> Run {
    finish(command(arguments).write_stdin(input).output().expect("vicar runs"))
}

/// What came out of it.
pub(crate) fn finish(output: Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let status = output.status.code().expect("vicar ends by itself");
    Run { status, out: text(output.stdout), err: text(output.stderr) }
}

/// A file or folder of the tests' data.
pub(crate) fn data(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/data", name].iter().collect();
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The bundle folder of these tests.
pub(crate) fn office() -> String {
    data("office")
}

/// The token of an agent that acts for Dana, signed as the office's Entra.
pub(crate) fn token(changes: &[&str]) -> String {
    let claims = format!("@{}", data("agent-for-dana.json"));
    let mut arguments = vec!["mint", &claims, "--issuer", "entra"];
    arguments.extend(changes.iter().flat_map(|change| ["--set", change]));
    let run = vicar(&arguments);
    assert_eq!(run.status, 0, "{run:?}");
    run.out.trim().to_owned()
}

/// Arguments that decide on a tool call.
pub(crate) fn on_tool<'a>(
    verb: &'a str,
    token: &'a str,
    office: &'a str,
    tool: &'a str,
) -> Vec<&'a str> {
    vec![
        verb,
        token,
        "--bundle",
        office,
        "--test-keys",
        "--now",
        NOW,
        "--url",
        "https://mcp.contoso.example/mcp",
        "--tool",
        tool,
    ]
}
