//! The Envoy process.

use std::{
    env,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Failure, admin::Admin};

/// A running Envoy with a folder of its own; killed when dropped.
pub struct Envoy {
    process: Child,
    folder: TempDir,
    admin: Admin,
    started_in: Duration,
}

/// How Envoy is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads.
    pub concurrency: u32,
    /// `--log-level` of the components that matter.
    pub log_level: &'static str,
    /// How long it may take to get ready.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 1, log_level: "info", patience: Duration::from_secs(60) }
    }
}

/// The binary that `tools/envoy.sh` installs, or the one that `VICAR_ENVOY` names.
///
/// # Errors
/// [`Failure::Missing`].
pub fn binary() -> Result<PathBuf, Failure> {
    let path = env::var_os("VICAR_ENVOY").map_or_else(
        || {
            let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
                || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
                PathBuf::from,
            );
            target.join("envoy/envoy")
        },
        PathBuf::from,
    );
    if path.exists() { Ok(path) } else { Err(Failure::Missing(path.display().to_string())) }
}

/// What `envoy --mode validate` says of a configuration file: nothing, or its complaint.
///
/// # Errors
/// [`Failure`] where Envoy could not be run.
pub fn validate(configuration: &Path) -> Result<Option<String>, Failure> {
    let output = Command::new(binary()?)
        .args(["--mode", "validate", "--log-level", "warning", "--config-path"])
        .arg(configuration)
        .output()
        .map_err(Failure::system("run Envoy"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((!output.status.success()).then(|| text(&output.stderr) + &text(&output.stdout)))
}

impl Envoy {
    /// Starts Envoy with this bootstrap and waits until it is ready.
    ///
    /// # Errors
    /// [`Failure`] with Envoy's log, where it does not get ready.
    pub fn start(bootstrap: &Value, options: &Options) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::system("make a folder"))?;
        Self::start_in(folder, &bootstrap.to_string(), "bootstrap.json", options)
    }

    /// Starts Envoy with a configuration file's text; `folder` may hold what the file names.
    ///
    /// # Errors
    /// As [`Envoy::start`].
    pub fn start_in(
        folder: TempDir,
        bootstrap: &str,
        name: &str,
        options: &Options,
    ) -> Result<Self, Failure> {
        let configuration = folder.path().join(name);
        fs::write(&configuration, bootstrap).map_err(Failure::system("write the configuration"))?;
        let log = folder.path().join(LOG);
        let out = File::create(&log).map_err(Failure::system("make the log"))?;
        let standard_out = File::create(folder.path().join(STANDARD_OUT))
            .map_err(Failure::system("make the log"))?;
        let begin = Instant::now();
        let process = Command::new(binary()?)
            .current_dir(folder.path())
            .arg("--config-path")
            .arg(&configuration)
            .arg("--admin-address-path")
            .arg(folder.path().join(ADMIN))
            .args(["--concurrency", &options.concurrency.to_string()])
            .args(["--log-level", options.log_level])
            // The list of everything that is linked in.
            .args(["--component-log-level", "main:warning"])
            // Access logs reach their file without the usual ten seconds' wait.
            .args(["--disable-hot-restart", "--file-flush-interval-msec", "20"])
            .args(["--drain-time-s", "2", "--parent-shutdown-time-s", "3"])
            .stdin(Stdio::null())
            .stdout(standard_out)
            .stderr(out)
            .spawn()
            .map_err(Failure::system("start Envoy"))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut envoy =
            Self { process, folder, admin: Admin::new(nowhere), started_in: Duration::ZERO };
        envoy.wait_until_ready(options.patience)?;
        envoy.started_in = begin.elapsed();
        Ok(envoy)
    }

    fn wait_until_ready(&mut self, patience: Duration) -> Result<(), Failure> {
        let begin = Instant::now();
        while begin.elapsed() < patience {
            if self.process.try_wait().map_err(Failure::system("ask for Envoy"))?.is_some() {
                return Err(Failure::Ended(self.log()));
            }
            let address = fs::read_to_string(self.folder.path().join(ADMIN));
            if let Ok(Ok(address)) = address.map(|text| text.trim().parse()) {
                self.admin = Admin::new(address);
                if self.admin.is_live() {
                    return Ok(());
                }
            }
            sleep(Duration::from_millis(10));
        }
        Err(Failure::NotReady { seconds: patience.as_secs(), log: self.log() })
    }

    /// The admin interface.
    pub const fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Where the listener of this name listens.
    ///
    /// # Errors
    /// [`Failure`] when there is none.
    pub fn listener(&self, name: &str) -> Result<SocketAddr, Failure> {
        self.admin.listener(name)
    }

    /// Envoy's own log so far.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// What Envoy wrote to its standard output: access logs, as a rule.
    pub fn standard_out(&self) -> String {
        let text = fs::read(self.folder.path().join(STANDARD_OUT)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Waits until a line of the log or of the standard output holds `text`.
    ///
    /// # Errors
    /// [`Failure::Answer`] with the log, when it does not come in time.
    pub fn wait_for_line(&self, text: &str, patience: Duration) -> Result<String, Failure> {
        let begin = Instant::now();
        loop {
            let logs = [self.log(), self.standard_out()];
            let mut lines = logs.iter().flat_map(|log| log.lines());
            if let Some(line) = lines.find(|line| line.contains(text)) {
                return Ok(line.to_owned());
            }
            if begin.elapsed() > patience {
                return Err(Failure::Answer {
                    what: "Envoy's log".to_owned(),
                    why: format!("it has no `{text}`:\n{}", self.log()),
                });
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Envoy's own folder, its working directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// From the start of the process to its readiness.
    pub const fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Whether the process is still there.
    pub fn runs(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Memory resident now, in bytes.
    ///
    /// # Errors
    /// [`Failure`] where the system does not say (Linux does).
    pub fn resident_bytes(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))
            .map_err(Failure::system("read Envoy's memory"))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok())
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| Failure::Answer {
                what: "VmRSS".to_owned(),
                why: "it is not there".to_owned(),
            })
    }

    /// Processor time of the worker threads so far.
    ///
    /// # Errors
    /// [`Failure`] where the system does not say (Linux does).
    pub fn worker_time(&self) -> Result<Duration, Failure> {
        let tasks = format!("/proc/{}/task", self.id());
        let mut total = Duration::ZERO;
        for task in fs::read_dir(tasks).map_err(Failure::system("list Envoy's threads"))? {
            let task = task.map_err(Failure::system("list Envoy's threads"))?.path();
            let name = fs::read_to_string(task.join("comm")).unwrap_or_default();
            if !name.starts_with("wrk:worker") {
                continue;
            }
            let schedule = fs::read_to_string(task.join("schedstat"))
                .map_err(Failure::system("read a thread's time"))?;
            let spent = schedule.split(' ').next().and_then(|field| field.parse().ok());
            total += Duration::from_nanos(spent.unwrap_or_default());
        }
        Ok(total)
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const ADMIN: &str = "admin-address";
const LOG: &str = "envoy.log";
const STANDARD_OUT: &str = "standard-out.log";
