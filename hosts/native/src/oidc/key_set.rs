//! Key sets that are fit to be published.

use vicar_token::{Algorithm, Json, Jwk, Jwks, Object, PublicKey, base64url};

use super::DocumentError;

/// Public RSA and EC keys for signatures, each with a name of its own, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys(Vec<PublishedKey>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// `kid`.
    pub key_id: String,
    /// Its numbers.
    pub key: PublicKey,
    /// `alg`: as the set says, else the one that goes with the type.
    pub algorithm: Algorithm,
}

impl PublicKeys {
    /// Reads the cluster's key set.
    ///
    /// # Errors
    /// [`DocumentError`] when one key is private, symmetric, for encryption, nameless or not RSA or
    /// EC: then nothing of the set is taken.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let set = Jwks::parse(bytes).map_err(|error| DocumentError::Malformed {
            document: "key set",
            why: error.to_string(),
        })?;
        if let Some(skipped) = set.skipped.into_iter().next() {
            return Err(DocumentError::Key {
                number: skipped.index.saturating_add(1),
                key_id: skipped.key_id,
                why: skipped.why.into_owned(),
            });
        }
        let keys: Vec<PublishedKey> =
            set.keys.into_iter().map(PublishedKey::of).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(DocumentError::KeysMissing);
        }
        let mut names: Vec<&str> = keys.iter().map(|key| key.key_id.as_str()).collect();
        names.sort_unstable();
        if let Some([name, _]) = names.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(DocumentError::KeyIdTwice { key_id: (*name).to_owned() });
        }
        Ok(Self(keys))
    }

    /// The keys, in the cluster's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &PublishedKey> {
        self.0.iter()
    }

    /// The algorithms that the keys sign with, each once, by name.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<Algorithm> = self.iter().map(|key| key.algorithm).collect();
        algorithms.sort_unstable_by_key(|algorithm| algorithm.name());
        algorithms.dedup();
        algorithms
    }

    /// The set with what a verifier needs and nothing else.
    pub(super) fn write(&self) -> String {
        let keys: Json = self.iter().map(|key| Json::from(key.members())).collect();
        format!("{}\n", Json::from(std::iter::once(("keys", keys)).collect::<Object>()))
    }
}

impl PublishedKey {
    fn of(key: Jwk) -> Result<Self, DocumentError> {
        let refused = |key_id: Option<String>, why: &str| DocumentError::Key {
            number: key.index.saturating_add(1),
            key_id,
            why: why.to_owned(),
        };
        let usual = match &key.key {
            PublicKey::P256 { .. } => Algorithm::Es256,
            PublicKey::P384 { .. } => Algorithm::Es384,
            PublicKey::Rsa { .. } => Algorithm::Rs256,
            PublicKey::Ed25519 { .. } => {
                return Err(refused(key.key_id, "it is neither an RSA nor an EC key"));
            }
        };
        let Some(key_id) = key.key_id else {
            return Err(refused(None, "tokens name their key, so it needs a `kid`"));
        };
        Ok(Self { key_id, key: key.key, algorithm: key.algorithm.unwrap_or(usual) })
    }

    fn members(&self) -> Object {
        let number = |octets: &[u8]| base64url::encode(octets);
        let (key_type, numbers) = match &self.key {
            PublicKey::Ed25519 { x } => {
                ("OKP", vec![("crv", "Ed25519".to_owned()), ("x", number(x))])
            }
            PublicKey::P256 { x, y } => {
                ("EC", vec![("crv", "P-256".to_owned()), ("x", number(x)), ("y", number(y))])
            }
            PublicKey::P384 { x, y } => {
                ("EC", vec![("crv", "P-384".to_owned()), ("x", number(x)), ("y", number(y))])
            }
            PublicKey::Rsa { n, e } => ("RSA", vec![("n", number(n)), ("e", number(e))]),
        };
        let mut members: Object = [
            ("use", "sig"),
            ("kty", key_type),
            ("kid", self.key_id.as_str()),
            ("alg", self.algorithm.name()),
        ]
        .into_iter()
        .collect();
        members.extend(numbers);
        members
    }
}
