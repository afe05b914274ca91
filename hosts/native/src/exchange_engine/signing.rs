//! Private keys of certificate credentials, and what is signed with them.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PSS_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use vicar_exchange::credential::Thumbprint;

/// RSA keys by the name that credentials give them.
#[derive(Default)]
pub struct SigningKeys(BTreeMap<String, KeyPair>);

impl SigningKeys {
    /// Adds the RSA key of a PEM text (PKCS #8 or PKCS #1) under `name`; whether it is one.
    #[must_use]
    pub fn add(&mut self, name: &str, pem: &[u8]) -> bool {
        let key = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der()).ok(),
            Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der()).ok(),
            _ => None,
        };
        let usable = key.is_some();
        if let Some(key) = key {
            self.0.insert(name.to_owned(), key);
        }
        usable
    }

    /// Signs with RSASSA-PSS, SHA-256 and MGF1, salt as long as the hash (`PS256`); `None` when
    /// there is no such key.
    pub fn sign(&self, name: &str, input: &[u8]) -> Option<Vec<u8>> {
        let key = self.0.get(name)?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
        Some(signature)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// `x5t#S256` of the first certificate of a PEM text.
pub fn certificate_thumbprint(pem: &[u8]) -> Option<String> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    Some(Thumbprint::of_certificate(&certificate).to_base64url())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

    use super::{SigningKeys, certificate_thumbprint};

    #[test]
    fn a_key_signs_under_its_name_only_and_is_not_shown() {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut keys = SigningKeys::default();
        assert!(keys.add("blueprint", pair.serialize_pem().as_bytes()));
        let public = aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::RSA_PSS_2048_8192_SHA256,
            pair.public_key_raw(),
        );
        let signature = keys.sign("blueprint", b"input").unwrap();
        public.verify(b"input", &signature).unwrap();
        public.verify(b"other", &signature).unwrap_err();
        assert!(keys.sign("travel", b"input").is_none());
        assert_eq!(format!("{keys:?}"), r#"{"blueprint"}"#);
    }

    #[test]
    fn what_is_no_rsa_key_or_certificate_is_said_so() {
        let pair = KeyPair::generate().unwrap();
        let mut keys = SigningKeys::default();
        for pem in [pair.serialize_pem().as_bytes(), b"", b"-----BEGIN PRIVATE KEY-----"] {
            assert!(!keys.add("key", pem));
            assert_eq!(certificate_thumbprint(pem), None);
        }
        let certificate = CertificateParams::default().self_signed(&pair).unwrap();
        let thumbprint = certificate_thumbprint(certificate.pem().as_bytes()).unwrap();
        assert_eq!(thumbprint.len(), 43);
    }
}
