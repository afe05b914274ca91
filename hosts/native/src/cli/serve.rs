//! `vicar serve`: the sidecar.

use std::path::PathBuf;

use clap::Args;

use super::{
    engine_choice::EngineArguments,
    screen::{Answer, Ending, Screen},
    sidecar_input::{environment, variables},
};
use crate::{
    bundle_source,
    failure::{Failure, code},
    input::certificate_authorities,
    serve::{AuditSink, Configuration, Options, start, telemetry},
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
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
                Failure::new(code::RUNTIME_UNUSABLE, format!("no threads: {error}"))
            })?;
        let authority = certificate_authorities(self.ca.as_deref())?;
        let settings = telemetry::Settings::read(environment()).map_err(|problems| {
            Failure::from(problems).hint("docs/telemetry.md describes every variable")
        })?;
        let (configuration, options) = self.prepare(screen, authority.clone())?;
        let (authority, level) = (authority.as_deref(), configuration.log_level);
        let traces = telemetry::install(settings, authority, runtime.handle(), level)?;
        let served = runtime.block_on(serve(configuration, options));
        if let Some(traces) = traces {
            runtime.block_on(traces.stop());
        }
        served
    }

    fn prepare(
        &self,
        screen: &Screen,
        authority: Option<Vec<u8>>,
    ) -> Result<(Configuration, Options), Failure> {
        let bundle = self.bundle.as_deref().map(bundle_source::load).transpose()?;
        let exchange = bundle.map(|bundle| bundle.exchange()).transpose()?.flatten();
        let variables = variables(exchange.as_ref(), self.config.as_deref())?;
        let configuration = Configuration::read(&variables)?;
        let (engine, gate) = (self.engine, screen.components.gate);
        let options = Options {
            authority,
            bundle: self.bundle.clone(),
            engine: Box::new(move || engine.shared(gate)),
            exchanger: self.engine.open_exchanger(screen)?,
            audit: AuditSink::stdout(),
        };
        Ok((configuration, options))
    }
}

async fn serve(configuration: Configuration, options: Options) -> Result<Answer, Failure> {
    let sidecar = start(configuration, options).await?;
    asked_to_stop().await;
    tracing::info!("asked to stop; requests under way may end");
    sidecar.stop().await;
    Ok(Answer { text: String::new(), note: String::new(), ending: Ending::Yes })
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
Audit lines go to standard output, the log to standard error, both as JSON. \
OTEL_EXPORTER_OTLP_ENDPOINT names a collector for traces (OTLP over HTTP).";
