//! Audit records and their documents.

use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../docs/audit.schema.json");
const PAGE: &str = include_str!("../../../../docs/audit.md");

/// What of `value` the schema does not allow. Knows the words that the schema uses, and no other.
fn problems(schema: &Value, root: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let kind = match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Number(_) => "integer",
        Value::Object(_) => "object",
        Value::String(_) => "string",
    };
    if schema["type"].as_str().is_some_and(|wanted| wanted != kind) {
        found.push(format!("{at} is {kind}"));
    }
    if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value))
        || schema.get("const").is_some_and(|only| only != value)
    {
        found.push(format!("{at} is {value}"));
    }
    for item in value.as_array().into_iter().flatten() {
        problems(&schema["items"], root, item, at, found);
    }
    let Some(object) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            found.push(format!("{at} lacks {name}"));
        }
    }
    for (name, value) in object {
        match schema["properties"].get(name) {
            Some(schema) => problems(schema, root, value, &format!("{at}/{name}"), found),
            None => found.push(format!("{at} has {name}")),
        }
    }
}

#[track_caller]
pub(crate) fn conforms(record: &str) {
    assert!(!record.contains('\n') && !record.contains("eyJ"), "{record}");
    let (schema, record) = (serde_json::from_str(SCHEMA).unwrap(), record_of(record));
    let mut found = Vec::new();
    problems(&schema, &schema, &record, "", &mut found);
    assert!(found.is_empty(), "{record:#}: {found:?}");
}

fn record_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_page_shows_a_record_that_conforms() {
    let example = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let compact = record_of(example.expect("an example")).to_string();
    conforms(&compact);
    // Every member that a record can have is explained on the page.
    let schema = record_of(SCHEMA);
    for pointer in
        ["/properties", "/properties/request/properties", "/properties/identity/properties"]
    {
        for name in schema.pointer(pointer).unwrap().as_object().unwrap().keys() {
            assert!(PAGE.contains(&format!("`{name}`")), "docs/audit.md does not speak of {name}");
        }
    }
}

#[test]
fn a_record_with_anything_else_does_not_conform() {
    let schema = record_of(SCHEMA);
    let mut found = Vec::new();
    let record =
        serde_json::json!({ "vicar_audit": 2, "time": "now", "request": { "token": "x" } });
    problems(&schema, &schema, &record, "", &mut found);
    for wanted in [
        "/vicar_audit is 2",
        "/time is string",
        "/request has token",
        "/request lacks \"method\"",
        " lacks \"verdict\"",
    ] {
        assert!(found.iter().any(|problem| problem == wanted), "{wanted}: {found:?}");
    }
}
