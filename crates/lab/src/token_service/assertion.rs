//! JWTs that come in: client assertions, T1, Tc, X2.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};
use vicar_token::base64url;

use crate::{
    refusal::{Refusal, code},
    signing::{self, KeyRing},
};

/// A JWT, read and not verified.
#[derive(Clone)]
pub(super) struct Assertion<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
}

/// How a token stands to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InTime {
    Yes,
    No,
}

impl<'a> Assertion<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, Refusal> {
        let malformed =
            || Refusal::new(code::TOKEN_MALFORMED, "JWT token is invalid or malformed.");
        if token.len() > LONGEST {
            return Err(malformed());
        }
        let (message, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = message.split_once('.').ok_or_else(malformed)?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&base64url::decode(part).ok()?).ok()
        };
        Ok(Self {
            header: object(header).ok_or_else(malformed)?,
            claims: object(claims).ok_or_else(malformed)?,
            message,
            signature,
        })
    }

    /// A claim that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A member of the header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// All audiences: a text or a list.
    pub(super) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        let value = self.claims.get(name)?;
        value.as_u64().or_else(|| value.as_f64().filter(|it| *it >= 0.0).map(whole))
    }

    /// Whether now is between `nbf` and `exp`, five minutes either way.
    pub(super) fn in_time(&self, now: u64) -> InTime {
        let begun = self.seconds("nbf").is_none_or(|from| from <= now.saturating_add(SKEW));
        let over = self.seconds("exp").is_none_or(|until| until.saturating_add(SKEW) <= now);
        if begun && !over { InTime::Yes } else { InTime::No }
    }

    /// The sentence about time that errors hold.
    pub(super) fn range(&self, now: u64) -> String {
        let time = |seconds: Option<u64>| {
            seconds.map_or_else(|| "missing".to_owned(), crate::refusal::timestamp)
        };
        format!(
            "Current time: {}, assertion valid from {}, expiry time of assertion {}.",
            crate::refusal::timestamp(now),
            time(self.seconds("nbf").or_else(|| self.seconds("iat"))),
            time(self.seconds("exp")),
        )
    }

    /// The algorithm, if a client assertion may have it.
    pub(super) fn algorithm(&self, supported: &[Algorithm]) -> Result<Algorithm, Refusal> {
        let name = self.header("alg").unwrap_or_default();
        supported.iter().copied().find(|algorithm| format!("{algorithm:?}") == name).ok_or_else(
            || {
                let names: Vec<String> = supported.iter().map(|it| format!("{it:?}")).collect();
                Refusal::new(
                    code::ALGORITHM_UNSUPPORTED,
                    format!(
                        "Invalid JWT token. '{}' is not a supported signature algorithm. \
                         Supported signing algorithms are: '{}'.",
                        super::shown(name),
                        names.join(", ")
                    ),
                )
            },
        )
    }

    /// Whether one of the lab's own keys signed it.
    pub(super) fn is_signed_by(&self, keys: &KeyRing) -> bool {
        if self.header("alg") != Some("RS256") {
            return false;
        }
        let Some(key_id) = self.header("kid") else { return false };
        let Some(nonce) = self.header("nonce") else {
            return keys.verify(key_id, self.message, self.signature) == Some(true);
        };
        let Some((_, claims)) = self.message.split_once('.') else { return false };
        let header = format!(
            r#"{{"typ":"JWT","nonce":"{}","alg":"RS256","x5t":"{key_id}","kid":"{key_id}"}}"#,
            signing::hashed(nonce)
        );
        let message = format!("{}.{claims}", base64url::encode(header.as_bytes()));
        keys.verify(key_id, &message, self.signature) == Some(true)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; a float beyond u64 becomes its largest value"
)]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

const LONGEST: usize = 64 * 1024;
/// Entra's tolerance in seconds.
const SKEW: u64 = 300;
