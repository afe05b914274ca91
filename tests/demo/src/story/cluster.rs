//! The cluster that the agent's pod runs in: its issuer's key, and the projected token.

use std::path::Path;

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::json;
use vicar_envoy_tests::tokens::now;

use super::StoryError;

/// What the pod's token says.
pub(super) const ISSUER: &str = "https://oidc.contoso.example/cluster-1";
pub(super) const SUBJECT: &str = "system:serviceaccount:agents:invoice-agent";
pub(super) const AUDIENCE: &str = "api://AzureADTokenExchange";

/// The issuer's signing key.
pub(super) struct Cluster(EncodingKey);

impl Cluster {
    pub(super) fn new() -> Result<Self, StoryError> {
        let failed = |error: &dyn std::error::Error| StoryError::Lab(error.to_string());
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map_err(|error| failed(&error))?;
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes())
            .map_err(|error| failed(&error))?;
        Ok(Self(key))
    }

    /// The key set that the cluster publishes.
    pub(super) fn key_set(&self) -> Result<String, StoryError> {
        let failed = |error: &dyn std::error::Error| StoryError::Lab(error.to_string());
        let mut jwk =
            Jwk::from_encoding_key(&self.0, Algorithm::RS256).map_err(|error| failed(&error))?;
        jwk.common.key_id = Some(KEY_ID.to_owned());
        serde_json::to_string(&JwkSet { keys: vec![jwk] }).map_err(|error| failed(&error))
    }

    /// Writes the token that the kubelet would project.
    pub(super) fn project(&self, path: &Path) -> Result<(), StoryError> {
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::RS256) };
        let (from, until) = (now(), now().saturating_add(3600));
        let claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": [AUDIENCE],
            "iat": from, "nbf": from, "exp": until,
        });
        let token = jsonwebtoken::encode(&header, &claims, &self.0)
            .map_err(|error| StoryError::Lab(error.to_string()))?;
        Ok(std::fs::write(path, token)?)
    }
}

const KEY_ID: &str = "cluster-1";
