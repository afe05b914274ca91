//! Carries requests of `vicar-keys` and `vicar-exchange` over HTTPS; it decides nothing.
//!
//! No redirects, no cookies, no proxy, no credentials of its own; the answer is read up to the
//! request's limit and no longer than until its deadline.

mod answer;
mod blocking;
mod document;
mod keys;
mod lost;
mod tokens;
mod trust;

use std::time::SystemTime;

use reqwest::Client;

use crate::failure::Failure;

pub use blocking::block_on;
pub use document::Document;
pub(crate) use trust::{no_https, trusting};

/// An HTTPS client for key documents, token endpoints and metadata services.
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
        let client =
            trusting(Client::builder(), authority)?.build().map_err(|error| no_https(&error))?;
        Ok(Self { client })
    }
}

/// Seconds since 1970 by this machine's clock.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

const AGENT: &str = concat!("vicar/", env!("CARGO_PKG_VERSION"));
