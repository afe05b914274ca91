//! The built-in keys.

use jsonwebtoken::{EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use vicar_token::Algorithm;

use super::MintError;

/// Which of the built-in keys of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyNumber(usize);

impl KeyNumber {
    /// How many keys there are of each kind.
    pub const COUNT: usize = 8;
    /// The first.
    pub const FIRST: Self = Self(0);
    /// The key of nobody's issuer: for forged tokens.
    pub const STRANGER: Self = Self(Self::COUNT - 1);

    /// The key with this number, counted from 1.
    ///
    /// # Errors
    /// [`MintError::KeyNumber`] when there is none.
    pub fn from_one(number: usize) -> Result<Self, MintError> {
        match number.checked_sub(1) {
            Some(index) if index < Self::COUNT => Ok(Self(index)),
            _ => Err(MintError::KeyNumber(number)),
        }
    }

    /// The key of the issuer at `position` among a bundle's issuers. All but the stranger's are
    /// handed out in turn, so that up to seven issuers have keys of their own.
    pub fn of_issuer(position: usize) -> Self {
        Self(position % (Self::COUNT - 1))
    }
}

/// A built-in private key, for one algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestKey {
    /// The algorithm it signs with.
    pub algorithm: Algorithm,
    /// Which of the keys that fit.
    pub number: KeyNumber,
}

impl TestKey {
    /// Signs `message`; the signature as base64url.
    ///
    /// # Errors
    /// [`MintError::Key`] never for the keys as published.
    pub fn sign(&self, message: &str) -> Result<String, MintError> {
        let key = self.load()?;
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, self.jose())
            .map_err(|error| self.unusable(error))
    }

    /// The public half as a JSON Web Key named `key_id`.
    ///
    /// # Errors
    /// [`MintError::Key`] never for the keys as published.
    pub fn public(&self, key_id: &str) -> Result<Value, MintError> {
        let mut jwk = Jwk::from_encoding_key(&self.load()?, self.jose())
            .map_err(|error| self.unusable(error))?;
        jwk.common.key_id = Some(key_id.to_owned());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        serde_json::to_value(jwk).map_err(|error| self.unusable(error))
    }

    fn load(&self) -> Result<EncodingKey, MintError> {
        type Read = fn(&[u8]) -> jsonwebtoken::errors::Result<EncodingKey>;
        let (file, read): (&str, Read) = match self.algorithm {
            Algorithm::EdDsa => (ED25519, EncodingKey::from_ed_pem),
            Algorithm::Es256 => (P256, EncodingKey::from_ec_pem),
            Algorithm::Es384 => (P384, EncodingKey::from_ec_pem),
            _ => (RSA, EncodingKey::from_rsa_pem),
        };
        let pem = file.split_inclusive(END).nth(self.number.0).unwrap_or_default();
        read(pem.trim().as_bytes()).map_err(|error| self.unusable(error))
    }

    fn jose(&self) -> jsonwebtoken::Algorithm {
        match self.algorithm {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Es384 => jsonwebtoken::Algorithm::ES384,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Ps384 => jsonwebtoken::Algorithm::PS384,
            Algorithm::Ps512 => jsonwebtoken::Algorithm::PS512,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Rs384 => jsonwebtoken::Algorithm::RS384,
            Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
        }
    }

    fn unusable(&self, why: impl ToString) -> MintError {
        MintError::Key { algorithm: self.algorithm, why: why.to_string() }
    }
}

/// The `kid` of an issuer's test key, for example `entra-RS256`.
pub fn key_id(issuer: &str, algorithm: Algorithm) -> String {
    format!("{issuer}-{}", algorithm.name())
}

/// The key set of an issuer: its test key for each of `algorithms`.
///
/// # Errors
/// [`MintError::Key`] never for the keys as published.
pub fn key_set(
    issuer: &str,
    algorithms: &[Algorithm],
    number: KeyNumber,
) -> Result<String, MintError> {
    let keys = algorithms
        .iter()
        .map(|&algorithm| TestKey { algorithm, number }.public(&key_id(issuer, algorithm)))
        .collect::<Result<Vec<Value>, MintError>>()?;
    Ok(json!({ "keys": keys }).to_string())
}

const END: &str = "-----END PRIVATE KEY-----";
const ED25519: &str = include_str!("keys/UNSAFE-test-ed25519.pem");
const P256: &str = include_str!("keys/UNSAFE-test-p256.pem");
const P384: &str = include_str!("keys/UNSAFE-test-p384.pem");
const RSA: &str = include_str!("keys/UNSAFE-test-rsa-2048.pem");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_signs_and_no_two_are_the_same() {
        for algorithm in Algorithm::ALL {
            let mut seen = BTreeSet::new();
            for number in 1..=KeyNumber::COUNT {
                let key = TestKey { algorithm, number: KeyNumber::from_one(number).unwrap() };
                let public = key.public("k").unwrap();
                assert!(seen.insert(public.to_string()), "{algorithm:?} {number}");
                let signature = key.sign("header.claims").unwrap();
                let jwk: Jwk = serde_json::from_value(public).unwrap();
                let verifier = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
                let verified = jsonwebtoken::crypto::verify(
                    &signature,
                    b"header.claims",
                    &verifier,
                    key.jose(),
                );
                assert!(verified.unwrap(), "{algorithm:?} {number}");
            }
        }
    }

    #[test]
    fn an_issuers_key_is_never_the_strangers() {
        for position in 0..100 {
            assert_ne!(KeyNumber::of_issuer(position), KeyNumber::STRANGER);
        }
        assert_eq!(KeyNumber::from_one(0), Err(MintError::KeyNumber(0)));
        assert_eq!(KeyNumber::from_one(9), Err(MintError::KeyNumber(9)));
    }

    #[test]
    fn a_key_set_names_its_keys_and_keeps_the_private_halves() {
        let set: Value =
            serde_json::from_str(&key_set("entra", &Algorithm::ALL, KeyNumber::FIRST).unwrap())
                .unwrap();
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), Algorithm::ALL.len());
        for (key, algorithm) in keys.iter().zip(Algorithm::ALL) {
            assert_eq!(key["kid"], key_id("entra", algorithm));
            assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!(algorithm.name())));
            assert!(key.get("d").is_none(), "{key}");
        }
    }
}
