//! A server of key sets that behaves, or misbehaves, as told.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    Response,
    body::{Body, Bytes, Frame},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::{Failure, runtime::runtime};

/// A running key server; gone when dropped.
pub struct KeyServer {
    address: SocketAddr,
    state: Arc<State>,
    task: Mutex<Option<AbortHandle>>,
}

struct State {
    behaviour: Mutex<Behaviour>,
    asked: AtomicU64,
}

/// How a key server answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Behaviour {
    /// 200 with this key set.
    Good(String),
    /// This status, content type and body.
    Says(u16, &'static str, Vec<u8>),
    /// This key set, so much later.
    Slow(Duration, String),
    /// Takes the request and never answers.
    Silent,
    /// Announces the key set whole, sends half of it and closes.
    Cut(String),
    /// 302 to this address.
    Redirects(String),
    /// Ten megabytes of a key set.
    Huge,
}

impl KeyServer {
    /// A key server that starts by behaving so.
    ///
    /// # Errors
    /// [`Failure`] when there is no port.
    pub fn start(behaviour: Behaviour) -> Result<Self, Failure> {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), behaviour)
    }

    /// A key server at this address.
    ///
    /// # Errors
    /// [`Failure`] when the address is not free.
    pub fn at(address: SocketAddr, behaviour: Behaviour) -> Result<Self, Failure> {
        let state =
            Arc::new(State { behaviour: Mutex::new(behaviour), asked: AtomicU64::default() });
        let (address, task) = listen(address, &state)?;
        Ok(Self { address, state, task: Mutex::new(Some(task)) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// Behaves so from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// Stops listening and closes every connection: whoever asks is refused.
    pub fn go_down(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Listens again, at the same address.
    ///
    /// # Errors
    /// [`Failure`] when the address is taken.
    pub fn come_up(&self) -> Result<(), Failure> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_none() {
            *task = Some(listen(self.address, &self.state)?.1);
        }
        Ok(())
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.go_down();
    }
}

fn listen(address: SocketAddr, state: &Arc<State>) -> Result<(SocketAddr, AbortHandle), Failure> {
    let runtime = runtime()?;
    let listener = runtime
        .block_on(TcpListener::bind(address))
        .map_err(Failure::system("listen as key server"))?;
    let address = listener.local_addr().map_err(Failure::system("listen as key server"))?;
    let task = runtime.spawn(serve(listener, Arc::clone(state)));
    Ok((address, task.abort_handle()))
}

/// The connections end with this task.
async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(move |_request| {
                let state = Arc::clone(&state);
                async move { answer(&state).await }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

async fn answer(state: &State) -> Result<Answer, hyper::http::Error> {
    state.asked.fetch_add(1, Ordering::SeqCst);
    let behaviour = state.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match behaviour {
        Behaviour::Good(keys) => whole(200, JSON, keys.into_bytes()),
        Behaviour::Says(status, content_type, body) => whole(status, content_type, body),
        Behaviour::Slow(time, keys) => {
            sleep(time).await;
            whole(200, JSON, keys.into_bytes())
        }
        Behaviour::Silent => std::future::pending().await,
        Behaviour::Cut(keys) => {
            let half = keys.as_bytes().get(..keys.len() / 2).unwrap_or_default().to_vec();
            Response::builder()
                .header("content-type", JSON)
                .header("content-length", keys.len())
                .body(Half(Some(half)).boxed())
        }
        Behaviour::Redirects(target) => {
            Response::builder().status(302).header("location", target).body(bytes(Vec::new()))
        }
        Behaviour::Huge => {
            let padding = "x".repeat(10_000_000);
            whole(200, JSON, format!(r#"{{"keys":[],"padding":"{padding}"}}"#).into_bytes())
        }
    }
}

fn whole(status: u16, content_type: &str, body: Vec<u8>) -> Result<Answer, hyper::http::Error> {
    Response::builder().status(status).header("content-type", content_type).body(bytes(body))
}

fn bytes(body: Vec<u8>) -> BoxBody<Bytes, std::io::Error> {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed()
}

/// A body that breaks off.
struct Half(Option<Vec<u8>>);

impl Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(Bytes::from(half))),
            None => Err(std::io::Error::other("cut off on purpose")),
        }))
    }
}

const JSON: &str = "application/json";
