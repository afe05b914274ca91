//! `vicar lab`: an Entra emulator until Ctrl-C.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use vicar_lab::{CONTOSO, Lab, LabError, Options, RunningLab, Settings};

use super::screen::{Answer, Ending, Screen};
use crate::{
    failure::{Failure, code, shown_path},
    input::{DOCUMENT_LIMIT, Source},
    terminal::{Palette, Table, Tone, safe},
};

/// Run an Entra emulator until Ctrl-C: for tests, never to be trusted
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LabCommand {
    /// Folder that gets `ca.pem` and `lab.json`; a temporary one if absent
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Tenants, blueprints, agents, people (YAML, see docs/lab.md); Contoso and Fabrikam if absent
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where HTTPS is served; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where plain HTTP is served too
    #[arg(long, value_name = "ADDRESS")]
    listen_http: Option<SocketAddr>,
    /// The name in the lab's own addresses
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    host_name: String,
    /// CA certificates (PEM) for issuers of federated credentials, instead of the system's
    #[arg(long, value_name = "FILE")]
    federation_ca: Option<PathBuf>,
    /// Issuers under the lab's own address, for clients that refuse Microsoft's names there
    #[arg(long)]
    own_issuers: bool,
    /// Make ids, noise and codes the same each time; keys are new all the same
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// A lab that is up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "lab")]
pub(super) struct LabView {
    /// `https://name:port`: the authority.
    https: String,
    /// The same over plain HTTP, where it is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    /// File with the certificate authority that clients have to trust.
    ca: String,
    /// The tenants.
    tenants: Vec<LabTenant>,
}

/// A tenant of the lab.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "lab_tenant")]
struct LabTenant {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

impl LabCommand {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let yaml = match &self.config {
            Some(path) => Source::File(path.clone()).text(DOCUMENT_LIMIT)?,
            None => CONTOSO.to_owned(),
        };
        let settings = Settings::parse(&yaml).map_err(|error| unusable(&error.into()))?;
        let temporary = match self.folder {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("vicar-lab-")
                    .tempdir()
                    .map_err(|error| Failure::file("write", &std::env::temp_dir(), &error))?,
            ),
        };
        let folder = self.folder.as_deref().or(temporary.as_ref().map(tempfile::TempDir::path));
        let folder = folder.unwrap_or(Path::new("."));
        // Before the lab is up: a signal that comes early must not leave the folder behind.
        let interrupts = Interrupts::listen()?;
        let lab = Lab::start(&settings, self.options(folder)?).map_err(|error| unusable(&error))?;
        let view = LabView::of(&lab, &settings, &folder.join("ca.pem"));
        // Whoever started the lab waits for its addresses, so they are printed now and not, as
        // other answers, at the end.
        let up = screen.answer(Ending::Yes, &view, |palette| view.draw(palette))?;
        let mut output = io::stdout().lock();
        output
            .write_all(up.text.as_bytes())
            .and_then(|()| output.flush())
            .map_err(|error| Failure::file("write", Path::new("standard output"), &error))?;
        drop(output);
        interrupts.wait();
        lab.stop();
        Ok(Answer { text: String::new(), note: String::new(), ending: Ending::Yes })
    }

    fn options(&self, folder: &Path) -> Result<Options, Failure> {
        let federation_ca = self
            .federation_ca
            .as_ref()
            .map(|path| Source::File(path.clone()).text(DOCUMENT_LIMIT))
            .transpose()?;
        Ok(Options {
            https: self.listen,
            http: self.listen_http,
            host_name: self.host_name.clone(),
            folder: Some(folder.to_owned()),
            own_issuers: self.own_issuers,
            seed: self.seed,
            federation_ca,
            ..Options::default()
        })
    }
}

impl LabView {
    fn of(lab: &RunningLab, settings: &Settings, ca: &Path) -> Self {
        let tenants = settings.tenants.iter();
        Self {
            https: lab.origin.clone(),
            http: lab.http.map(|address| format!("http://{address}")),
            ca: shown_path(ca),
            tenants: tenants
                .map(|tenant| LabTenant { id: tenant.id.clone(), name: tenant.name.clone() })
                .collect(),
        }
    }

    fn draw(&self, palette: &Palette) -> String {
        let Self { https, http, ca, tenants } = self;
        let tenant = tenants.first().map_or("TENANT", |tenant| &tenant.id);
        let host = https.trim_start_matches("https://");
        let mut facts = Table::new(["", ""]);
        facts.row(["https", &safe(https)]);
        if let Some(http) = http {
            facts.row(["http", &safe(http)]);
        }
        facts.row(["ca", &safe(ca)]);
        for LabTenant { id, name } in tenants {
            facts.row(["tenant", &format!("{} {}", safe(id), safe(name))]);
        }
        let mut clients = Table::new(["", ""]);
        clients.row(["vicar", &format!("--authority {https} --ca {}", safe(ca))]);
        let msal = format!("authority=\"{https}/{tenant}\", verify=\"{ca}\", ");
        clients.row(["msal", &safe(&format!("{msal}instance_discovery=False"))]);
        let node = format!("knownAuthorities: [\"{host}\"], NODE_EXTRA_CA_CERTS={ca}");
        clients.row(["msal-node", &safe(&node)]);
        format!(
            "{}  Ctrl-C ends it\n{}\n{}\n{}\n{}\n",
            palette.paint(Tone::Good, "✔ the lab is up"),
            facts.draw(palette),
            palette.paint(Tone::Heading, "Point clients at it"),
            clients.draw(palette),
            palette.paint(Tone::Warn, "Never trust it: whoever reaches it can sign in as anybody."),
        )
    }
}

/// Ctrl-C, and what a process supervisor sends.
struct Interrupts(tokio::runtime::Runtime, tokio::sync::oneshot::Receiver<()>);

impl Interrupts {
    fn listen() -> Result<Self, Failure> {
        let unusable = |error: io::Error| {
            Failure::new(code::LAB_UNUSABLE, format!("cannot wait for Ctrl-C: {error}"))
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(unusable)?;
        let (send, receive) = tokio::sync::oneshot::channel();
        let entered = runtime.enter();
        #[cfg(unix)]
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .map_err(unusable)?;
        #[cfg(unix)]
        let mut interrupt =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
                .map_err(unusable)?;
        runtime.spawn(async move {
            #[cfg(unix)]
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            #[cfg(not(unix))]
            let _ = tokio::signal::ctrl_c().await;
            let _ = send.send(());
        });
        drop(entered);
        Ok(Self(runtime, receive))
    }

    fn wait(self) {
        let Self(runtime, receive) = self;
        let _ = runtime.block_on(receive);
    }
}

fn unusable(error: &LabError) -> Failure {
    Failure::new(code::LAB_UNUSABLE, error)
}

const EXAMPLES: &str = "\
Examples:
  vicar lab /tmp/lab
  vicar exchange t1 --tenant $TENANT --blueprint $BLUEPRINT --agent $AGENT \\
    --secret-file secret.txt --authority https://localhost:PORT --ca /tmp/lab/ca.pem";
