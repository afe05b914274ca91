//! A JSON object that is signed as it was written.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::Value;

use super::MintError;

/// A JSON object whose members keep their order; a name appears once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(Vec<(String, Value)>);

impl Members {
    /// Reads a JSON object. `part` names it in the error.
    ///
    /// # Errors
    /// [`MintError::Document`] when `text` is not a JSON object with unique members.
    pub fn parse(part: &'static str, text: &[u8]) -> Result<Self, MintError> {
        serde_json::from_slice(text)
            .map_err(|error| MintError::Document { part, why: error.to_string() })
    }

    /// The member's value.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a member, at its old place if it has one.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets a member unless there is one.
    pub fn set_default(&mut self, name: &str, value: impl FnOnce() -> Value) {
        if self.find(name).is_none() {
            self.0.push((name.to_owned(), value()));
        }
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Applies changes: `null` removes a member, any other value sets it.
    pub fn change<'a>(&mut self, changes: impl IntoIterator<Item = (&'a str, &'a Value)>) {
        for (name, value) in changes {
            if value.is_null() {
                self.remove(name);
            } else {
                self.set(name, value.clone());
            }
        }
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl FromIterator<(String, Value)> for Members {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        let mut all = Self::default();
        for (name, value) in members {
            all.set(&name, value);
        }
        all
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.find(&name).is_some() {
                        return Err(A::Error::custom("a member appears twice"));
                    }
                    members.0.push((name, value));
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_is_kept_and_null_removes() {
        let mut members = Members::parse("claims", br#"{"z":1,"a":{"q":2},"m":[null]}"#).unwrap();
        members.change([("a", &Value::Null), ("z", &json!(2)), ("new", &json!("x"))]);
        let text = serde_json::to_string(&members).unwrap();
        assert_eq!(text, r#"{"z":2,"m":[null],"new":"x"}"#);
    }

    #[test]
    fn what_is_not_an_object_with_unique_members_is_refused() {
        for text in ["", "[]", "null", "{", r#"{"a":1,"a":2}"#, "{} {}"] {
            let error = Members::parse("claims", text.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with("the claims are not a JSON object"), "{error}");
        }
    }
}
