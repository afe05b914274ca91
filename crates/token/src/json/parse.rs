//! The visitor that refuses what `serde_json` forgives.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Json, Limits, Object};
use crate::quote::Quoted;

/// Why bytes are not an acceptable JSON document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// An object names one member twice.
    #[error("the member {} appears twice in one object", Quoted(.name))]
    DuplicateMember {
        /// The name.
        name: String,
    },
    /// The document's value is not an object.
    #[error("the value is {found}, not an object")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// Not JSON, or not UTF-8.
    #[error("not JSON at line {line}, column {column}: {problem}")]
    Syntax {
        /// What the reader found.
        problem: String,
        /// Line, from 1.
        line: usize,
        /// Byte column, from 1; 0 at the start of the document.
        column: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting accepted.
        limit: usize,
    },
    /// The document is too long.
    #[error("{length} bytes long, where at most {limit} are accepted")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The greatest length accepted.
        limit: usize,
    },
    /// The document has too many object members.
    #[error("more than {limit} object members")]
    TooManyMembers {
        /// The greatest number accepted.
        limit: usize,
    },
}

pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Json, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLong { length: bytes.len(), limit: limits.bytes });
    }
    let document =
        Document { limits, members_left: Cell::new(limits.members), refusal: RefCell::new(None) };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let outcome = Value { document: &document, depth_left: limits.depth }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match (document.refusal.into_inner(), outcome) {
        (Some(refusal), _) => Err(refusal),
        (None, Ok(value)) => Ok(value),
        (None, Err(error)) => Err(syntax(&error)),
    }
}

/// `serde_json` writes the position into the text; here it is data.
fn syntax(error: &serde_json::Error) -> JsonError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let position = format!(" at line {line} column {column}");
    let problem = text.strip_suffix(&position).unwrap_or(&text).to_owned();
    JsonError::Syntax { problem, line, column }
}

/// What is shared by all values of a document.
struct Document<'l> {
    limits: &'l Limits,
    members_left: Cell<usize>,
    /// Set before an error is returned through serde, which can carry text only.
    refusal: RefCell<Option<JsonError>>,
}

impl Document<'_> {
    fn refuse<E: Error>(&self, refusal: JsonError) -> E {
        *self.refusal.borrow_mut() = Some(refusal);
        E::custom("refused")
    }
}

/// Reads one value, with the nesting that is left below it.
#[derive(Clone, Copy)]
struct Value<'d> {
    document: &'d Document<'d>,
    depth_left: usize,
}

impl<'d> Value<'d> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => {
                Err(self.document.refuse(JsonError::TooDeep { limit: self.document.limits.depth }))
            }
        }
    }

    fn count_member<E: Error>(self) -> Result<(), E> {
        match self.document.members_left.get().checked_sub(1) {
            Some(left) => {
                self.document.members_left.set(left);
                Ok(())
            }
            None => {
                let limit = self.document.limits.members;
                Err(self.document.refuse(JsonError::TooManyMembers { limit }))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        // Beyond i64 only the magnitude matters: no claim of ours is that large.
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let item = self.inside()?;
        let mut array = Vec::new();
        while let Some(value) = items.next_element_seed(item)? {
            array.push(value);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let inner = self.inside()?;
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            self.count_member()?;
            object.push_read(name, members.next_value_seed(inner)?);
        }
        match object.repeated_name() {
            None => Ok(Json::Object(object)),
            Some(name) => {
                let name = name.to_owned();
                Err(self.document.refuse(JsonError::DuplicateMember { name }))
            }
        }
    }
}
