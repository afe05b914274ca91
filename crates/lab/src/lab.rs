//! The lab itself: sockets, TLS, a clock and the token service behind them.

mod body;
mod clock;
mod control;
mod device_page;
mod documents;
mod entra;
mod fault;
mod federation;
mod graph_calls;
mod platform;
mod request_log;
mod routes;
mod server;
mod state;
mod tls;

use std::{
    fmt, fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

use crate::{
    authority::Authority,
    directory::Directory,
    random::{Random, SeededRandom, SystemRandom},
    settings::{Settings, SettingsError},
    signing::{KeyError, SigningKey},
};

pub use clock::{Clock, SystemClock};
pub use fault::{Fault, FaultKind};
pub use request_log::RequestRecord;

use state::{Shared, State};

/// How the lab runs.
#[derive(Clone)]
pub struct Options {
    /// Where HTTPS is served; port 0 takes a free one.
    pub https: SocketAddr,
    /// Where plain HTTP is served too.
    pub http: Option<SocketAddr>,
    /// The name in the lab's own addresses: `https://<name>:<port>`.
    pub host_name: String,
    /// Names and addresses in the certificate besides `localhost`, loopback and Microsoft's hosts.
    pub other_names: Vec<String>,
    /// A folder that gets `ca.pem` and `lab.json`.
    pub folder: Option<PathBuf>,
    /// Issuers under the lab's own address, for clients that refuse Microsoft's names there.
    pub own_issuers: bool,
    /// Makes ids, noise and codes the same each time. Keys are new each time all the same.
    pub seed: Option<u64>,
    /// The signing key in PKCS #8 PEM; a new one if absent.
    pub signing_key: Option<String>,
    /// CA certificates in PEM for issuers of federated credentials; the system's if absent.
    pub federation_ca: Option<String>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("https", &self.https)
            .field("http", &self.http)
            .field("folder", &self.folder)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            https: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            http: None,
            host_name: "localhost".to_owned(),
            other_names: Vec::new(),
            folder: None,
            own_issuers: false,
            seed: None,
            signing_key: None,
            federation_ca: None,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Why the lab does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The configuration is refused.
    #[error("the lab's configuration: {0}")]
    Settings(#[from] SettingsError),
    /// No signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No certificate.
    #[error("the lab's certificate: {0}")]
    Certificate(String),
    /// An address cannot be served.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The folder cannot be written.
    #[error("cannot write `{}`: {why}", .path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// No threads.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

/// Starts labs.
#[derive(Clone, Copy, Debug)]
pub struct Lab;

/// A lab that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningLab {
    /// `https://<name>:<port>`: what stands in tokens' and documents' addresses.
    pub origin: String,
    /// Where HTTPS is served.
    pub https: SocketAddr,
    /// Where plain HTTP is served.
    pub http: Option<SocketAddr>,
    /// The certificate authority that a client is to trust, in PEM.
    pub ca_pem: String,
    runtime: Option<Runtime>,
    stop: watch::Sender<bool>,
}

impl Lab {
    /// Starts a lab in threads of its own. Blocks while keys are made, about half a second.
    ///
    /// # Errors
    /// [`LabError`].
    pub fn start(settings: &Settings, options: Options) -> Result<RunningLab, LabError> {
        let directory = Directory::build(settings)?;
        let key = match &options.signing_key {
            Some(pem) => SigningKey::from_pem(pem)?,
            None => SigningKey::generate()?,
        };
        let certificates = tls::Certificates::make(&options.host_name, &options.other_names)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .thread_name("vicar-lab")
            .build()
            .map_err(LabError::Runtime)?;
        // Bound without the runtime, so that the lab starts inside another one as well.
        let entered = runtime.enter();
        let listen = |address: SocketAddr| {
            let bind = || {
                let listener = std::net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                let local = listener.local_addr()?;
                Ok((TcpListener::from_std(listener)?, local))
            };
            bind().map_err(|why| LabError::Listen { address, why })
        };
        let (https_listener, https) = listen(options.https)?;
        let plain = options.http.map(listen).transpose()?;
        let origin = format!("https://{}:{}", options.host_name, https.port());
        let authority = Authority {
            own_issuers: options.own_issuers,
            ..Authority::public_cloud(origin.clone())
        };
        let random: Box<dyn Random> = match options.seed {
            Some(seed) => Box::new(SeededRandom::new(seed)),
            None => Box::new(SystemRandom),
        };
        let http = plain.as_ref().map(|(_, address)| *address);
        if let Some(folder) = &options.folder {
            write_folder(folder, &certificates.ca_pem, &origin, http)?;
        }
        let shared = Arc::new(Shared::new(
            State::new(directory, key, authority, random),
            options.clock,
            federation::Fetcher::new(options.federation_ca.as_deref())?,
        ));
        let (stop, stopped) = watch::channel(false);
        let router = routes::router(Arc::clone(&shared));
        let tls = Some(certificates.acceptor);
        runtime.spawn(server::serve(
            https_listener,
            tls,
            Arc::clone(&shared),
            router.clone(),
            stopped.clone(),
        ));
        if let Some((listener, _)) = plain {
            runtime.spawn(server::serve(listener, None, shared, router, stopped));
        }
        drop(entered);
        let runtime = Some(runtime);
        Ok(RunningLab { origin, https, http, ca_pem: certificates.ca_pem, runtime, stop })
    }
}

impl RunningLab {
    /// The authority of a tenant: what a client is configured with.
    pub fn authority(&self, tenant: &str) -> String {
        format!("{}/{tenant}", self.origin)
    }

    /// Stops it: listeners close, answers under way get a moment.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.stop.send(true);
        if let Some(runtime) = self.runtime.take() {
            // In the background where the caller is itself in a runtime, which must not block.
            if tokio::runtime::Handle::try_current().is_ok() {
                runtime.shutdown_background();
            } else {
                runtime.shutdown_timeout(Duration::from_millis(500));
            }
        }
    }
}

impl Drop for RunningLab {
    fn drop(&mut self) {
        self.end();
    }
}

fn write_folder(
    folder: &std::path::Path,
    ca_pem: &str,
    origin: &str,
    http: Option<SocketAddr>,
) -> Result<(), LabError> {
    let addresses = serde_json::json!({
        "https": origin,
        "http": http.map(|address| format!("http://{address}")),
    });
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|why| LabError::Folder { path, why })
    };
    fs::create_dir_all(folder).map_err(|why| LabError::Folder { path: folder.to_owned(), why })?;
    write("ca.pem", ca_pem)?;
    write("lab.json", &format!("{addresses:#}\n"))
}
