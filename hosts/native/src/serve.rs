//! `vicar serve`: the sidecar beside an application, with the HTTP API of Microsoft's Entra SDK
//! sidecar, and Vicar's own beside it.
//!
//! What it is: configuration, who calls, the question to policy, the exchange, the answer, the
//! audit line; one module each. What it never does: hand out a token that was not asked for, or
//! drop a parameter in silence. `docs/sidecar-compatibility.md` compares it line by line.

pub mod audiences;
pub mod audit;
pub mod callers;
pub mod configuration;
pub mod keys;
pub mod metrics;
pub mod parameters;
pub mod plan;
pub mod policy;
pub mod refusal;
pub mod telemetry;

mod authorization_header;
mod decide;
mod documents;
mod downstream;
mod front;
mod gates;
mod obtain;
mod pool;
mod routes;
mod server;
mod validate;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use crate::sidecar_reason as reason;
pub use audit::AuditSink;
pub use configuration::{Configuration, Problems, Variables};
pub use gates::{EngineFactory, SharedEngine};
pub use policy::{AllowedAgents, ExchangePolicy, ExchangeQuestion, ExchangeVerdict};
pub use refusal::Refusal;

use crate::{
    exchange::{Broker, Exchanger, Runner},
    failure::{Failure, code},
    http::Carrier,
};

use callers::Callers;
use downstream::Upstreams;
use gates::Gates;
use metrics::Metrics;

/// How the sidecar runs, beside its configuration.
pub struct Options {
    /// Certificate authorities (PEM) to trust instead of the system's.
    pub authority: Option<Vec<u8>>,
    /// The bundle that `/v1/decide` and its kin answer from.
    pub bundle: Option<PathBuf>,
    /// Where the gates of the bundle run.
    pub engine: EngineFactory,
    /// What knows the flows.
    pub exchanger: Box<dyn Exchanger>,
    /// Where audit lines go.
    pub audit: AuditSink,
}

/// Everything that requests share.
pub(crate) struct Sidecar {
    configuration: Configuration,
    broker: Broker,
    callers: Callers,
    policy: Arc<dyn ExchangePolicy>,
    upstreams: Upstreams,
    gates: Option<Arc<Gates>>,
    metrics: Metrics,
    audit: AuditSink,
}

/// A sidecar that runs until it is stopped.
#[derive(Debug)]
pub struct RunningSidecar {
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    drain: Duration,
    audit: AuditSink,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a sidecar on this runtime.
///
/// # Errors
/// [`Failure`] when it cannot listen, trust or load.
pub async fn start(
    configuration: Configuration,
    options: Options,
) -> Result<RunningSidecar, Failure> {
    for warning in &configuration.warnings {
        tracing::warn!("{warning}");
    }
    let mut configuration = configuration;
    let signing_keys = Arc::new(std::mem::take(&mut configuration.signing_keys));
    let authority = options.authority.as_deref();
    let carrier = Carrier::new(authority)?;
    let runner = Runner::new(carrier.clone(), signing_keys);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    let (gates, bundled) = match &options.bundle {
        None => (None, None),
        Some(path) => {
            let authority = &configuration.entra.authority;
            let (gates, bundled) =
                Gates::load(path, options.engine, carrier.clone(), authority).await?;
            (Some(gates), bundled)
        }
    };
    let policy: Arc<dyn ExchangePolicy> = match &bundled {
        Some(policy) => {
            policy.is_about(&configuration)?;
            Arc::clone(policy) as _
        }
        None => Arc::new(AllowedAgents::of(&configuration)),
    };
    match (&bundled, configuration.lists_agents()) {
        (None, false) => tracing::warn!(
            "nobody may be given a token: no app id stands in `Vicar__AllowedAgents__0`, and no \
             bundle has an exchange section"
        ),
        (Some(_), true) => tracing::warn!(
            "the bundle's policies decide who is given a token: `Vicar__AllowedAgents` has no \
             effect"
        ),
        _ => {}
    }
    let broker = Broker::new(runner, options.exchanger, policy.digest());
    if let Some(gates) = &gates {
        let (broker, policy) = (broker.clone(), Arc::clone(&policy));
        let adopted = move || broker.adopt_policy(policy.digest());
        let gates = Arc::clone(gates);
        tasks.push(tokio::spawn(gates.watch(bundled.clone(), adopted, stopped.clone())));
    }
    let callers = Callers::new(&configuration.entra, carrier, move |keys| {
        if let Some(policy) = &bundled {
            policy.set_keys(keys);
        }
    })?;
    tasks.push(tokio::spawn(callers.keys().run(stopped.clone())));
    let drain = Duration::from_secs(configuration.own.drain_seconds);
    let audit = options.audit.clone();
    let listeners = listen(&configuration).await?;
    let sidecar = Arc::new(Sidecar {
        upstreams: Upstreams::new(&configuration, authority)?,
        broker,
        policy,
        callers,
        gates,
        metrics: Metrics::default(),
        audit: options.audit,
        configuration,
    });
    let router = routes::router(&sidecar);
    let mut addresses = Vec::new();
    for listener in listeners {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "listening");
            addresses.push(address);
        }
        let serving = server::serve(listener, router.clone(), stopped.clone(), drain);
        tasks.push(tokio::spawn(serving));
    }
    Ok(RunningSidecar { addresses, drain, audit, stop, tasks })
}

impl RunningSidecar {
    /// Stops taking connections, lets requests under way end, at most for the configured time,
    /// and has their audit lines written.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let all = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(self.drain + Duration::from_secs(1), all).await;
        let audit = self.audit;
        let _ = tokio::task::spawn_blocking(move || audit.flush()).await;
    }
}

async fn listen(configuration: &Configuration) -> Result<Vec<TcpListener>, Failure> {
    let mut listeners = Vec::new();
    let mut last = None;
    for wanted in &configuration.listen {
        match TcpListener::bind(wanted.address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                let message = format!("cannot listen on `{}`: {error}", wanted.address);
                let failure = Failure::new(code::LISTEN_FAILED, message).hint(
                    "`ASPNETCORE_URLS` names another address, for example `http://localhost:5000`",
                );
                if !wanted.optional {
                    return Err(failure);
                }
                last = Some(failure);
            }
        }
    }
    match last {
        Some(failure) if listeners.is_empty() => Err(failure),
        _ => Ok(listeners),
    }
}
