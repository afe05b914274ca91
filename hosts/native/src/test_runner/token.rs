//! From a test file's token to a recipe.

use serde_json::Value;
use vicar_compiler::test_file::{self, TokenToSign};
use vicar_token::{Algorithm, TrustedIssuer};

use crate::mint::{Damage, KeyNumber, MintError, Recipe};

/// How `body` is signed in a bundle with these issuers.
pub(super) fn recipe(body: &TokenToSign, issuers: &[&TrustedIssuer]) -> Result<Recipe, MintError> {
    let algorithm = body.algorithm.unwrap_or_else(|| first_algorithm(&body.issuer, issuers));
    let claims = body.claims.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let signer = body.key.issuer.as_ref().unwrap_or(&body.issuer);
    let mut recipe = Recipe::new(signer, algorithm, number(signer, issuers), claims);
    if let Some(id) = &body.key.id {
        recipe.header.set("kid", Value::from(id.clone()));
    }
    if body.key.absent {
        recipe.header.remove("kid");
    }
    recipe.header.change(body.header.iter().map(|(name, value)| (name.as_str(), value)));
    recipe.damage = body.damage.map(damage).transpose()?.into_iter().collect();
    Ok(recipe)
}

/// The issuer's first accepted algorithm.
fn first_algorithm(name: &str, issuers: &[&TrustedIssuer]) -> Algorithm {
    issuers
        .iter()
        .find(|issuer| issuer.name == name)
        .and_then(|issuer| issuer.algorithms.first().copied())
        .unwrap_or(Algorithm::Rs256)
}

fn number(name: &str, issuers: &[&TrustedIssuer]) -> KeyNumber {
    issuers
        .iter()
        .position(|issuer| issuer.name == name)
        .map_or(KeyNumber::STRANGER, KeyNumber::of_issuer)
}

/// The damage of the same name; `serde` knows the names that test files use.
fn damage(damage: test_file::Damage) -> Result<Damage, MintError> {
    use test_file::Damage as Written;

    Ok(match damage {
        Written::LeadingDot => Damage::LeadingDot,
        Written::NoSignature => Damage::NoSignature,
        Written::Padding => Damage::Padding,
        Written::Payload => Damage::Payload,
        Written::Signature => Damage::Signature,
        Written::StandardAlphabet => Damage::StandardAlphabet,
        Written::TrailingDot => Damage::TrailingDot,
        Written::TrailingLineFeed => Damage::TrailingLineFeed,
        Written::Truncate => Damage::Truncate,
        Written::TwoParts => Damage::TwoParts,
        other => return Err(MintError::Damage(format!("{other:?}"))),
    })
}
