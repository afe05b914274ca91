//! `vicar serve`: the sidecar.

use std::path::PathBuf;

use clap::Args;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use super::{
    engine_choice::EngineArguments,
    screen::{Answer, Ending, Screen},
};
use crate::{
    bundle_source,
    failure::{Failure, code, shown_path},
    input::{DOCUMENT_LIMIT, Source},
    serve::{
        AuditSink, Configuration, Options, Variables,
        configuration::{variables_of_bundle, variables_of_file},
        start,
    },
};

/// Run the sidecar: tokens for agents over HTTP on loopback
#[derive(Clone, Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    /// A bundle: answers `/v1/decide`, `/v1/explain` and `/access/v1/evaluation`; with an
    /// `exchange` section its policies decide who may be given which token
    #[arg(long, short, value_name = "PATH", env = "VICAR_BUNDLE")]
    bundle: Option<PathBuf>,
    /// Read configuration from this file (YAML or JSON); environment variables override it
    #[arg(long, short, value_name = "FILE", env = "VICAR_CONFIG")]
    config: Option<PathBuf>,
    /// Trust these certificate authorities (PEM) instead of the system's
    #[arg(long, value_name = "FILE", env = "SSL_CERT_FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArguments,
}

impl Serve {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let configuration = Configuration::read(&self.variables()?)?;
        log(configuration.log_level);
        let authority = self
            .ca
            .as_ref()
            .map(|path| Source::File(path.clone()).bytes(DOCUMENT_LIMIT))
            .transpose()?;
        let (engine, gate) = (self.engine, screen.components.gate);
        let options = Options {
            authority,
            bundle: self.bundle.clone(),
            engine: Box::new(move || engine.shared(gate)),
            exchanger: self.engine.open_exchanger(screen)?,
            audit: AuditSink::stdout(),
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
                Failure::new(code::RUNTIME_UNUSABLE, format!("no threads: {error}"))
            })?;
        runtime.block_on(async {
            let sidecar = start(configuration, options).await?;
            asked_to_stop().await;
            tracing::info!("asked to stop; requests under way may end");
            sidecar.stop().await;
            Ok(Answer { text: String::new(), note: String::new(), ending: Ending::Yes })
        })
    }
}

impl Serve {
    /// The bundle's, the file's and the environment's, the last strongest.
    fn variables(&self) -> Result<Variables, Failure> {
        let mut layers = Vec::new();
        if let Some(path) = &self.bundle {
            let exchange = bundle_source::load(path)?.exchange()?;
            let secret = |name: &str| std::env::var(name).ok();
            layers.extend(exchange.map(|exchange| variables_of_bundle(&exchange, secret)));
        }
        if let Some(path) = &self.config {
            let text = Source::File(path.clone()).text(DOCUMENT_LIMIT)?;
            let variables = variables_of_file(&text).map_err(|error| {
                let shown = shown_path(path);
                Failure::new(code::CONFIGURATION_UNUSABLE, format!("`{shown}`: {error}"))
            })?;
            layers.push(variables);
        }
        layers.push(environment().collect());
        Ok(Variables::layers(layers))
    }
}

/// To standard error. What libraries say of their work in detail may hold a token: theirs is never
/// more than what is said without being asked.
fn log(level: LevelFilter) {
    let levels = Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr)
        .with_filter(levels);
    // A second one, as under test, leaves the first.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Variables that are text; a name or value that is none cannot be one of ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}

const HELP: &str = "\
Configured by environment variables or `--config`, with the names of Microsoft's Entra SDK sidecar: \
AzureAd__TenantId, AzureAd__ClientId, AzureAd__ClientCredentials__0__SourceType, \
DownstreamApis__{name}__BaseUrl and so on; Vicar's own begin with Vicar__. The `exchange` \
section of a bundle fills in what they leave open. Nobody may be given a token until a policy of the \
bundle permits it, or Vicar__AllowedAgents__0 names an app id.
Audit lines go to standard output, the log to standard error, both as JSON.";
