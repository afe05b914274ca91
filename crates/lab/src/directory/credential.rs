//! The credentials of applications.

use std::fmt;

use aws_lc_rs::{
    constant_time,
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use vicar_token::base64url;
use x509_cert::{
    der::{Decode, asn1::ObjectIdentifier},
    time::Time,
};

use crate::settings::{CredentialSettings, KeySource};

/// A credential.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A client secret.
    Secret(Secret),
    /// A certificate.
    Certificate(Certificate),
    /// A federated credential.
    Federated(Federated),
}

/// A client secret, kept as its hash.
#[derive(Clone)]
pub struct Secret {
    hash: [u8; 32],
    /// When it ends, in seconds since 1970.
    pub expires: Option<u64>,
}

impl Secret {
    /// A secret.
    pub fn new(secret: &str, expires: Option<u64>) -> Self {
        Self { hash: hash(secret), expires }
    }

    /// Whether `presented` is it.
    pub fn is(&self, presented: &str) -> bool {
        constant_time::verify_slices_are_equal(&self.hash, &hash(presented)).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secret").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A registered certificate.
#[derive(Clone)]
pub struct Certificate {
    /// SHA-256 of the DER as base64url: `x5t#S256`.
    pub sha256: String,
    /// SHA-1 of the DER as base64url: `x5t`.
    pub sha1: String,
    /// SHA-1 in hexadecimal: a `kid` that some clients send.
    pub sha1_hex: String,
    /// From when it counts, in seconds since 1970.
    pub not_before: u64,
    /// Until when it counts, in seconds since 1970.
    pub not_after: u64,
    key: DecodingKey,
}

impl Certificate {
    /// Reads a certificate in PEM with an RSA key.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| format!("there is no certificate in PEM form: {error}"))?;
        let certificate = x509_cert::Certificate::from_der(&der)
            .map_err(|error| format!("the certificate cannot be read: {error}"))?;
        let certificate = certificate.tbs_certificate();
        let key = certificate.subject_public_key_info();
        let bits = key.subject_public_key.as_bytes().filter(|_| key.algorithm.oid == RSA);
        let Some(bits) = bits else {
            return Err("its key is no RSA key".to_owned());
        };
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &der);
        let seconds = |time: Time| time.to_unix_duration().as_secs();
        Ok(Self {
            sha256: base64url::encode(digest(&SHA256, &der).as_ref()),
            sha1: base64url::encode(sha1.as_ref()),
            sha1_hex: sha1.as_ref().iter().map(|byte| format!("{byte:02X}")).collect(),
            not_before: seconds(certificate.validity().not_before),
            not_after: seconds(certificate.validity().not_after),
            key: DecodingKey::from_rsa_der(bits),
        })
    }

    /// Whether `signature` over `message` was made with its key.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, algorithm)
            .unwrap_or(false)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("sha1", &self.sha1_hex).finish_non_exhaustive()
    }
}

/// A federated credential: whose tokens stand for the application's own.
#[derive(Clone, Debug)]
pub struct Federated {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audience: String,
    /// Where the issuer's keys are.
    pub keys: IssuerKeys,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug)]
pub enum IssuerKeys {
    /// At the issuer, through its discovery document.
    Discovered,
    /// At this address.
    At(String),
    /// Here.
    Given(JwkSet),
}

impl Credential {
    /// Reads a credential.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(settings: &CredentialSettings) -> Result<Self, String> {
        match (&settings.secret, &settings.certificate, &settings.federated) {
            (Some(secret), None, None) => Ok(Self::Secret(Secret::new(secret, settings.expires))),
            (None, Some(pem), None) => {
                let mut certificate = Certificate::from_pem(pem)?;
                if let Some(expires) = settings.expires {
                    certificate.not_after = certificate.not_after.min(expires);
                }
                Ok(Self::Certificate(certificate))
            }
            (None, None, Some(federated)) => Ok(Self::Federated(Federated {
                issuer: federated.issuer.clone(),
                subject: federated.subject.clone(),
                audience: federated.audience.clone(),
                keys: match &federated.keys {
                    None => IssuerKeys::Discovered,
                    Some(KeySource::Url(url)) => IssuerKeys::At(url.clone()),
                    Some(KeySource::Inline(json)) => IssuerKeys::Given(
                        serde_json::from_str(json)
                            .map_err(|error| format!("`keys.inline` is no key set: {error}"))?,
                    ),
                },
            })),
            _ => Err("it needs exactly one of `secret`, `certificate` and `federated`".to_owned()),
        }
    }
}

fn hash(secret: &str) -> [u8; 32] {
    digest(&SHA256, secret.as_bytes()).as_ref().try_into().unwrap_or_default()
}

/// `rsaEncryption` (RFC 8017 appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
