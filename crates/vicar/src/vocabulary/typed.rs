//! JSON values as Cedar values of a declared type.

use vicar_bundle::contents::ValueType;
use vicar_policy::{Set, Value};
use vicar_token::Json;

/// `json` as a value of `wanted`, or `None` when it is of another type.
pub(crate) fn value(json: &Json, wanted: ValueType) -> Option<Value> {
    match (wanted, json) {
        (ValueType::Boolean, Json::Bool(flag)) => Some(Value::Bool(*flag)),
        (ValueType::Long, Json::Integer(number)) => Some(Value::Long(*number)),
        (ValueType::String, Json::String(text)) => Some(Value::String(text.as_str().into())),
        (ValueType::StringSet, Json::Array(items)) => items
            .iter()
            .map(|item| match item {
                Json::String(text) => Some(Value::String(text.as_str().into())),
                _ => None,
            })
            .collect::<Option<Set>>()
            .map(Value::Set),
        _ => None,
    }
}

/// The type in plain words.
pub(crate) const fn describe(wanted: ValueType) -> &'static str {
    match wanted {
        ValueType::Boolean => "a boolean",
        ValueType::Long => "an integer",
        ValueType::String => "a text",
        ValueType::StringSet => "a list of texts",
    }
}

/// The type in Cedar's schema language.
pub(crate) const fn cedar(wanted: ValueType) -> &'static str {
    match wanted {
        ValueType::Boolean => "Bool",
        ValueType::Long => "Long",
        ValueType::String => "String",
        ValueType::StringSet => "Set<String>",
    }
}
