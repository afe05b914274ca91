//! Writing values back: compact, members in document order, so equal values give equal bytes.

use std::fmt;

use serde::ser::{Error, Serialize, Serializer};

use super::{Json, Object};

pub(super) fn write(value: &Json, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = serde_json::to_string(value).map_err(|_| fmt::Error)?;
    formatter.write_str(&text)
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Array(items) => serializer.collect_seq(items),
            Self::Bool(value) => serializer.serialize_bool(*value),
            // No document yields one; a value built in code must not turn into `null` silently.
            Self::Float(value) if !value.is_finite() => {
                Err(S::Error::custom("JSON has no number that is not finite"))
            }
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Null => serializer.serialize_unit(),
            Self::Object(object) => object.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}
