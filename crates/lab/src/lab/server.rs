//! Accepts connections, plays faults, keeps the log.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, response::IntoResponse};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::{Map, Value};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    form::Form,
    refusal::{ErrorBody, Refusal, code},
};

use super::{
    body::{BrokenOff, Misbehaving, Then},
    entra,
    fault::FaultKind,
    request_log::RequestRecord,
    state::Shared,
};

/// Claims that a fault puts into the tokens of this request.
#[derive(Clone, Debug)]
pub(super) struct Tampering(pub(super) Map<String, Value>);

/// The address of the client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The AADSTS code of an answer, for the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome(pub(super) u32);

/// Serves a listener until told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let connection = Connection { shared: Arc::clone(&shared), router: router.clone(), peer };
        let (tls, mut stop) = (tls.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = connection.run(stream, tls) => {}
                _ = stop.changed() => {}
            }
        });
    }
}

#[derive(Clone)]
struct Connection {
    shared: Arc<Shared>,
    router: Router,
    peer: SocketAddr,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| self.clone().answer(request));
        let server = auto::Builder::new(TokioExecutor::new());
        // A connection that breaks is the client's to notice.
        match tls {
            None => {
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            }
            Some(tls) => {
                let handshake = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                }
            }
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, BrokenOff> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let Ok(body) = axum::body::to_bytes(Body::new(body), LARGEST_REQUEST).await else {
            return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        };
        let control = path == "/lab" || path.starts_with("/lab/");
        let mut record = RequestRecord {
            number: 0,
            time: 0,
            microseconds: 0,
            method: parts.method.to_string(),
            query: Form::parse(parts.uri.query().unwrap_or_default().as_bytes()).masked(),
            form: form(&parts.headers, &body),
            status: 0,
            code: None,
            fault: None,
            path,
        };
        let fault = if control { None } else { self.shared.state().faults.take(&record.path) };
        record.fault = fault.as_ref().map(|kind| kind.name().to_owned());
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(Peer(self.peer));
        let begin = Instant::now();
        let answer = self.play(fault, request).await;
        if !control {
            record.microseconds = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
            if let Ok(answer) = &answer {
                record.status = answer.status().as_u16();
                record.code = answer.extensions().get::<Outcome>().map(|outcome| outcome.0);
            }
            let (mut state, now) = self.shared.state_now();
            record.time = now;
            state.log.add(record);
        }
        answer
    }

    async fn play(
        &self,
        fault: Option<FaultKind>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, BrokenOff> {
        match fault {
            None => Ok(self.route(request).await),
            Some(FaultKind::Latency { milliseconds }) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                Ok(self.route(request).await)
            }
            Some(FaultKind::Throttle { retry_after }) => {
                let mut answer = self.transient(StatusCode::TOO_MANY_REQUESTS);
                answer.headers_mut().insert(RETRY_AFTER, retry_after.into());
                Ok(answer)
            }
            Some(FaultKind::ServerError { status }) => Ok(self.transient(
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            )),
            Some(FaultKind::Drop) => Err(BrokenOff),
            Some(FaultKind::BrokenOff) => {
                let half = halved(self.route(request).await).await;
                Ok(half.map(|body| Body::new(Misbehaving::new(body, Then::Break))))
            }
            Some(FaultKind::HalfJson) => {
                Ok(halved(self.route(request).await).await.map(Body::from))
            }
            Some(FaultKind::Html) => {
                let page = "<!doctype html><html><title>Sign in to your account</title>\
                            <body>We couldn't sign you in.</body></html>";
                Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
            }
            Some(FaultKind::Huge { bytes }) => Ok(json_body(Then::Fill(bytes))),
            Some(FaultKind::Endless) => Ok(json_body(Then::Hang)),
            Some(FaultKind::Redirect { location }) => {
                Ok((StatusCode::FOUND, [(LOCATION, location)]).into_response())
            }
            Some(FaultKind::Refuse { code, error, status, suberror, claims }) => {
                let headers = request.headers();
                let number = code::Code { number: code, ..code::TRANSIENT };
                let refusal = Refusal { claims, ..Refusal::new(number, "Played by the lab.") };
                let body = |now: u64, trace: &str, correlation: &str, authority: &str| {
                    let body = refusal.body(now, trace, correlation, authority);
                    ErrorBody { error, suberror, ..body }
                };
                Ok(entra::refused_with(&self.shared, status, Some(headers), body))
            }
            Some(FaultKind::Tamper { claims }) => {
                request.extensions_mut().insert(Tampering(claims));
                Ok(self.route(request).await)
            }
        }
    }

    async fn route(&self, request: Request<Body>) -> Response<Body> {
        use hyper::service::Service as _;
        let service = TowerToHyperService::new(self.router.clone());
        match service.call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    fn transient(&self, status: StatusCode) -> Response<Body> {
        let refusal =
            Refusal::new(code::TRANSIENT, "A transient error has occurred. Please try again.");
        let mut answer = entra::refused(&self.shared, &refusal, None);
        *answer.status_mut() = status;
        answer
    }
}

fn form(headers: &hyper::HeaderMap, body: &Bytes) -> std::collections::BTreeMap<String, String> {
    let is_form = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if is_form { Form::parse(body).masked() } else { std::collections::BTreeMap::new() }
}

fn json_body(then: Then) -> Response<Body> {
    let body = Body::new(Misbehaving::new("{\"token_type\":", then));
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// An answer with the first half of its body.
async fn halved(answer: Response<Body>) -> Response<Bytes> {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    let whole = axum::body::to_bytes(body, LARGEST_REQUEST).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(parts, half)
}

const HANDSHAKE: Duration = Duration::from_secs(10);
const LARGEST_REQUEST: usize = 2 * 1024 * 1024;
