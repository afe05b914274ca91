//! Carries an exchange's requests over HTTPS; it decides nothing.
//!
//! No redirects, no cookies, no proxy; the answer is read up to the request's limit and no longer
//! than until its deadline.

use std::{
    error::Error,
    io::{self, Read},
    time::{Duration, Instant},
};

use reqwest::{
    blocking::{Client, Response},
    header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
};
use vicar_exchange::{Carriage, HttpResponse, step::Method};
use vicar_token::UnixSeconds;
use zeroize::Zeroizing;

use super::TokenRequest;
use crate::{failure::Failure, http::https_client};

/// An HTTPS client for token endpoints.
#[derive(Debug)]
pub struct TokenCarrier {
    client: Client,
}

impl TokenCarrier {
    /// A client that trusts the system's certificate authorities, or only those of `authority`
    /// (PEM) where given.
    ///
    /// # Errors
    /// [`Failure`] when `authority` holds no certificate or TLS cannot be set up.
    pub fn new(authority: Option<&[u8]>) -> Result<Self, Failure> {
        Ok(Self { client: https_client(authority)? })
    }

    /// Carries one request out, at most until its deadline; `now` in seconds since 1970.
    ///
    /// # Errors
    /// [`Carriage`] when there is no complete answer.
    pub fn carry(
        &self,
        request: &TokenRequest,
        now: UnixSeconds,
    ) -> Result<HttpResponse, Carriage> {
        let time = Duration::from_secs(request.deadline.saturating_sub(now).max(1));
        let end = Instant::now() + time;
        let mut sent = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body.expose().to_owned()),
        };
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let answer = sent
            .header(USER_AGENT, concat!("vicar/", env!("CARGO_PKG_VERSION")))
            .timeout(time)
            .send()
            .map_err(|error| carriage(&error))?;
        let text = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (status, content_type, retry_after) =
            (answer.status().as_u16(), text(CONTENT_TYPE), text(RETRY_AFTER));
        let body = read(answer, request.max_bytes, end)?;
        Ok(HttpResponse { status, content_type, retry_after, body })
    }
}

fn read(
    mut answer: Response,
    max_bytes: usize,
    end: Instant,
) -> Result<Zeroizing<Vec<u8>>, Carriage> {
    let stated = answer.content_length().unwrap_or(0);
    if usize::try_from(stated).map_or(true, |stated| stated > max_bytes) {
        return Err(Carriage::TooLarge);
    }
    // Never moved while it grows beyond this, so that few copies of a token stay behind.
    let mut body = Zeroizing::new(Vec::with_capacity(max_bytes.min(FIRST_BYTES)));
    let mut piece = Zeroizing::new([0_u8; PIECE_BYTES]);
    loop {
        let count = match answer.read(&mut *piece) {
            Ok(0) => return Ok(body),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(carriage(&error)),
        };
        body.extend_from_slice(piece.get(..count).unwrap_or_default());
        if body.len() > max_bytes {
            return Err(Carriage::TooLarge);
        }
        // Each read has a time limit of its own: a trickle would never meet it.
        if Instant::now() >= end {
            return Err(Carriage::Deadline);
        }
    }
}

/// What an error is, by its causes; its words are not used.
fn carriage(error: &(dyn Error + 'static)) -> Carriage {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>();
        if inner.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
            || error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)
        {
            return Carriage::Deadline;
        }
        // An I/O error leaves out what it wraps when it is asked for its cause.
        let wrapped = inner.and_then(io::Error::get_ref);
        if let Some(wrapped) = wrapped {
            let found = carriage(wrapped);
            if found != Carriage::Connection {
                return found;
            }
        }
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return Carriage::Untrusted;
        }
        cause = error.source();
    }
    Carriage::Connection
}

const FIRST_BYTES: usize = 128 * 1024;
const PIECE_BYTES: usize = 16 * 1024;
