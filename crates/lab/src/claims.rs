//! A token's claims, in the order in which Entra writes them: the standard ones, then the rest by
//! name.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

/// Claims to be signed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(BTreeMap<String, Value>);

impl Claims {
    /// The value of a claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a claim; `null` removes it.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match value.into() {
            Value::Null => self.0.remove(name),
            value => self.0.insert(name.to_owned(), value),
        };
    }

    /// All claims, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for name in FIRST {
            if let Some(value) = self.0.get(name) {
                map.serialize_entry(name, value)?;
            }
        }
        for (name, value) in &self.0 {
            if !FIRST.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

const FIRST: [&str; 5] = ["aud", "iss", "iat", "nbf", "exp"];
