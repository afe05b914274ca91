//! Fetches the key sets of issuers of federated credentials, over HTTPS.

use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use reqwest::{Certificate, Client, redirect::Policy};
use serde_json::Value;

use crate::token_service::WantedKeys;

use super::LabError;

/// An HTTPS client for other issuers. Nothing is cached: a test that changes keys sees it.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    client: Option<Client>,
}

impl Fetcher {
    /// A client that trusts the CA certificates in `authority` (PEM), or the system's.
    pub(super) fn new(authority: Option<&str>) -> Result<Self, LabError> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .https_only(true)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(TIME);
        if let Some(pem) = authority {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes())
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| {
                    LabError::Certificate("there is none in `federation_ca`".to_owned())
                })?;
            builder = builder.tls_certs_only(certificates);
        }
        // Without the system's certificates no issuer can be reached; nothing else needs them.
        Ok(Self { client: builder.build().ok() })
    }

    /// The key set, or nothing for any reason.
    pub(super) async fn fetch(&self, wanted: &WantedKeys) -> Option<JwkSet> {
        let address = match wanted {
            WantedKeys::Address(address) => address.clone(),
            WantedKeys::Issuer(issuer) => {
                let base = issuer.strip_suffix('/').unwrap_or(issuer);
                let document: Value = serde_json::from_slice(
                    &self.get(&format!("{base}/.well-known/openid-configuration")).await?,
                )
                .ok()?;
                if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
                    return None;
                }
                document.get("jwks_uri").and_then(Value::as_str)?.to_owned()
            }
        };
        serde_json::from_slice(&self.get(&address).await?).ok()
    }

    async fn get(&self, address: &str) -> Option<Vec<u8>> {
        let mut answer = self.client.as_ref()?.get(address).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return None;
            }
        }
        Some(body)
    }
}

const TIME: Duration = Duration::from_secs(5);
const LARGEST: usize = 1024 * 1024;
