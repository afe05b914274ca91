//! A strict JSON value for token parts: duplicate members refused, integers kept as integers,
//! depth and size bounded.

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

/// A JSON object: members in document order, names unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<(String, Json)>,
}
