//! What a client trusts, and what no client of ours does.

use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, redirect::Policy};
use rustls::crypto::aws_lc_rs;

use crate::failure::{Failure, code};

/// A builder that follows nothing, asks no proxy, and trusts the system's certificate authorities,
/// or only those of `authority` (PEM) where given.
///
/// # Errors
/// [`Failure`] when `authority` holds no certificate.
pub(crate) fn trusting(
    builder: ClientBuilder,
    authority: Option<&[u8]>,
) -> Result<ClientBuilder, Failure> {
    // Whoever comes second finds a provider installed, which is the same one.
    let _ = aws_lc_rs::default_provider().install_default();
    let builder =
        builder.redirect(Policy::none()).no_proxy().referer(false).connect_timeout(CONNECT_TIME);
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

const CONNECT_TIME: Duration = Duration::from_secs(5);
