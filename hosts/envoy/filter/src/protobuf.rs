//! The protobuf messages that Envoy's functions and properties speak.

use std::collections::BTreeMap;

use prost::Message;
use serde_json::{Map, Number, Value};

/// `envoy.source.extensions.common.wasm.VerifySignatureArguments`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct VerifySignatureArguments {
    #[prost(string, tag = "1")]
    pub(crate) hash_function: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) public_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) signature: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) text: Vec<u8>,
}

/// `envoy.source.extensions.common.wasm.VerifySignatureResult`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct VerifySignatureResult {
    #[prost(bool, tag = "1")]
    pub(crate) result: bool,
    #[prost(string, tag = "2")]
    pub(crate) error: String,
}

/// `envoy.source.extensions.common.wasm.DeclarePropertyArguments`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DeclarePropertyArguments {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// `1`: text.
    #[prost(int32, tag = "3")]
    pub(crate) kind: i32,
    /// `1`: as long as the downstream request.
    #[prost(int32, tag = "5")]
    pub(crate) span: i32,
}

/// `envoy.config.core.v3.Metadata`, whose typed half is left aside.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Metadata {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(crate) filter_metadata: BTreeMap<String, prost_types::Struct>,
}

/// A `Struct` as the JSON it stands for; whole numbers without a fraction, because `Struct` knows
/// only doubles. `None` when it holds a number that JSON lacks, or a value without a kind.
pub(crate) fn json_of(fields: &prost_types::Struct) -> Option<Value> {
    let mut members = Map::new();
    for (name, value) in &fields.fields {
        members.insert(name.clone(), json_value(value)?);
    }
    Some(Value::Object(members))
}

/// Nesting is bounded where the message is decoded (prost: 100 levels).
pub(crate) fn json_value(value: &prost_types::Value) -> Option<Value> {
    use prost_types::value::Kind;
    Some(match value.kind.as_ref()? {
        Kind::NullValue(_) => Value::Null,
        Kind::NumberValue(number) => Value::Number(json_number(*number)?),
        Kind::StringValue(text) => Value::String(text.clone()),
        Kind::BoolValue(truth) => Value::Bool(*truth),
        Kind::StructValue(fields) => json_of(fields)?,
        Kind::ListValue(list) => {
            Value::Array(list.values.iter().map(json_value).collect::<Option<Vec<_>>>()?)
        }
    })
}

fn json_number(number: f64) -> Option<Number> {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

/// Beyond 2^53 a double no longer tells neighbouring integers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use prost_types::{ListValue, Struct, value::Kind};

    use super::*;

    fn value(kind: Kind) -> prost_types::Value {
        prost_types::Value { kind: Some(kind) }
    }

    #[test]
    fn a_struct_becomes_the_json_it_stands_for() {
        let list =
            ListValue { values: vec![value(Kind::BoolValue(true)), value(Kind::NullValue(0))] };
        let fields = BTreeMap::from([
            ("exp".to_owned(), value(Kind::NumberValue(1_900_000_000.0))),
            ("ratio".to_owned(), value(Kind::NumberValue(0.5))),
            ("list".to_owned(), value(Kind::ListValue(list))),
        ]);
        let json = json_of(&Struct { fields }).unwrap();
        assert_eq!(json.to_string(), r#"{"exp":1900000000,"list":[true,null],"ratio":0.5}"#);
    }

    #[test]
    fn what_json_cannot_say_is_nothing() {
        for kind in [Some(Kind::NumberValue(f64::NAN)), None] {
            let fields = BTreeMap::from([("a".to_owned(), prost_types::Value { kind })]);
            assert_eq!(json_of(&Struct { fields }), None);
        }
    }
}
