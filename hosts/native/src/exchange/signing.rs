//! Private keys of certificate credentials, and `PS256` with them.

use std::collections::BTreeMap;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PSS_SHA256},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use vicar_exchange::credential::Thumbprint;

/// A certificate's private key.
pub struct SigningKey {
    key: KeyPair,
    thumbprint: Thumbprint,
}

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// No certificate.
    #[error("there is no certificate in PEM form")]
    Certificate,
    /// No private key in a form that can be read.
    #[error("there is no unencrypted private key in PEM form (PKCS #8 or PKCS #1)")]
    Key,
    /// Not RSA, or too short.
    #[error("the private key is not an RSA key of at least 2048 bits")]
    NotRsa,
}

impl SigningKey {
    /// Reads certificate and private key; the first certificate is the one whose thumbprint is
    /// sent.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, SigningKeyError> {
        let certificate = CertificateDer::from_pem_slice(certificate)
            .map_err(|_| SigningKeyError::Certificate)?;
        let thumbprint = Thumbprint::of_certificate(&certificate);
        let key = match PrivateKeyDer::from_pem_slice(key).map_err(|_| SigningKeyError::Key)? {
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(SigningKeyError::NotRsa),
        };
        let key = key.map_err(|_| SigningKeyError::NotRsa)?;
        if key.public_modulus_len() < 256 {
            return Err(SigningKeyError::NotRsa);
        }
        Ok(Self { key, thumbprint })
    }

    /// Of the certificate.
    pub const fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// `PS256` over `input`; `None` when the library refuses.
    pub fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
        Some(signature)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("modulus", &self.key.public_key().as_ref().len())
            .finish_non_exhaustive()
    }
}

/// Keys by the name that credentials give them.
#[derive(Debug, Default)]
pub struct SigningKeys(BTreeMap<String, SigningKey>);

impl SigningKeys {
    /// Adds a key.
    pub fn insert(&mut self, name: impl Into<String>, key: SigningKey) {
        self.0.insert(name.into(), key);
    }

    /// `PS256` with the key of this name; `None` when there is none.
    pub fn sign(&self, name: &str, input: &[u8]) -> Option<Vec<u8>> {
        self.0.get(name)?.sign(input)
    }
}
