//! Requests that are HTTP. What is not goes through [`crate::raw`].

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    HeaderMap, Method, Uri, Version,
    body::{Bytes, Frame},
    header::{HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use crate::{Failure, runtime::runtime};

/// A request. Header names and values are sent as they stand, duplicates included.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Body,
    version: Version,
    patience: Duration,
}

#[derive(Clone, Debug)]
enum Body {
    Whole(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without body.
    pub fn new(method: Method, target: &str) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            body: Body::Whole(Vec::new()),
            version: Version::HTTP_11,
            patience: Duration::from_secs(20),
        }
    }

    /// `GET`.
    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    /// `POST` of JSON.
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Method::POST, target).header("content-type", "application/json").body(body)
    }

    /// One header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The token as `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// The host to ask for.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        self.header("host", host)
    }

    /// The body, with its length announced.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Whole(body.into());
        self
    }

    /// The body in these pieces, its length not announced.
    #[must_use]
    pub fn chunks(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.body = Body::Chunks(chunks);
        self
    }

    /// Over HTTP/2, by prior knowledge.
    #[must_use]
    pub const fn http2(mut self) -> Self {
        self.version = Version::HTTP_2;
        self
    }

    /// How long to wait for the whole answer.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends it on a connection of its own.
    ///
    /// # Errors
    /// [`Failure::Http`] when there is no whole answer in time.
    pub fn send(&self, address: SocketAddr) -> Result<Response, Failure> {
        runtime()?.block_on(self.send_async(address))
    }

    /// [`Request::send`] inside a runtime.
    ///
    /// # Errors
    /// As [`Request::send`].
    pub async fn send_async(&self, address: SocketAddr) -> Result<Response, Failure> {
        let what = format!("{} {} at {address}", self.method, self.target);
        match timeout(self.patience, self.exchange(address, &what)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Http { what, why: format!("no answer in {:?}", self.patience) }),
        }
    }

    async fn exchange(&self, address: SocketAddr, what: &str) -> Result<Response, Failure> {
        let stream = TcpStream::connect(address).await.map_err(Failure::system(what))?;
        let stream = TokioIo::new(stream);
        let request = self.to_hyper()?;
        let response = if self.version == Version::HTTP_2 {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
                    .await
                    .map_err(Failure::http(what))?;
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(stream).await.map_err(Failure::http(what))?;
            tokio::spawn(connection.with_upgrades());
            sender.send_request(request).await
        };
        let (parts, body) = response.map_err(Failure::http(what))?.into_parts();
        let body = body.collect().await.map_err(Failure::http(what))?.to_bytes().to_vec();
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// The request as hyper sends it.
    ///
    /// # Errors
    /// [`Failure::Http`] where a part is no HTTP.
    pub fn to_hyper(&self) -> Result<hyper::Request<BoxBody<Bytes, std::io::Error>>, Failure> {
        let invalid = || Failure::http::<hyper::http::Error>(format!("request {}", self.target));
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| invalid()(e.into()))?;
            let value = HeaderValue::from_bytes(value).map_err(|e| invalid()(e.into()))?;
            headers.append(name, value);
        }
        let target = if self.version == Version::HTTP_2 {
            let host = headers.remove(HOST);
            let host = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or(LOCAL);
            format!("http://{host}{}", self.target)
        } else {
            if !headers.contains_key(HOST) {
                headers.insert(HOST, HeaderValue::from_static(LOCAL));
            }
            self.target.clone()
        };
        let uri: Uri =
            target.parse().map_err(|e: hyper::http::uri::InvalidUri| invalid()(e.into()))?;
        let body = match &self.body {
            Body::Whole(bytes) => {
                Full::new(Bytes::from(bytes.clone())).map_err(|never| match never {}).boxed()
            }
            Body::Chunks(chunks) => Pieces(chunks.clone().into_iter()).boxed(),
        };
        let mut request = hyper::Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .version(self.version)
            .body(body)
            .map_err(invalid())?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl Response {
    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The first header of this name; empty where there is none or it is no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A body in pieces, each handed out when asked for.
pub(crate) struct Pieces(pub(crate) std::vec::IntoIter<Vec<u8>>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(Bytes::from(piece)))))
    }
}

const LOCAL: &str = "localhost";
