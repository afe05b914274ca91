//! A strict JSON value for token parts: duplicate members refused, integers kept as integers,
//! depth and size bounded.
//!
//! The syntax is `serde_json`'s; what it forgives (the last of two members of one name wins) is
//! refused here by a visitor of our own, because two readers of such a token would see two
//! different sets of claims (RFC 7519 section 4, RFC 8725 section 2.4).

mod object;
mod parse;
mod serialize;

use std::fmt;

pub use object::{Object, WrongType};
pub use parse::JsonError;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `[...]`
    Array(Vec<Json>),
    /// `true` or `false`
    Bool(bool),
    /// A number written with a fraction or an exponent, or beyond the range of `i64`.
    Float(f64),
    /// A number written as an integer, in the range of `i64`.
    Integer(i64),
    /// `null`
    Null,
    /// `{...}`
    Object(Object),
    /// `"..."`
    String(String),
}

/// Bounds on a document. [`Limits::TOKEN`] and [`Limits::KEY_SET`] are the ones in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest accepted document in bytes.
    pub bytes: usize,
    /// Deepest accepted nesting of arrays and objects; a lone scalar has depth 0.
    pub depth: usize,
    /// Most object members in the whole document, nested ones included.
    pub members: usize,
}

impl Limits {
    /// For one part of a token: 16 KiB, depth 32, 512 members.
    pub const TOKEN: Self = Self { bytes: 16 * 1024, depth: 32, members: 512 };

    /// For a key set: 256 KiB, depth 32, 8,192 members (200 keys of 40 members).
    pub const KEY_SET: Self = Self { bytes: 256 * 1024, depth: 32, members: 8192 };
}

impl Json {
    /// Reads one JSON document, with nothing but white space around it.
    ///
    /// # Errors
    /// [`JsonError`] when the bytes are not UTF-8, not JSON, name a member twice in one object,
    /// or exceed `limits`.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, JsonError> {
        parse::parse(bytes, limits)
    }

    /// The items, if this is an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this was written as an integer in the range of `i64`.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for messages: `a string`, `an array`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Array(_) => "an array",
            Self::Bool(_) => "a boolean",
            Self::Float(_) => "a number that is not an integer",
            Self::Integer(_) => "an integer",
            Self::Null => "null",
            Self::Object(_) => "an object",
            Self::String(_) => "a string",
        }
    }
}

/// Compact JSON, members in document order.
impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        serialize::write(self, formatter)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl FromIterator<Json> for Json {
    fn from_iter<I: IntoIterator<Item = Json>>(items: I) -> Self {
        Self::Array(items.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
