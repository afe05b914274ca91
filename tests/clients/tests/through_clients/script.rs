//! A script in another language, as a process of its own.

use std::{
    env,
    io::{BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// Who runs a script.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    JavaScript,
    Python,
}

/// Runs a script to its end and returns its `result`. What it tells before, `heard` gets.
#[track_caller]
pub(crate) fn run(
    language: Language,
    name: &str,
    given: &Value,
    mut heard: impl FnMut(&str, &Value),
) -> Value {
    let mut command = command(language);
    if let (Language::JavaScript, Some(ca)) = (language, given["ca"].as_str()) {
        command.env("NODE_EXTRA_CA_CERTS", ca);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name);
    command.arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => Process(child),
        Err(error) => panic!(
            "{name} needs `{}`, which does not start ({error}); `make clients` says what is missing",
            program(language).display()
        ),
    };
    give(child.0.stdin.take().unwrap(), given);
    let mut errors = child.0.stderr.take().unwrap();
    let errors = thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        text
    });
    let told = lines(BufReader::new(child.0.stdout.take().unwrap()));
    let end = Instant::now() + PATIENCE;
    let mut result = None;
    loop {
        let line = match told.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                drop(child);
                let errors = errors.join().unwrap();
                panic!("{name} did not end within {} s:\n{errors}", PATIENCE.as_secs());
            }
        };
        let value: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{name} says what is no JSON ({error}): {line}"));
        match value["event"].as_str() {
            Some("result") => result = Some(value),
            Some(event) => heard(event, &value),
            None => panic!("{name} says what is no event: {line}"),
        }
    }
    let status = child.0.wait().unwrap();
    let errors = errors.join().unwrap();
    assert!(status.success(), "{name} ended with {status}:\n{errors}");
    result.unwrap_or_else(|| panic!("{name} ended without a result:\n{errors}"))
}

/// Nothing of the machine's own settings: not its proxies, not its certificate authorities.
fn command(language: Language) -> Command {
    let mut command = Command::new(program(language));
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    match language {
        Language::JavaScript => {
            command.env("NODE_PATH", installed("node/node_modules"));
        }
        Language::Python => {
            command.env("PYTHONDONTWRITEBYTECODE", "1");
        }
    }
    command
}

fn program(language: Language) -> PathBuf {
    match language {
        Language::JavaScript => {
            installed("node/node_modules");
            PathBuf::from("node")
        }
        Language::Python => installed("python/bin/python"),
    }
}

/// What `tools/clients.sh` has installed.
fn installed(what: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let path = target.join("clients").join(what);
    assert!(path.exists(), "there is no `{}`; `make clients` installs it", path.display());
    path
}

fn give(mut input: ChildStdin, given: &Value) {
    // A script that ends without reading has said why on its standard error.
    let _ = input.write_all(given.to_string().as_bytes());
}

fn lines(output: impl std::io::BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(120);
