//! Tokens and key sets of test issuers, valid at the real time.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vicar_native::mint::{KeyNumber, Members, Recipe, TestKey, key_set};
use vicar_token::Algorithm;

use crate::Failure;

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The issuer of tokens for Envoy's own filters and for the bundle of the Envoy tests.
pub const ISSUER: &str = "https://issuer.example";

/// The audience that goes with it.
pub const AUDIENCE: &str = "https://tools.example";

/// A token of [`ISSUER`], an hour long, with these claims set or, where null, removed.
///
/// # Errors
/// [`Failure::Mint`].
pub fn token(changes: Value) -> Result<String, Failure> {
    signed(Algorithm::Rs256, KeyNumber::FIRST, "issuer-RS256", changes)
}

/// [`token`] with another algorithm, key or `kid`.
///
/// # Errors
/// [`Failure::Mint`].
pub fn signed(
    algorithm: Algorithm,
    number: KeyNumber,
    key_id: &str,
    changes: Value,
) -> Result<String, Failure> {
    let now = now();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "dana", "azp": "invoice-agent",
        "scope": "orders.read ledger.read",
        "iat": now - 60, "nbf": now - 60, "exp": now + 3600,
    });
    let mut claims = Members::parse("claims", claims.to_string().as_bytes())?;
    let changes = changes.as_object().cloned().unwrap_or_default();
    claims.change(changes.iter().map(|(name, value)| (name.as_str(), value)));
    let mut recipe = Recipe::new("issuer", algorithm, number, claims);
    recipe.header.set("kid", Value::from(key_id));
    Ok(recipe.sign()?)
}

/// The key set that goes with [`token`].
///
/// # Errors
/// [`Failure::Mint`].
pub fn keys() -> Result<String, Failure> {
    Ok(key_set("issuer", &[Algorithm::Rs256], KeyNumber::FIRST)?)
}

/// A key set of this key only, under this name.
///
/// # Errors
/// [`Failure::Mint`].
pub fn keys_of(number: KeyNumber, key_id: &str) -> Result<String, Failure> {
    let key = TestKey { algorithm: Algorithm::Rs256, number }.public(key_id)?;
    Ok(json!({ "keys": [key] }).to_string())
}
