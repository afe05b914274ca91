//! `vicar serve` as a process of its own, as it runs beside an application.

use std::{
    error::Error,
    fs,
    io::{Read, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{JoinHandle, sleep},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::lab::{Contoso, bundle};

/// A sidecar; killed when dropped. What it prints goes through pipes that are read at once, as a
/// container's does.
pub(crate) struct Sidecar {
    process: Child,
    address: SocketAddr,
    ready_in: Duration,
    audit_lines: Arc<AtomicU64>,
    reader: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Sidecar {
    /// Starts one on this lab and waits until it is ready.
    pub(crate) fn start(vicar: &Path, lab: &Contoso) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let (bundle_file, authority) =
            (folder.path().join("bundle.vicar"), folder.path().join("ca.pem"));
        fs::write(&bundle_file, bundle()?)?;
        fs::write(&authority, lab.authority())?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begin = Instant::now();
        let mut process = Command::new(vicar)
            .arg("serve")
            .env_clear()
            .env("VICAR_BUNDLE", &bundle_file)
            .env("SSL_CERT_FILE", &authority)
            .env("AzureAd__Instance", lab.origin())
            .env("FINANCE_SECRET", "lab-blueprint-secret")
            .env("ASPNETCORE_URLS", format!("http://{address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let audit_lines = Arc::default();
        let output = process.stdout.take().ok_or("no pipe")?;
        let reader = Some(count_lines(output, Arc::clone(&audit_lines)));
        let log = process.stderr.take().ok_or("no pipe")?;
        count_lines(log, Arc::default());
        let mut sidecar = Self {
            process,
            address,
            ready_in: Duration::ZERO,
            audit_lines,
            reader,
            _folder: folder,
        };
        while !sidecar.is_ready() {
            if let Some(status) = sidecar.process.try_wait()? {
                return Err(format!("`vicar serve` ended: {status}").into());
            }
            if begin.elapsed() > PATIENCE {
                return Err("`vicar serve` does not get ready".into());
            }
            sleep(Duration::from_millis(1));
        }
        sidecar.ready_in = begin.elapsed();
        Ok(sidecar)
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(
                b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
            )?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer.starts_with(b"HTTP/1.1 200"))
        };
        ask().unwrap_or(false)
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From the start of the process to the first 200 of `/readyz`.
    pub(crate) const fn ready_in(&self) -> Duration {
        self.ready_in
    }

    /// Memory resident now, in bytes.
    pub(crate) fn resident(&self) -> Result<f64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kilobytes.ok_or("the system does not say how much memory there is")?.parse::<f64>()?
            * 1024.0)
    }

    /// Processor time of all its threads so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, Box<dyn Error>> {
        let mut total = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let schedule = fs::read_to_string(task?.path().join("schedstat"))?;
            let spent = schedule.split(' ').next().ok_or("a thread without its time")?;
            total += Duration::from_nanos(spent.parse()?);
        }
        Ok(total)
    }

    /// Asks it to end, as a supervisor does, and returns how many audit lines it has written.
    pub(crate) fn stop(mut self) -> Result<u64, Box<dyn Error>> {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status()?;
        let ended = self.process.wait()?;
        if !asked.success() || !ended.success() {
            return Err(format!("`vicar serve` did not end well: {ended}").into());
        }
        if let Some(reader) = self.reader.take() {
            reader.join().map_err(|_| "the audit lines could not be read")?;
        }
        Ok(self.audit_lines.load(Ordering::Relaxed))
    }
}

fn count_lines(mut pipe: impl Read + Send + 'static, lines: Arc<AtomicU64>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            let read = buffer.get(..length).unwrap_or_default();
            let ends = read.iter().filter(|byte| **byte == b'\n').count();
            lines.fetch_add(u64::try_from(ends).unwrap_or_default(), Ordering::Relaxed);
        }
    })
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
