//! An upstream that tells what reached it.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    HeaderMap, Request, Response,
    body::Bytes,
    body::Incoming,
    header::{HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::AbortHandle};

use crate::{Failure, client::Pieces, runtime::runtime};

/// A running upstream for HTTP/1.1 and HTTP/2; gone when dropped.
pub struct Upstream {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: AbortHandle,
}

#[derive(Default)]
struct Seen {
    count: AtomicU64,
    marked: Mutex<BTreeMap<String, u64>>,
    last: Mutex<VecDeque<Received>>,
}

/// A request as it reached the upstream.
#[derive(Clone, Debug)]
pub struct Received {
    /// Method.
    pub method: String,
    /// Path with query.
    pub target: String,
    /// `host` or `:authority`.
    pub host: String,
    /// Headers in the order of the connection, names in lower case; what is no UTF-8 is replaced.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What the upstream answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body, a chunk each.
    pub chunks: Vec<Vec<u8>>,
    /// Whether a trailer follows the body; HTTP/2 only.
    pub trailer: bool,
}

impl Received {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The request as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "method": self.method, "target": self.target, "host": self.host,
            "headers": self.headers,
            "body": String::from_utf8_lossy(&self.body),
        })
    }
}

impl Reply {
    /// 200 with a body of this content type.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            chunks: vec![body.into()],
            trailer: false,
        }
    }

    /// The request itself, as JSON.
    pub fn echo(received: &Received) -> Self {
        Self::ok("application/json", received.to_json().to_string())
    }
}

impl Upstream {
    /// An upstream that echoes.
    ///
    /// # Errors
    /// [`Failure`] when there is no port.
    pub fn start() -> Result<Self, Failure> {
        Self::answering(Reply::echo)
    }

    /// An upstream that answers as `reply` says.
    ///
    /// # Errors
    /// [`Failure`] when there is no port.
    pub fn answering(
        reply: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), reply)
    }

    /// An upstream at this address.
    ///
    /// # Errors
    /// [`Failure`] when the address is not free.
    pub fn at(
        address: SocketAddr,
        reply: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .map_err(Failure::system("listen as upstream"))?;
        let address = listener.local_addr().map_err(Failure::system("listen as upstream"))?;
        let seen = Arc::new(Seen::default());
        let task = runtime.spawn(serve(listener, Arc::clone(&seen), Arc::new(reply)));
        Ok(Self { address, seen, task: task.abort_handle() })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests reached it.
    pub fn count(&self) -> u64 {
        self.seen.count.load(Ordering::SeqCst)
    }

    /// How many requests with this value of `x-mark` reached it.
    pub fn marked(&self, mark: &str) -> u64 {
        let marked = self.seen.marked.lock().unwrap_or_else(PoisonError::into_inner);
        marked.get(mark).copied().unwrap_or_default()
    }

    /// The last request that reached it.
    pub fn last(&self) -> Option<Received> {
        self.seen.last.lock().unwrap_or_else(PoisonError::into_inner).back().cloned()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Replies = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

async fn serve(listener: TcpListener, seen: Arc<Seen>, reply: Replies) {
    while let Ok((stream, _)) = listener.accept().await {
        let (seen, reply) = (Arc::clone(&seen), Arc::clone(&reply));
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (seen, reply) = (Arc::clone(&seen), Arc::clone(&reply));
                async move { Ok::<_, Infallible>(answer(request, &seen, &*reply).await) }
            });
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Body = BoxBody<Bytes, std::io::Error>;

async fn answer(
    request: Request<Incoming>,
    seen: &Seen,
    reply: &(dyn Fn(&Received) -> Reply + Send + Sync),
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect();
    let authority = parts.uri.authority().map(ToString::to_string);
    let mut received = Received {
        method: parts.method.to_string(),
        target: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        host: String::new(),
        headers,
        body: body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default(),
    };
    received.host =
        authority.or_else(|| received.header("host").map(str::to_owned)).unwrap_or_default();
    let reply = reply(&received);
    seen.count.fetch_add(1, Ordering::SeqCst);
    if let Some(mark) = received.header("x-mark") {
        let mut marked = seen.marked.lock().unwrap_or_else(PoisonError::into_inner);
        *marked.entry(mark.to_owned()).or_default() += 1;
    }
    let mut last = seen.last.lock().unwrap_or_else(PoisonError::into_inner);
    if last.len() == REMEMBERED {
        last.pop_front();
    }
    last.push_back(received);
    response(reply)
}

fn response(reply: Reply) -> Response<Body> {
    let mut chunks = reply.chunks;
    let body = if reply.trailer {
        let trailers = HeaderMap::from_iter([(TRAILER, HeaderValue::from_static("0"))]);
        Pieces(chunks.into_iter()).with_trailers(async { Some(Ok(trailers)) }).boxed()
    } else if chunks.len() > 1 {
        Pieces(chunks.into_iter()).boxed()
    } else {
        whole(chunks.pop().unwrap_or_default())
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap_or_else(|_| {
        let mut failed = Response::new(whole(Vec::new()));
        *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

fn whole(bytes: Vec<u8>) -> Body {
    Full::new(Bytes::from(bytes)).map_err(|never| match never {}).boxed()
}

const REMEMBERED: usize = 64;
const TRAILER: HeaderName = HeaderName::from_static("x-upstream-status");
