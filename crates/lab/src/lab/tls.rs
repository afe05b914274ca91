//! The lab's own certificate authority and its server certificate.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::LabError;

/// A certificate authority, and a server that shows a certificate of it.
pub(super) struct Certificates {
    pub(super) ca_pem: String,
    pub(super) acceptor: TlsAcceptor,
}

impl Certificates {
    pub(super) fn make(host_name: &str, others: &[String]) -> Result<Self, LabError> {
        let fault = |error: &dyn std::fmt::Display| LabError::Certificate(error.to_string());
        let ca_key = KeyPair::generate().map_err(|error| fault(&error))?;
        let mut ca = CertificateParams::default();
        ca.distinguished_name.push(DnType::CommonName, "Vicar lab (do not trust elsewhere)");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_certificate = ca.self_signed(&ca_key).map_err(|error| fault(&error))?;

        let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        for name in [host_name].into_iter().chain(others.iter().map(String::as_str)) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let mut server = CertificateParams::new(names).map_err(|error| fault(&error))?;
        server.distinguished_name.push(DnType::CommonName, host_name);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(|error| fault(&error))?;
        let issuer = Issuer::from_params(&ca, &ca_key);
        let certificate = server.signed_by(&key, &issuer).map_err(|error| fault(&error))?;

        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| fault(&error))?
                .with_no_client_auth()
                .with_single_cert(
                    vec![certificate.der().clone()],
                    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
                )
                .map_err(|error| fault(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { ca_pem: ca_certificate.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// Whom the certificate is for; Microsoft's hosts for clients whose name resolution is bent.
const NAMES: [&str; 6] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "login.microsoftonline.com",
    "sts.windows.net",
    "graph.microsoft.com",
];
