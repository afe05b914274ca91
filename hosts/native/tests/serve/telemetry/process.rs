//! `vicar serve` as a process: variables in, lines out, an end on SIGTERM.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use reqwest::blocking::RequestBuilder;
use serde_json::Value;

use super::super::world::{Answer, World, variables};

pub(super) struct Process {
    child: Child,
    pub(super) url: String,
    /// Dana's, for every request of [`Process::get`].
    token: String,
    log: JoinHandle<Vec<String>>,
    audit: JoinHandle<String>,
    // What the process was told of lies in here.
    _folder: tempfile::TempDir,
}

/// What it wrote.
pub(super) struct Ended {
    pub(super) took: Duration,
    pub(super) log: Vec<Value>,
    pub(super) audit: Vec<Value>,
}

fn command(world: &World, folder: &std::path::Path, more: &[(&str, &str)]) -> Command {
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, &world.lab.ca_pem).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vicar"));
    command
        .args(["serve", "--engine", "native"])
        .env_clear()
        .envs(variables(&world.lab.origin))
        .env("SSL_CERT_FILE", ca)
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts one that does not start: its status and what it says.
pub(super) fn refused(world: &World, more: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = command(world, folder.path(), more).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

impl Process {
    /// Starts it, and waits until it is ready.
    pub(super) fn start(world: &World, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command(world, folder.path(), more).spawn().unwrap();
        let (sender, address) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = thread::spawn(move || {
            let mut lines = Vec::new();
            for line in stderr.lines().map_while(Result::ok) {
                let read: Value = serde_json::from_str(&line).unwrap_or_default();
                if read["message"] == "listening" {
                    let _ = sender.send(read["address"].as_str().unwrap().to_owned());
                }
                lines.push(line);
            }
            lines
        });
        let mut stdout = child.stdout.take().unwrap();
        let audit = thread::spawn(move || {
            let mut lines = String::new();
            stdout.read_to_string(&mut lines).unwrap();
            lines
        });
        let address = address.recv_timeout(Duration::from_secs(20)).expect("not listening");
        let process = Self {
            child,
            url: format!("http://{address}"),
            token: world.dana(),
            log,
            audit,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while world.client.get(format!("{}/readyz", process.url)).send().unwrap().status() != 200 {
            assert!(Instant::now() < deadline, "not ready");
            thread::sleep(Duration::from_millis(20));
        }
        process
    }

    pub(super) fn get(&self, world: &World, path: &str) -> RequestBuilder {
        world.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub(super) fn ask(&self, world: &World, path: &str) -> Answer {
        Answer::of(self.get(world, path).send().unwrap())
    }

    /// Asks it to end, and waits for that.
    pub(super) fn end(mut self) -> Ended {
        let asked = Instant::now();
        let kill = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let status = self.child.wait().unwrap();
        let took = asked.elapsed();
        let (log, audit) = (self.log.join().unwrap(), self.audit.join().unwrap());
        assert!(status.success(), "{log:?}");
        for text in log.iter().chain([&audit]) {
            assert!(!text.contains("eyJ") && !text.contains("lab-blueprint-secret"), "{text}");
        }
        let read =
            |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"));
        Ended {
            took,
            log: log.iter().map(|line| read(line)).collect(),
            audit: audit.lines().map(read).collect(),
        }
    }
}
