//! Carries what is exported to the collector. The SDK asks from a thread of its own; no request
//! ever waits for it.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Client;
use tokio::runtime::Handle;

use super::Settings;
use crate::{
    failure::Failure,
    http::{no_https, trusting},
};

/// An HTTPS client with the sidecar's own habits: no redirects, no proxy, short answers only.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    client: Client,
    runtime: Handle,
    timeout: Duration,
}

impl Sender {
    pub(super) fn new(
        settings: &Settings,
        authority: Option<&[u8]>,
        runtime: Handle,
    ) -> Result<Self, Failure> {
        let authority = settings.authority.as_deref().or(authority);
        let client =
            trusting(Client::builder(), authority)?.build().map_err(|error| no_https(&error))?;
        Ok(Self { client, runtime, timeout: settings.timeout })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(self.timeout);
        let client = self.client.clone();
        // The SDK's thread has no reactor.
        self.runtime.spawn(async move { answer(client.execute(request).await?).await }).await?
    }
}

async fn answer(mut answer: reqwest::Response) -> Result<Response<Bytes>, HttpError> {
    let mut built = Response::builder().status(answer.status());
    if let Some(headers) = built.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
            return Err(TooLong.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(built.body(Bytes::from(body))?)
}

/// The collector's answer is longer than any it should give.
#[derive(Clone, Copy, Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the collector's answer is too long")
    }
}

impl std::error::Error for TooLong {}

const LONGEST_ANSWER: usize = 64 * 1024;
