//! From header and claims to a signed token.

use serde_json::Value;
use vicar_token::Algorithm;
use vicar_token::base64url;

use super::{Damage, KeyNumber, Members, MintError, TestKey, key_id};

/// A test token before it is signed. Header and claims are signed exactly as they stand, however
/// wrong they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The JOSE header.
    pub header: Members,
    /// The claims.
    pub claims: Members,
    /// The key; its algorithm signs, whatever the header's `alg` says.
    pub key: TestKey,
    /// What is done to the text after signing.
    pub damage: Vec<Damage>,
}

impl Recipe {
    /// The usual header (`typ`, `alg`, `kid`) over `claims`, signed as the bundle's `issuer`.
    pub fn new(issuer: &str, algorithm: Algorithm, number: KeyNumber, claims: Members) -> Self {
        let mut header = Members::default();
        header.set("typ", Value::from("JWT"));
        header.set("alg", Value::from(algorithm.name()));
        header.set("kid", Value::from(key_id(issuer, algorithm)));
        Self { header, claims, key: TestKey { algorithm, number }, damage: Vec::new() }
    }

    /// The signed token, damaged as asked.
    ///
    /// # Errors
    /// [`MintError::Key`] never for the keys as published.
    pub fn sign(&self) -> Result<String, MintError> {
        let header = encode("header", &self.header)?;
        let claims = encode("claims", &self.claims)?;
        let message = format!("{header}.{claims}");
        let signature = self.key.sign(&message)?;
        let token = format!("{message}.{signature}");
        Ok(self.damage.iter().fold(token, |token, damage| damage.apply(&token)))
    }
}

fn encode(part: &'static str, members: &Members) -> Result<String, MintError> {
    let text = serde_json::to_vec(members)
        .map_err(|error| MintError::Document { part, why: error.to_string() })?;
    Ok(base64url::encode(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn header_and_claims_are_signed_as_written() {
        let claims = Members::parse("claims", br#"{"sub":"x","aud":["b","a"]}"#).unwrap();
        let mut recipe = Recipe::new("entra", Algorithm::Rs256, KeyNumber::FIRST, claims);
        recipe.header.change([("typ", &Value::Null), ("alg", &json!("none"))]);
        let token = recipe.sign().unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |part| String::from_utf8(base64url::decode(part).unwrap()).unwrap();
        assert_eq!(decode(parts[0]), r#"{"alg":"none","kid":"entra-RS256"}"#);
        assert_eq!(decode(parts[1]), r#"{"sub":"x","aud":["b","a"]}"#);
        assert_eq!(token, recipe.sign().unwrap(), "RS256 and EdDSA give the same token each time");
    }
}
