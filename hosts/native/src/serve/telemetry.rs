//! Traces (OpenTelemetry) and the log: how a request went, hop by hop, for whoever operates the
//! sidecar. `docs/telemetry.md` describes what is in them.
//!
//! What it never does: let a request wait for a collector, or export a token, a query, a form or a
//! header. Without an endpoint nothing is exported, and a span costs a comparison.

mod log;
mod propagation;
mod sender;
mod settings;
mod spans;

use std::time::Duration;

use opentelemetry::{Key, KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::runtime::Handle;
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{
    exchange::SPANS,
    failure::{Failure, code},
};

pub use settings::Settings;

pub(super) use propagation::{TRACE_FIELDS, onward, parent, trace_id};
pub(super) use spans::{
    answered, call, called, decided, described, exchange, name_of_host, refused, request,
};

/// Traces that are exported until they are stopped.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

/// Installs the log (JSON on standard error, up to `level`) and, with settings, the export of traces, whose
/// requests run on `runtime`. A second call, as under test, leaves the first in place.
///
/// # Errors
/// [`Failure`] when the exporter cannot be set up: its certificate authorities, TLS.
pub fn install(
    settings: Option<Settings>,
    authority: Option<&[u8]>,
    runtime: &Handle,
    level: LevelFilter,
) -> Result<Option<Traces>, Failure> {
    let traces =
        settings.map(|settings| Traces::start(settings, authority, runtime)).transpose()?;
    let exported = traces.as_ref().map(|traces| {
        tracing_opentelemetry::layer()
            .with_tracer(traces.provider.tracer("vicar"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // Lines of the log stay in the log.
            .with_filter(
                filter_fn(|metadata| metadata.is_span() && metadata.target() == SPANS)
                    .with_max_level_hint(LevelFilter::INFO),
            )
    });
    let log = tracing_subscriber::fmt::layer().event_format(log::Line).with_writer(std::io::stderr);
    // What libraries say of their work in detail may hold a token: theirs is never more than what
    // is said without being asked.
    let others = level.min(LevelFilter::INFO);
    let log = log.with_filter(
        filter_fn(move |metadata| {
            let ours = metadata.target().starts_with(env!("CARGO_CRATE_NAME"));
            metadata.is_event() && *metadata.level() <= if ours { level } else { others }
        })
        .with_max_level_hint(level),
    );
    let _ = tracing_subscriber::registry().with(log).with(exported).try_init();
    Ok(traces)
}

impl Traces {
    fn start(
        settings: Settings,
        authority: Option<&[u8]>,
        runtime: &Handle,
    ) -> Result<Self, Failure> {
        let sender = sender::Sender::new(&settings, authority, runtime.clone())?;
        // Headers, sampler, resource and the limits of the queue are read from the environment by
        // the SDK; the settings have looked at them.
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(sender)
            .with_endpoint(settings.endpoint.as_str())
            .with_timeout(settings.timeout)
            .build()
            .map_err(|error| {
                Failure::new(code::CONFIGURATION_UNUSABLE, format!("no traces: {error}"))
            })?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource())
            .build();
        Ok(Self { provider })
    }

    /// Sends what is still there, for [`LONGEST_FLUSH`] at most.
    pub async fn stop(self) {
        let stopped =
            tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(LONGEST_FLUSH));
        if let Ok(Err(error)) = stopped.await {
            tracing::warn!(%error, "the last spans may not have been exported");
        }
    }
}

/// As the environment says; a name and a version where it does not.
fn resource() -> Resource {
    let said = Resource::builder().build();
    let lacks = |key: &'static str| {
        said.get(&Key::from_static_str(key))
            .is_none_or(|value| value.as_str().starts_with("unknown_service"))
    };
    let ours = [("service.name", "vicar"), ("service.version", env!("CARGO_PKG_VERSION"))];
    let missing = ours.into_iter().filter(|(key, _)| lacks(key));
    Resource::builder()
        .with_attributes(missing.map(|(key, value)| KeyValue::new(key, value)))
        .build()
}

/// A collector that does not answer must not keep a pod from ending.
const LONGEST_FLUSH: Duration = Duration::from_secs(3);
