//! `vicar serve`, as a process of its own beside an application.

use std::{
    env,
    io::{BufRead as _, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc::channel},
    thread,
    time::Duration,
};

use serde_json::Value;

/// A sidecar; killed when dropped.
pub(crate) struct Sidecar {
    process: Child,
    pub(crate) url: String,
    audit: Arc<Mutex<Vec<String>>>,
}

impl Sidecar {
    /// Starts it on a free port, with nothing in its environment but these variables.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(vicar())
            .arg("serve")
            .args(arguments)
            .env_clear()
            .env("ASPNETCORE_URLS", "http://127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let audit = keep(process.stdout.take().unwrap());
        let log = BufReader::new(process.stderr.take().unwrap());
        let (found, address) = channel();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&kept);
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if event["message"] == "listening" {
                    let _ = found.send(event["address"].as_str().unwrap_or_default().to_owned());
                }
                lines.lock().unwrap().push(line);
            }
        });
        let mut sidecar = Self { process, url: String::new(), audit };
        match address.recv_timeout(Duration::from_secs(60)) {
            Ok(address) => sidecar.url = format!("http://{address}"),
            Err(_) => panic!("`vicar serve` does not listen: {:#?}", kept.lock().unwrap()),
        }
        sidecar
    }

    /// Its audit lines so far; none holds a token.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let lines = self.audit.lock().unwrap();
        assert!(!lines.iter().any(|line| line.contains("eyJ")), "{lines:#?}");
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keep(output: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&kept);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    });
    kept
}

/// The command that cargo has built beside these tests.
fn vicar() -> PathBuf {
    let tests = env::current_exe().unwrap();
    let vicar = tests.parent().and_then(|it| it.parent()).unwrap().join("vicar");
    let how = "cargo build --workspace --examples --bin vicar";
    assert!(vicar.exists(), "there is no `{}`; `{how}` makes it", vicar.display());
    vicar
}
