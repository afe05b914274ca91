//! Sends a call on. Of the caller's fields only the content type goes along; the token is ours.

use std::{
    error::Error as _,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use reqwest::{
    Client, Method, Response, Url,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    },
    redirect::Policy,
};
use tracing::Instrument as _;
use vicar_exchange::Secret;

use super::{
    address,
    resolver::{LocalAddress, RemoteOnly},
    too_large,
};
use crate::{
    failure::Failure,
    http::{no_https, trusting},
    serve::{
        configuration::{Configuration, DownstreamApi},
        reason::{DOWNSTREAM_UNAVAILABLE, SERVER_FAILURE},
        refusal::Refusal,
        telemetry,
    },
};

/// The clients: one that calls no local address, one that does.
pub(in crate::serve) struct Upstreams {
    remote: Client,
    local: Client,
    request_limit: u64,
}

/// A client for one API.
pub(super) struct Upstream<'a> {
    client: &'a Client,
    request_limit: u64,
}

/// A call to send.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) accept: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: Option<Body>,
    pub(super) length: Option<u64>,
}

impl Upstreams {
    pub(in crate::serve) fn new(
        configuration: &Configuration,
        authority: Option<&[u8]>,
    ) -> Result<Self, Failure> {
        let own = &configuration.own;
        let builder = || {
            let builder = trusting(Client::builder(), authority)?
                .redirect(redirects(own.outbound_redirects))
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT_TIME)
                .timeout(Duration::from_secs(own.downstream_seconds));
            Ok::<_, Failure>(builder)
        };
        let client =
            |builder: reqwest::ClientBuilder| builder.build().map_err(|error| no_https(&error));
        Ok(Self {
            remote: client(builder()?.dns_resolver(Arc::new(RemoteOnly)))?,
            local: client(builder()?)?,
            request_limit: own.max_request_bytes,
        })
    }

    pub(super) const fn of(&self, api: &DownstreamApi) -> Upstream<'_> {
        let client = if api.local_addresses { &self.local } else { &self.remote };
        Upstream { client, request_limit: self.request_limit }
    }
}

impl Upstream<'_> {
    /// Sends the call, within the caller's trace, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        outgoing: Outgoing,
        token: &Secret,
    ) -> Result<Response, Refusal> {
        let span = telemetry::call(&outgoing.method, &outgoing.url);
        let sent = self.send_within(outgoing, token).instrument(span.clone()).await;
        let status = sent.as_ref().map(|answer| answer.status().as_u16());
        telemetry::called(&span, status.map_err(|refusal| refusal.reason.code));
        sent
    }

    async fn send_within(&self, outgoing: Outgoing, token: &Secret) -> Result<Response, Refusal> {
        let host = outgoing.url.host_str().unwrap_or_default().to_owned();
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
                Refusal::new(SERVER_FAILURE, "the token cannot stand in a header", "see the log")
            })?;
        bearer.set_sensitive(true);
        // Fields that the configuration or the caller names stand in place of the trace's.
        let named = |(name, _): &(HeaderName, _)| telemetry::TRACE_FIELDS.contains(&name.as_str());
        let trace = match outgoing.headers.iter().any(named) {
            true => HeaderMap::new(),
            false => telemetry::onward(),
        };
        let mut request = self.client.request(outgoing.method, outgoing.url).headers(trace);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        request = request.header(AUTHORIZATION, bearer);
        if let Some(accept) = outgoing.accept {
            request = request.header(ACCEPT, accept);
        }
        if let Some(content_type) = outgoing.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(length) = outgoing.length {
            request = request.header(CONTENT_LENGTH, length);
        }
        let overlong = Arc::new(AtomicBool::new(false));
        if let Some(body) = outgoing.body {
            request = request.body(counted(body, self.request_limit, Arc::clone(&overlong)));
        }
        request.send().await.map_err(|error| {
            if overlong.load(Ordering::Relaxed) {
                return too_large(self.request_limit);
            }
            failure(&error, &host)
        })
    }
}

/// Follows within one origin or not at all: the token is for that host.
fn redirects(follow: bool) -> Policy {
    if !follow {
        return Policy::none();
    }
    Policy::custom(|attempt| {
        let same = attempt
            .previous()
            .first()
            .is_some_and(|first| first.origin() == attempt.url().origin());
        if same && attempt.previous().len() <= MOST_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// The body as it comes, ended with an error beyond the limit.
fn counted(body: Body, limit: u64, overlong: Arc<AtomicBool>) -> reqwest::Body {
    let mut sent = 0_u64;
    let stream = body.into_data_stream().map(move |chunk| {
        let chunk: Bytes = chunk.map_err(io::Error::other)?;
        sent = sent.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if sent > limit {
            overlong.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the body is too long"));
        }
        Ok(chunk)
    });
    reqwest::Body::wrap_stream(stream)
}

fn failure(error: &reqwest::Error, host: &str) -> Refusal {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LocalAddress>() {
            return address::refused(host);
        }
        cause = error.source();
    }
    let what = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "cannot be reached"
    } else {
        "broke off"
    };
    Refusal::new(
        DOWNSTREAM_UNAVAILABLE,
        format!("the API at `{host}` {what}"),
        "try again; if it lasts, look at the API",
    )
}

const CONNECT_TIME: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 5;
