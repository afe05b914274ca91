//! Reads a token as an API of Contoso's would, with a library that is not Vicar's.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Map, Value};

use crate::world::TENANT;

/// What a token says.
pub(crate) type Claims = Map<String, Value>;

/// The tenant's published keys.
#[derive(Clone)]
pub(crate) struct Verifier {
    keys: JwkSet,
}

impl Verifier {
    pub(crate) const fn new(keys: JwkSet) -> Self {
        Self { keys }
    }

    /// The claims of a token that Contoso signed for this audience and that has not ended.
    pub(crate) fn read(&self, token: &str, audience: &str) -> Result<Claims, String> {
        let text = |error: jsonwebtoken::errors::Error| error.to_string();
        let header = jsonwebtoken::decode_header(token).map_err(text)?;
        let key_id = header.kid.ok_or("the token names no key")?;
        let key = self.keys.find(&key_id).ok_or("the token's key is not the tenant's")?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[
            format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            format!("https://sts.windows.net/{TENANT}/"),
        ]);
        validation.set_required_spec_claims(&["aud", "exp", "iss"]);
        validation.validate_nbf = true;
        let key = DecodingKey::from_jwk(key).map_err(text)?;
        Ok(jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(text)?.claims)
    }
}

/// A claim that is text; empty where it is not there.
pub(crate) fn claim<'a>(claims: &'a Claims, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The client that the token was issued to, in tokens of either version.
pub(crate) fn client(claims: &Claims) -> &str {
    match claim(claims, "azp") {
        "" => claim(claims, "appid"),
        azp => azp,
    }
}

/// Whether one of the facets, which come in any order, is this one.
pub(crate) fn has_facet(claims: &Claims, name: &str, facet: &str) -> bool {
    claim(claims, name).split(' ').any(|it| it == facet)
}

/// `xms_act_fct`, `xms_sub_fct`: an agent identity.
pub(crate) const AGENT_FACET: &str = "11";

/// `xms_sub_fct`: an agent's user account.
pub(crate) const AGENT_USER_FACET: &str = "13";
