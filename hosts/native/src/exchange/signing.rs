//! Private keys of certificate credentials, and what is signed with them.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PSS_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use vicar_exchange::credential::Thumbprint;

/// An RSA key that client assertions are signed with.
pub struct SigningKey(KeyPair);

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// No private key in a form that can be read.
    #[error("there is no unencrypted private key in PEM form (PKCS #8 or PKCS #1)")]
    Key,
    /// Not RSA, or too short.
    #[error("the private key is not an RSA key of at least 2048 bits")]
    NotRsa,
}

impl SigningKey {
    /// Reads the first private key of a PEM text (PKCS #8 or PKCS #1).
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, SigningKeyError> {
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| SigningKeyError::Key)? {
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(SigningKeyError::NotRsa),
        };
        match key {
            Ok(key) if key.public_modulus_len() >= SHORTEST_MODULUS => Ok(Self(key)),
            _ => Err(SigningKeyError::NotRsa),
        }
    }

    /// Signs with RSASSA-PSS, SHA-256 and MGF1, salt as long as the hash (`PS256`); `None` when
    /// the library refuses.
    fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
        Some(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(***)")
    }
}

/// Keys by the name that credentials give them.
#[derive(Default)]
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

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// `x5t#S256` of the first certificate of a PEM text.
pub fn certificate_thumbprint(pem: &[u8]) -> Option<Thumbprint> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    Some(Thumbprint::of_certificate(&certificate))
}

/// Octets: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

    use super::{SigningKey, SigningKeyError, SigningKeys, certificate_thumbprint};

    #[test]
    fn a_key_signs_under_its_name_only_and_is_not_shown() {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut keys = SigningKeys::default();
        keys.insert("blueprint", SigningKey::from_pem(pair.serialize_pem().as_bytes()).unwrap());
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
        for (pem, why) in [
            (pair.serialize_pem().as_bytes(), SigningKeyError::NotRsa),
            (b"", SigningKeyError::Key),
            (b"-----BEGIN PRIVATE KEY-----", SigningKeyError::Key),
        ] {
            assert_eq!(SigningKey::from_pem(pem).unwrap_err(), why);
            assert_eq!(certificate_thumbprint(pem), None);
        }
        let certificate = CertificateParams::default().self_signed(&pair).unwrap();
        let thumbprint = certificate_thumbprint(certificate.pem().as_bytes()).unwrap();
        assert_eq!(thumbprint.to_base64url().len(), 43);
    }
}
