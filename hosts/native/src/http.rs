//! Carries requests of `vicar-keys` over HTTPS; it decides nothing.
//!
//! No redirects, no cookies, no proxy, no credentials; the address is `https` (or plain loopback
//! where [`vicar_keys::Address`] let it through); the answer is read up to the request's limits.

use std::{
    error::Error as _,
    io::Read,
    time::{Duration, SystemTime},
};

use reqwest::{
    Certificate,
    blocking::{Client, Response as Answer},
    header::{ACCEPT, CACHE_CONTROL, USER_AGENT},
    redirect::Policy,
};
use rustls::crypto::aws_lc_rs;
use vicar_keys::{Event, FetchFailure, KeyKeeper, Output, Request, Response};

use crate::failure::{Failure, code};

/// An HTTPS client for key documents.
#[derive(Debug)]
pub struct Carrier {
    client: Client,
}

impl Carrier {
    /// A client that trusts the system's certificate authorities, or only those of `authority`
    /// (PEM) where given.
    ///
    /// # Errors
    /// [`Failure`] when `authority` holds no certificate or TLS cannot be set up.
    pub fn new(authority: Option<&[u8]>) -> Result<Self, Failure> {
        Ok(Self { client: https_client(authority)? })
    }

    /// Carries one request out, at most until its deadline.
    ///
    /// # Errors
    /// [`FetchFailure`] when there is no complete answer.
    pub fn carry(&self, request: &Request, now: u64) -> Result<Response, FetchFailure> {
        let time = Duration::from_secs(request.deadline.saturating_sub(now).max(1));
        let answer = self
            .client
            .get(request.address.as_str())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("vicar/", env!("CARGO_PKG_VERSION")))
            .timeout(time)
            .send()
            .map_err(|error| failure(&error))?;
        let status = answer.status().as_u16();
        let max_age = max_age(&answer);
        let body = read(answer, request.max_bytes)?;
        Ok(Response { status, max_age, body })
    }

    /// Fetches everything that is due now and returns what happened.
    pub fn settle(&self, keeper: &mut KeyKeeper) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(output) = keeper.poll(unix_now()) {
            match output {
                Output::Event(event) => events.push(event),
                Output::Request(request) => {
                    let answer = self.carry(&request, unix_now());
                    keeper.respond(request.id, unix_now(), answer);
                }
            }
        }
        events
    }
}

/// Seconds since 1970 by this machine's clock.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// A client without redirects, cookies, proxy and credentials of its own; `authority` as in
/// [`Carrier::new`].
pub(crate) fn https_client(authority: Option<&[u8]>) -> Result<Client, Failure> {
    // Whoever comes second finds a provider installed, which is the same one.
    let _ = aws_lc_rs::default_provider().install_default();
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIME);
    if let Some(pem) = authority {
        let certificates = Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                Failure::new(code::CERTIFICATES_UNUSABLE, "there is no certificate in the CA file")
                    .hint("the file must hold certificates in PEM form")
            })?;
        builder = builder.tls_certs_only(certificates);
    }
    builder
        .build()
        .map_err(|error| Failure::new(code::TLS_UNUSABLE, format!("no HTTPS here: {error}")))
}

fn read(answer: Answer, max_bytes: usize) -> Result<Vec<u8>, FetchFailure> {
    let most = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    let too_large = FetchFailure::TooLarge { limit: max_bytes };
    if answer.content_length().is_some_and(|length| length > most) {
        return Err(too_large);
    }
    let mut body = Vec::new();
    answer
        .take(most.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|error| unreadable(&error))?;
    if body.len() > max_bytes {
        return Err(too_large);
    }
    Ok(body)
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1).
fn max_age(answer: &Answer) -> Option<u64> {
    let header = answer.headers().get(CACHE_CONTROL)?.to_str().ok()?;
    header.split(',').find_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse().ok())?
    })
}

fn failure(error: &reqwest::Error) -> FetchFailure {
    if error.is_timeout() {
        return FetchFailure::Deadline;
    }
    let mut detail = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        detail = error.to_string();
        cause = error.source();
    }
    FetchFailure::Unreachable { detail: detail.chars().take(200).collect() }
}

fn unreadable(error: &std::io::Error) -> FetchFailure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    match inner {
        Some(error) => failure(error),
        None if error.kind() == std::io::ErrorKind::TimedOut => FetchFailure::Deadline,
        None => FetchFailure::Unreachable { detail: error.to_string() },
    }
}

const CONNECT_TIME: Duration = Duration::from_secs(5);
