//! Carries an exchange's requests out over HTTPS; it decides nothing.
//!
//! No redirects, no cookies, no proxy; the answer is read up to the request's limits, at most
//! until its deadline.

use std::{error::Error as _, time::Duration};

use reqwest::{
    Certificate, Client, Response as Answer,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, USER_AGENT},
    redirect::Policy,
};
use rustls::crypto::aws_lc_rs;
use vicar_exchange::{Carriage, HttpResponse};
use vicar_keys::{FetchFailure, Request as KeyRequest, Response as KeyResponse};
use zeroize::Zeroizing;

use super::Request;
use crate::failure::{Failure, code};

/// An HTTPS client for token endpoints, metadata services and key documents.
#[derive(Clone, Debug)]
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
        let builder = trusting(Client::builder(), authority)?
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIME);
        let client = builder.build().map_err(|error| no_https(&error))?;
        Ok(Self { client })
    }

    /// Carries one request of an exchange out.
    ///
    /// # Errors
    /// [`Carriage`] when there is no complete answer.
    pub async fn carry(&self, request: &Request, now: u64) -> Result<HttpResponse, Carriage> {
        let time = Duration::from_secs(request.deadline.saturating_sub(now).max(1));
        let work = async {
            let mut builder = match request.method {
                "GET" => self.client.get(&request.url),
                _ => self.client.post(&request.url).body(request.body.expose().to_owned()),
            };
            for (name, value) in &request.headers {
                let name =
                    HeaderName::from_bytes(name.as_bytes()).map_err(|_| Carriage::Connection)?;
                builder = builder.header(name, value);
            }
            let answer =
                builder.header(USER_AGENT, AGENT).send().await.map_err(|error| of(&error))?;
            let status = answer.status().as_u16();
            let (content_type, retry_after) =
                (text(&answer, CONTENT_TYPE), text(&answer, RETRY_AFTER));
            let body = read(answer, request.max_bytes).await?;
            let mut answer = HttpResponse::new(status, content_type, retry_after, Vec::new());
            answer.body = body;
            Ok(answer)
        };
        tokio::time::timeout(time, work).await.unwrap_or(Err(Carriage::Deadline))
    }

    /// Carries one request for keys out.
    ///
    /// # Errors
    /// [`FetchFailure`] when there is no complete answer.
    pub async fn fetch(&self, request: &KeyRequest, now: u64) -> Result<KeyResponse, FetchFailure> {
        let time = Duration::from_secs(request.deadline.saturating_sub(now).max(1));
        let limit = request.max_bytes;
        let failure = |carriage: Carriage| match carriage {
            Carriage::Deadline => FetchFailure::Deadline,
            Carriage::TooLarge => FetchFailure::TooLarge { limit },
            other => FetchFailure::Unreachable { detail: other.to_string() },
        };
        let work = async {
            let answer = self
                .client
                .get(request.address.as_str())
                .header("accept", "application/json")
                .header(USER_AGENT, AGENT)
                .send()
                .await
                .map_err(|error| of(&error))?;
            let (status, max_age) = (answer.status().as_u16(), max_age(&answer));
            let body = read(answer, limit).await?;
            Ok(KeyResponse { status, max_age, body: body.to_vec() })
        };
        tokio::time::timeout(time, work).await.unwrap_or(Err(Carriage::Deadline)).map_err(failure)
    }
}

/// A builder that trusts what it should.
///
/// # Errors
/// [`Failure`] when `authority` holds no certificate.
pub(crate) fn trusting(
    builder: reqwest::ClientBuilder,
    authority: Option<&[u8]>,
) -> Result<reqwest::ClientBuilder, Failure> {
    // Whoever comes second finds a provider installed, which is the same one.
    let _ = aws_lc_rs::default_provider().install_default();
    let Some(pem) = authority else { return Ok(builder) };
    let certificates = Certificate::from_pem_bundle(pem)
        .ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or_else(|| {
            Failure::new(code::CERTIFICATES_UNUSABLE, "there is no certificate in the CA file")
                .hint("the file must hold certificates in PEM form")
        })?;
    Ok(builder.tls_certs_only(certificates))
}

pub(crate) fn no_https(error: &reqwest::Error) -> Failure {
    Failure::new(code::TLS_UNUSABLE, format!("no HTTPS here: {error}"))
}

async fn read(mut answer: Answer, max_bytes: usize) -> Result<Zeroizing<Vec<u8>>, Carriage> {
    let most = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    if answer.content_length().is_some_and(|length| length > most) {
        return Err(Carriage::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = answer.chunk().await.map_err(|error| of(&error))? {
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(Carriage::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn text(answer: &Answer, name: HeaderName) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1).
fn max_age(answer: &Answer) -> Option<u64> {
    let header = answer.headers().get(CACHE_CONTROL)?.to_str().ok()?;
    header.split(',').find_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse().ok())?
    })
}

fn of(error: &reqwest::Error) -> Carriage {
    if error.is_timeout() {
        return Carriage::Deadline;
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = tls(error) {
            return Carriage::Untrusted;
        }
        cause = error.source();
    }
    Carriage::Connection
}

/// TLS errors travel inside I/O errors, whose source leaves them out.
fn tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref::<rustls::Error>().or_else(|| {
        error.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()
    })
}

const AGENT: &str = concat!("vicar/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIME: Duration = Duration::from_secs(5);
