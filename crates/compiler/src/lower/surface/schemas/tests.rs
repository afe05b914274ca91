use proptest::prelude::*;

use super::*;

/// As the Python and TypeScript SDKs of MCP write them.
const LISTED: &str = include_str!("../../../../tests/data/tools/listed.json");

#[test]
fn every_property_of_a_real_list_is_read() {
    let schemas = read(LISTED).expect("a list of tools");
    let told: Vec<String> = schemas
        .iter()
        .flat_map(|(tool, properties)| {
            properties.iter().map(move |(name, property)| {
                let required = if property.required { ", required" } else { "" };
                format!("{tool}.{name}: {:?}{required}", property.kind)
            })
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_list_is_found_in_each_form() {
    let tools = r#"[{"name":"a","inputSchema":{"type":"object"}}]"#;
    let wanted = read(tools).expect("an array");
    assert_eq!(wanted.len(), 1);
    for text in [
        format!(r#"{{"tools":{tools}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":{tools}}}}}"#),
    ] {
        assert_eq!(read(&text).expect(&text), wanted);
    }
}

#[test]
fn what_is_not_a_list_of_tools_is_told() {
    for (text, wanted) in [
        ("{}", "it holds no list of tools"),
        (r#"[{"inputSchema":{}}]"#, "a tool has no `name`"),
        (r#"[{"name":"a"}]"#, "tool `a` has no `inputSchema`"),
        (
            r#"[{"name":"a","inputSchema":{}},{"name":"a","inputSchema":{}}]"#,
            "tool `a` stands twice",
        ),
    ] {
        assert_eq!(read(text).expect_err(text), wanted);
    }
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let text = r##"[{"name":"a","inputSchema":{"properties":{"x":{"$ref":"#/properties/x"}}}}]"##;
    let schemas = read(text).expect("a list");
    let x = schemas.get("a").and_then(|tool| tool.get("x")).expect("the property");
    assert_eq!(x.kind, Kind::Unreadable("a value of any type"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        drop(read(&text));
    }
}
