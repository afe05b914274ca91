//! Accepts connections, and lets them end well.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, Uri, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

/// The address of the client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves a listener until `stop`, then lets requests under way end, at most for `drain`.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
    drain: Duration,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: leave others time to close theirs.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let routed = TowerToHyperService::new(router.clone());
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            canonical_path(&mut request);
            routed.call(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .max_buf_size(MOST_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's to notice.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time to drain had passed");
    }
}

/// ASP.NET does not tell letter cases of a path apart; an API's name keeps its own.
fn canonical_path(request: &mut Request<Incoming>) {
    let path = request.uri().path();
    let Some((_, rest)) = path.split_once('/') else { return };
    let (first, tail) =
        rest.split_once('/').map_or((rest, None), |(first, tail)| (first, Some(tail)));
    let Some(name) = FIRST_SEGMENTS.iter().find(|name| name.eq_ignore_ascii_case(first)) else {
        return;
    };
    if *name == first {
        return;
    }
    let tail = tail.map(|tail| format!("/{tail}")).unwrap_or_default();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(uri) = format!("/{name}{tail}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

const FIRST_SEGMENTS: [&str; 7] = [
    "AuthorizationHeader",
    "AuthorizationHeaderUnauthenticated",
    "DownstreamApi",
    "DownstreamApiUnauthenticated",
    "Validate",
    "healthz",
    "readyz",
];
const MOST_CONNECTIONS: usize = 1024;
/// A token, a query and some cookies; as hyper wants, never below 8 KiB.
const MOST_HEADER_BYTES: usize = 64 * 1024;
const HEADER_TIME: Duration = Duration::from_secs(10);
