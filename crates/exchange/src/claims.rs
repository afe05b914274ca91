//! The `claims` parameter: a resource's challenge, merged with what the client is capable of.

use serde::{Deserialize, Serialize, Serializer};
use vicar_token::{
    Json, Object,
    json::{JsonError, Limits},
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

use crate::{SpecError, digest::Digest};

/// A claims request (OpenID Connect Core section 5.5): a JSON object, in document order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Claims(Object);

/// Longest accepted challenge in bytes, as written.
pub const MAX_BYTES: usize = 8 * 1024;

/// The capability to answer a claims challenge of a resource.
pub const CAPABILITY: &str = "cp1";

impl Claims {
    /// Reads a challenge as resources and token endpoints write it: JSON, or base64 of JSON in
    /// the standard or the URL-safe alphabet, padded or not.
    ///
    /// # Errors
    /// [`SpecError::ChallengeEncoding`] and [`SpecError::ChallengeJson`].
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_BYTES {
            let (length, limit) = (text.len(), MAX_BYTES);
            return Err(SpecError::ChallengeJson(JsonError::TooLong { length, limit }));
        }
        let text = text.trim();
        if text.starts_with('{') {
            return Self::json(text.as_bytes());
        }
        let decoded = [&STANDARD_ALPHABET, &URL_SAFE_ALPHABET]
            .into_iter()
            .find_map(|engine| engine.decode(text).ok())
            .ok_or(SpecError::ChallengeEncoding)?;
        Self::json(&decoded)
    }

    fn json(bytes: &[u8]) -> Result<Self, SpecError> {
        let limits = Limits { bytes: MAX_BYTES, depth: 8, members: 128 };
        Object::parse(bytes, &limits).map(Self).map_err(SpecError::ChallengeJson)
    }

    /// Adds the client's capabilities as `access_token.xms_cc`.
    pub fn merge(challenge: Option<&Self>, capabilities: &[String]) -> Option<Self> {
        let mut claims = challenge.map(|challenge| challenge.0.clone()).unwrap_or_default();
        if !capabilities.is_empty() {
            let mut token = members(&claims, "access_token");
            let mut wanted = members(&token, "xms_cc");
            let mut values: Vec<Json> =
                wanted.get("values").and_then(Json::as_array).unwrap_or_default().to_vec();
            for capability in capabilities {
                let known = |value: &Json| {
                    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(capability))
                };
                if !values.iter().any(known) {
                    values.push(capability.as_str().into());
                }
            }
            wanted.insert("values", Json::Array(values));
            token.insert("xms_cc", wanted);
            claims.insert("access_token", token);
        }
        (!claims.is_empty()).then_some(Self(claims))
    }

    /// Compact JSON: the form field.
    pub fn to_json(&self) -> String {
        Json::from(self.0.clone()).to_string()
    }

    /// Base64 of [`to_json`](Self::to_json), padded, in the standard alphabet: as in a
    /// `WWW-Authenticate` header.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.to_json())
    }

    /// For the cache key.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().as_bytes())
    }
}

impl Eq for Claims {}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_json())
    }
}

impl TryFrom<String> for Claims {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        Self::parse(&text)
    }
}

fn members(object: &Object, name: &str) -> Object {
    object.get(name).and_then(Json::as_object).cloned().unwrap_or_default()
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_ALPHABET: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE_ALPHABET: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
    };

    use super::Claims;
    use crate::SpecError;

    // Its base64 has `+`, `/` and padding.
    const CHALLENGE: &str =
        r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"x":{"value":"~~~???>>"}}}"#;

    #[test]
    fn a_challenge_is_read_in_every_form_of_base64() {
        let wanted = Claims::parse(CHALLENGE).unwrap();
        assert_eq!(wanted.to_json(), CHALLENGE);
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            assert_eq!(Claims::parse(&engine.encode(CHALLENGE)).unwrap(), wanted);
        }
        let encoded = STANDARD.encode(CHALLENGE);
        assert!(encoded.contains(['+', '/']) && encoded.ends_with('='), "{encoded}");
        assert_eq!(Claims::parse(&wanted.to_base64()).unwrap(), wanted);
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in ["", "e30x!", "W10", "bnVsbA==", "{", r#"{"a":1,"a":2}"#] {
            assert!(Claims::parse(text).is_err(), "{text}");
        }
        let deep = format!("{}1{}", r#"{"a":"#.repeat(20), "}".repeat(20));
        assert!(matches!(Claims::parse(&deep), Err(SpecError::ChallengeJson(_))));
        assert!(Claims::parse(&"A".repeat(9000)).is_err());
    }

    #[test]
    fn capabilities_join_the_challenge_once() {
        let cp1 = ["cp1".to_owned()];
        let merged = |text: Option<&str>| {
            let challenge = text.map(|text| Claims::parse(text).unwrap());
            Claims::merge(challenge.as_ref(), &cp1).unwrap().to_json()
        };
        assert_eq!(merged(None), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
        assert_eq!(
            merged(Some(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#)),
            r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["cp1"]}}}"#
        );
        assert_eq!(
            merged(Some(r#"{"access_token":{"xms_cc":{"values":["CP1","x"]}}}"#)),
            r#"{"access_token":{"xms_cc":{"values":["CP1","x"]}}}"#
        );
        assert_eq!(Claims::merge(None, &[]), None);
    }
}
