//! The keys that tokens are signed with, and their public halves.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, jwk::Jwk};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use vicar_token::base64url;

use crate::claims::Claims;

/// A signing key with its certificate.
#[derive(Clone)]
pub struct SigningKey {
    key: EncodingKey,
    public: DecodingKey,
    key_id: String,
    modulus: String,
    exponent: String,
    certificate: String,
}

/// No key could be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signing key: {0}")]
pub struct KeyError(String);

impl SigningKey {
    /// Makes a new RSA key of 2048 bits.
    ///
    /// # Errors
    /// [`KeyError`] when the library refuses.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(fault)?;
        Self::of(&pair)
    }

    /// Takes an RSA key in PKCS #8 PEM.
    ///
    /// # Errors
    /// [`KeyError`] when it is none.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).map_err(fault)?;
        Self::of(&pair)
    }

    fn of(pair: &KeyPair) -> Result<Self, KeyError> {
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "accounts.accesscontrol.windows.net");
        let certificate = parameters.self_signed(pair).map_err(fault)?;
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).map_err(fault)?;
        let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(fault)?;
        let public = DecodingKey::from_jwk(&jwk).map_err(fault)?;
        let jwk = serde_json::to_value(&jwk).map_err(fault)?;
        let member = |name: &str| {
            jwk.get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| KeyError(format!("its public half has no `{name}`")))
        };
        Ok(Self {
            public,
            key_id: thumbprint(certificate.der()),
            modulus: member("n")?,
            exponent: member("e")?,
            certificate: standard_base64(certificate.der()),
            key,
        })
    }

    /// The `kid`, which is the `x5t` too.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    fn public(&self, issuer: Option<&str>) -> Value {
        let mut key = json!({
            "kty": "RSA", "use": "sig", "kid": self.key_id, "x5t": self.key_id,
            "n": self.modulus, "e": self.exponent, "x5c": [self.certificate],
        });
        if let (Some(issuer), Some(members)) = (issuer, key.as_object_mut()) {
            members.insert("cloud_instance_name".to_owned(), "microsoftonline.com".into());
            members.insert("issuer".to_owned(), issuer.into());
        }
        key
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// How a token's header is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderForm {
    V1,
    V2,
    /// v1 with a nonce, whose hash is what was signed: only the resource knows how to verify it.
    Nonce,
}

/// The keys in use: the last signs, all are published.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
    current: SigningKey,
}

impl KeyRing {
    /// A ring of one key.
    pub fn new(key: SigningKey) -> Self {
        Self { keys: vec![key.clone()], current: key }
    }

    /// Takes a new key into use. The others stay published, unless `retire`.
    pub fn rotate(&mut self, key: SigningKey, retire: bool) {
        if retire {
            self.keys.clear();
        }
        let surplus = self.keys.len().saturating_sub(MOST_KEYS - 1);
        self.keys.drain(..surplus);
        self.keys.push(key.clone());
        self.current = key;
    }

    /// The key that signs.
    pub fn current(&self) -> &SigningKey {
        &self.current
    }

    /// Ids of all published keys.
    pub fn key_ids(&self) -> Vec<&str> {
        self.keys.iter().map(SigningKey::key_id).collect()
    }

    /// The JSON Web Key Set, each key with `issuer` as its issuer member: Entra's v2 sets have
    /// it, its v1 sets do not.
    pub(crate) fn key_set(&self, issuer: Option<&str>) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(|key| key.public(issuer)).collect();
        json!({ "keys": keys })
    }

    /// Signs `claims`.
    pub(crate) fn sign(
        &self,
        claims: &Claims,
        form: HeaderForm,
        nonce: &str,
    ) -> Result<String, KeyError> {
        let key = &self.current;
        let kid = &key.key_id;
        let header = |nonce: &str| match form {
            HeaderForm::V1 => {
                format!(r#"{{"typ":"JWT","alg":"RS256","x5t":"{kid}","kid":"{kid}"}}"#)
            }
            HeaderForm::V2 => format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{kid}"}}"#),
            HeaderForm::Nonce => format!(
                r#"{{"typ":"JWT","nonce":"{nonce}","alg":"RS256","x5t":"{kid}","kid":"{kid}"}}"#
            ),
        };
        let payload = base64url::encode(&serde_json::to_vec(claims).map_err(fault)?);
        let signed = format!("{}.{payload}", base64url::encode(header(&hashed(nonce)).as_bytes()));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key.key, Algorithm::RS256)
            .map_err(fault)?;
        Ok(format!("{}.{payload}.{signature}", base64url::encode(header(nonce).as_bytes())))
    }

    /// Whether `signature` (base64url) over `message` was made with the key named `key_id`;
    /// `None` when there is no such key.
    pub(crate) fn verify(&self, key_id: &str, message: &str, signature: &str) -> Option<bool> {
        let key = self.keys.iter().find(|key| key.key_id == key_id)?;
        let verified = jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            &key.public,
            Algorithm::RS256,
        );
        Some(verified.unwrap_or(false))
    }
}

/// The hash of a header nonce, which stands in its place while signing.
pub(crate) fn hashed(nonce: &str) -> String {
    base64url::encode(digest(&SHA256, nonce.as_bytes()).as_ref())
}

/// The SHA-1 of a certificate as base64url: `x5t`.
pub(crate) fn thumbprint(der: &[u8]) -> String {
    base64url::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref())
}

fn standard_base64(bytes: &[u8]) -> String {
    let mut text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn fault(error: impl ToString) -> KeyError {
    KeyError(error.to_string())
}

const MOST_KEYS: usize = 8;
