//! Tokens of Microsoft Entra's shape and size, valid now: Envoy's own filters have no other clock.

use std::error::Error;

use serde_json::json;
use vicar_envoy_tests::tokens::now;
use vicar_native::mint::{KeyNumber, Members, Recipe, key_set};
use vicar_token::Algorithm;

/// The bundle's name of the issuer.
pub(crate) const NAME: &str = "entra";
/// `aud`.
pub(crate) const AUDIENCE: &str = "api://tools";
/// `appid` of the agent that may.
pub(crate) const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
/// `iss`.
pub(crate) const ISSUER: &str = "https://sts.windows.net/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/";

/// The issuer's key set.
pub(crate) fn keys() -> Result<String, Box<dyn Error>> {
    Ok(key_set(NAME, &[Algorithm::Rs256], KeyNumber::of_issuer(0))?)
}

/// So many tokens of an agent on behalf of a user, no two the same.
pub(crate) fn tokens(count: usize) -> Result<Vec<String>, Box<dyn Error>> {
    (0..count).map(token).collect()
}

fn token(number: usize) -> Result<String, Box<dyn Error>> {
    let now = now();
    let claims = json!({
        "aud": AUDIENCE, "iss": ISSUER,
        "iat": now - 60, "nbf": now - 60, "exp": now + 7200,
        "acct": 0, "acr": "1", "acrs": ["p1"], "amr": ["pwd", "mfa"],
        "app_displayname": "Invoice agent", "appid": AGENT, "appidacr": "2",
        "idtyp": "user", "ipaddr": "203.0.113.7", "name": "Dana Example",
        "oid": "1f2e3d4c-5b6a-4798-8877-665544332211",
        "scp": "tools.read tools.write profile openid",
        "sub": "pairwise-subject-for-agent-BBBBBBBBBBBB",
        "tid": "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901",
        "uti": format!("T2{number:018}AA"),
        "ver": "1.0",
        "wids": ["b79fbf4d-3ef9-4689-8143-76b194e85509"],
        "xms_act_fct": "3 9 11", "xms_idrel": "1 12",
        "xms_par_app_azp": "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a",
        "xms_st": { "sub": "pairwise-subject-for-blueprint-AAAAAAAAAAAA" },
        "xms_sub_fct": "3 12", "xms_tnt_fct": "3 10",
    });
    let claims = Members::parse("claims", claims.to_string().as_bytes())?;
    Ok(Recipe::new(NAME, Algorithm::Rs256, KeyNumber::of_issuer(0), claims).sign()?)
}
