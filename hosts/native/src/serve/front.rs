//! What every request meets first: where it comes from, and what is counted of it.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use opentelemetry::context::FutureExt as _;
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{
    Sidecar,
    reason::PEER_REFUSED,
    refusal::{Refusal, RefusedFor},
    server::Peer,
    telemetry,
};

/// Answers to whoever asks; the rest only to this machine.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

pub(super) async fn front(
    State(sidecar): State<Arc<Sidecar>>,
    request: Request,
    next: Next,
) -> Response {
    let parent = telemetry::parent(request.headers());
    let span = telemetry::request(&request);
    // Fails where nothing is exported; the caller's trace goes on all the same.
    let _ = span.set_parent(parent.clone());
    answer(sidecar, request, next).instrument(span).with_context(parent).await
}

async fn answer(sidecar: Arc<Sidecar>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let endpoint = endpoint(request.uri().path());
    let method = request.method().clone();
    let refused = match OPEN.contains(&request.uri().path()) {
        true => None,
        false => check(&sidecar, &request).err(),
    };
    let response = match refused {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    let status = response.status().as_u16();
    let reason = response.extensions().get::<RefusedFor>().map(|RefusedFor(reason)| reason.code);
    sidecar.metrics.request(endpoint, status, started.elapsed());
    telemetry::answered(&tracing::Span::current(), status, reason);
    let microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    // What is served leaves an audit line, or is a probe.
    match response.status().is_client_error() || response.status().is_server_error() {
        true => tracing::info!(%method, endpoint, status, reason, microseconds, "request"),
        false => tracing::debug!(%method, endpoint, status, microseconds, "request"),
    }
    response
}

fn check(sidecar: &Sidecar, request: &Request) -> Result<(), Refusal> {
    let peer = request.extensions().get::<Peer>();
    if !peer.is_some_and(|Peer(address)| is_this_machine(address.ip())) {
        return Err(Refusal::new(
            PEER_REFUSED,
            "the caller is not on this machine",
            "call the sidecar over loopback, from the same pod; only `/healthz` and `/readyz` \
             answer others",
        ));
    }
    if request.headers().contains_key(header::ORIGIN) {
        return Err(Refusal::new(
            PEER_REFUSED,
            "the request comes from a web page (it has an `Origin`)",
            "call the sidecar from the application, not from a browser",
        ));
    }
    if !host_is_ours(sidecar, request.headers()) {
        return Err(Refusal::new(
            PEER_REFUSED,
            "the `Host` of the request is not this machine",
            "use `localhost` or a loopback address, or add the name to `Vicar__AllowedHosts__0`",
        ));
    }
    Ok(())
}

/// IPv4 in IPv6 counts as what it is.
fn is_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Against DNS rebinding: a web page's own name that leads to loopback.
fn host_is_ours(sidecar: &Sidecar, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = telemetry::name_of_host(host).0.to_ascii_lowercase();
    name == "localhost"
        || name.parse().is_ok_and(is_this_machine)
        || sidecar.configuration.own.allowed_hosts.contains(&name)
}

/// The first segment where it is ours: metrics must not grow by what callers write.
fn endpoint(path: &str) -> &'static str {
    const KNOWN: [&str; 12] = [
        "AuthorizationHeader",
        "AuthorizationHeaderUnauthenticated",
        "DownstreamApi",
        "DownstreamApiUnauthenticated",
        "Validate",
        "access",
        "healthz",
        "metrics",
        "openapi",
        "openapi.json",
        "readyz",
        "v1",
    ];
    let first = path.split('/').nth(1).unwrap_or_default();
    KNOWN.into_iter().find(|known| *known == first).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn mapped_addresses_count_as_what_they_are() {
        for (address, wanted) in [
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:10.0.0.1", false),
            ("10.0.0.1", false),
            ("169.254.1.1", false),
            ("0.0.0.0", false),
            ("fe80::1", false),
        ] {
            assert_eq!(is_this_machine(address.parse().unwrap()), wanted, "{address}");
        }
    }
}
