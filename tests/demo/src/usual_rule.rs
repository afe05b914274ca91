//! The usual way: a gateway that validates the JWT and then asks one CEL expression.
//!
//! Both halves run for real. The first is what AgentGateway's `jwtAuth` checks in its strict
//! mode (signature, issuer, audience, expiry) with the crate it uses for that; the second is the
//! `cel` crate with the strings extension for `split`.

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, Program, Value};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Map;

use crate::rows::Usual;

/// What the usual rule answers to one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The answer, in the words of the data file.
    pub usual: Usual,
    /// What CEL or the JWT check said, where it said more than yes or no.
    pub detail: Option<String>,
}

/// A gateway in front of the API: `jwtAuth`, then the rule.
pub struct Gateway {
    keys: JwkSet,
    validation: Validation,
    environment: Arc<Env>,
    rule: Program,
}

/// Why the gateway could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The rule is not CEL.
    #[error("the rule is not CEL: {0}")]
    Rule(#[from] cel::ParseErrors),
    /// The strings extension clashes with another declaration.
    #[error("cannot declare CEL's string functions: {0}")]
    Extension(#[from] cel::DeclarationError),
    /// The key set is not a JWK set.
    #[error("the test issuer's key set cannot be read: {0}")]
    Keys(#[from] serde_json::Error),
}

/// Tolerated clock difference in seconds, the default of `jwtAuth`.
const LEEWAY_SECONDS: i64 = 60;

impl Gateway {
    /// A gateway that trusts `issuer` with `keys` (a JWK set as JSON text) for `audiences`.
    pub fn new(
        rule: &str,
        issuer: &str,
        audiences: &[String],
        keys: &str,
    ) -> Result<Self, GatewayError> {
        let mut environment = Env::stdlib();
        cel::extensions::strings(&mut environment)?;
        let rule = environment.compile(rule)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // jsonwebtoken reads the system clock; the demo has its own, see `expired`.
        validation.validate_exp = false;
        Ok(Self {
            keys: serde_json::from_str(keys)?,
            validation,
            environment: Arc::new(environment),
            rule,
        })
    }

    /// The gateway's answer to `token` at `clock` (seconds since the epoch).
    pub fn ask(&self, token: &str, clock: i64) -> Answer {
        match self.claims(token, clock) {
            Ok(claims) => self.evaluate(claims),
            Err(usual) => Answer { usual, detail: None },
        }
    }

    /// `jwtAuth`: the claims of a token that is signed, ours, and in time.
    fn claims(&self, token: &str, clock: i64) -> Result<Map<String, serde_json::Value>, Usual> {
        let key = decode_header(token)
            .ok()
            .and_then(|header| header.kid)
            .and_then(|kid| self.keys.find(&kid))
            .and_then(|jwk| DecodingKey::from_jwk(jwk).ok())
            .ok_or(Usual::DenySignature)?;
        let claims: Map<String, serde_json::Value> = decode(token, &key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidAudience => Usual::DenyAudience,
                ErrorKind::InvalidIssuer => Usual::DenyIssuer,
                ErrorKind::MissingRequiredClaim(_) => Usual::DenyClaim,
                _ => Usual::DenySignature,
            })?
            .claims;
        if expired(&claims, clock) {
            return Err(Usual::DenyExpired);
        }
        Ok(claims)
    }

    /// The rule itself. An error of evaluation counts as "not true", so the call is denied.
    fn evaluate(&self, claims: Map<String, serde_json::Value>) -> Answer {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        let result = context
            .add_variable("jwt", serde_json::Value::Object(claims))
            .map_err(|error| error.to_string())
            .and_then(|()| self.rule.execute(&context).map_err(|error| explain(&error)));
        match result {
            Ok(Value::Bool(true)) => Answer { usual: Usual::Allow, detail: None },
            Ok(Value::Bool(false)) => Answer { usual: Usual::DenyRule, detail: None },
            Ok(_) => Answer {
                usual: Usual::DenyError,
                detail: Some("the rule's value is not true or false".to_owned()),
            },
            Err(detail) => Answer { usual: Usual::DenyError, detail: Some(detail) },
        }
    }
}

fn expired(claims: &Map<String, serde_json::Value>, clock: i64) -> bool {
    claims
        .get("exp")
        .and_then(serde_json::Value::as_i64)
        .is_none_or(|expiry| clock > expiry.saturating_add(LEEWAY_SECONDS))
}

fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("no such key: {name}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rows::Rows;

    fn answer(claims: serde_json::Value) -> Answer {
        let rows = Rows::shipped().unwrap();
        let gateway =
            Gateway::new(&rows.rule, &rows.issuer, &rows.audiences, r#"{"keys":[]}"#).unwrap();
        gateway.evaluate(claims.as_object().unwrap().clone())
    }

    #[test]
    fn the_rule_is_evaluated_and_not_narrated() {
        const AGENT: &str = "f3897825-fd03-45f5-90eb-fdbf26135650";
        let cases = [
            (json!({ "appid": AGENT, "xms_act_fct": "3 9 11" }), Usual::Allow),
            (json!({ "appid": AGENT, "xms_act_fct": "11 +11" }), Usual::Allow),
            (json!({ "appid": AGENT, "xms_act_fct": "111 3" }), Usual::DenyRule),
            (json!({ "appid": "other", "xms_act_fct": "11" }), Usual::DenyRule),
            (json!({ "appid": AGENT, "xms_act_fct": 11 }), Usual::DenyError),
            (json!({ "appid": AGENT }), Usual::DenyError),
            (json!({ "azp": AGENT, "xms_act_fct": "11" }), Usual::DenyError),
        ];
        for (claims, wanted) in cases {
            assert_eq!(answer(claims.clone()).usual, wanted, "{claims}");
        }
        let missing = answer(json!({ "appid": AGENT }));
        assert_eq!(missing.detail.as_deref(), Some("no such key: xms_act_fct"));
    }

    #[test]
    fn an_unsigned_token_does_not_reach_the_rule() {
        let rows = Rows::shipped().unwrap();
        let gateway =
            Gateway::new(&rows.rule, &rows.issuer, &rows.audiences, r#"{"keys":[]}"#).unwrap();
        let answer = gateway.ask("eyJhbGciOiJub25lIn0.e30.", rows.clock);
        assert_eq!(answer.usual, Usual::DenySignature);
    }
}
