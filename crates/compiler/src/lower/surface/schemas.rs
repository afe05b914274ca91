//! What an MCP server says of its tools: the answer of `tools/list`, kept in the bundle folder.
//!
//! Only types are taken from a JSON Schema (2020-12, as MCP's `inputSchema` has it): what a policy
//! may read, and what a call must have. The server itself judges the rest of its schemas.

use std::collections::BTreeMap;

use serde_json::Value;
use vicar_bundle::contents::ValueType;

/// The tools of a server by name.
pub(super) type Schemas = BTreeMap<String, BTreeMap<String, Property>>;

/// One property of a tool's `inputSchema`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value that policies can read.
    Readable(ValueType),
    /// In a noun: what Cedar has no type for.
    Unreadable(&'static str),
}

/// Reads a list of tools: the result of `tools/list`, the whole JSON-RPC answer, or the array.
///
/// # Errors
/// In words, what the text lacks.
pub(super) fn read(text: &str) -> Result<Schemas, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let tools = [document.pointer("/result/tools"), document.get("tools"), Some(&document)]
        .into_iter()
        .flatten()
        .find_map(Value::as_array)
        .ok_or("it holds no list of tools")?;
    let mut schemas = Schemas::new();
    for tool in tools {
        let name = tool.get("name").and_then(Value::as_str).ok_or("a tool has no `name`")?;
        let schema = tool
            .get("inputSchema")
            .ok_or_else(|| format!("tool `{}` has no `inputSchema`", name.escape_debug()))?;
        if schemas.insert(name.to_owned(), properties(schema)).is_some() {
            return Err(format!("tool `{}` stands twice", name.escape_debug()));
        }
    }
    Ok(schemas)
}

fn properties(schema: &Value) -> BTreeMap<String, Property> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let Reading { kind, nullable } = reading(schema, property, DEEPEST);
            // A call must have what is required and cannot be null: Vicar takes null for absent.
            let required = !nullable && required.contains(&name.as_str());
            (name.clone(), Property { kind, required })
        })
        .collect()
}

/// What a schema says of its value.
struct Reading {
    kind: Kind,
    nullable: bool,
}

impl Reading {
    const fn of(kind: Kind) -> Self {
        Self { kind, nullable: false }
    }
}

fn reading(root: &Value, schema: &Value, depth: usize) -> Reading {
    let any = Reading::of(Kind::Unreadable("a value of any type"));
    let Some(depth) = depth.checked_sub(1) else { return any };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|path| root.pointer(path));
        return target.map_or(any, |target| reading(root, target, depth));
    }
    for union in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(union).and_then(Value::as_array) {
            if branches.len() > MOST_BRANCHES {
                return any;
            }
            return united(branches.iter().map(|branch| reading(root, branch, depth)));
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) => typed(root, schema, name, depth),
        Some(Value::Array(names)) => united(
            names.iter().filter_map(Value::as_str).map(|name| typed(root, schema, name, depth)),
        ),
        _ => by_values(schema).map_or(any, |value_type| Reading::of(Kind::Readable(value_type))),
    }
}

fn typed(root: &Value, schema: &Value, name: &str, depth: usize) -> Reading {
    let kind = match name {
        "boolean" => Kind::Readable(ValueType::Boolean),
        "integer" => Kind::Readable(ValueType::Long),
        "string" => Kind::Readable(ValueType::String),
        "number" => Kind::Unreadable("a number with a fraction"),
        "object" => Kind::Unreadable("an object"),
        "null" => return Reading { kind: Kind::Unreadable("nothing"), nullable: true },
        "array" => match schema.get("items").map(|items| reading(root, items, depth)) {
            Some(Reading { kind: Kind::Readable(ValueType::String), nullable: false }) => {
                Kind::Readable(ValueType::StringSet)
            }
            _ => Kind::Unreadable("a list of other things than texts"),
        },
        _ => Kind::Unreadable("a value of an unknown type"),
    };
    Reading::of(kind)
}

/// The type of an `enum` or `const` without `type`, where all of its values have one.
fn by_values(schema: &Value) -> Option<ValueType> {
    let values = match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
        (Some(values), _) => values.iter().collect(),
        (None, Some(value)) => vec![value],
        (None, None) => return None,
    };
    let mut types = values.into_iter().map(|value| match value {
        Value::Bool(_) => Some(ValueType::Boolean),
        Value::Number(number) if number.is_i64() => Some(ValueType::Long),
        Value::String(_) => Some(ValueType::String),
        _ => None,
    });
    let first = types.next()??;
    types.all(|next| next == Some(first)).then_some(first)
}

/// A value that is one of several things: readable where they are of one type, null aside.
fn united(readings: impl Iterator<Item = Reading>) -> Reading {
    let mut nullable = false;
    let mut kinds = Vec::new();
    for reading in readings {
        nullable |= reading.nullable;
        if reading.kind != Kind::Unreadable("nothing") && !kinds.contains(&reading.kind) {
            kinds.push(reading.kind);
        }
    }
    let kind = match kinds.as_slice() {
        [] => Kind::Unreadable("nothing"),
        [kind] => *kind,
        _ => Kind::Unreadable("a value of several types"),
    };
    Reading { kind, nullable }
}

/// References and unions below one another that are followed.
const DEEPEST: usize = 8;

/// Branches of one union that are followed.
const MOST_BRANCHES: usize = 16;

#[cfg(test)]
mod tests;
