use super::*;

const LEAST: &str = r#"{"bundle":{"base64":"e30="}}"#;

fn refusal(json: &str) -> String {
    Configuration::parse(json.as_bytes()).unwrap_err().to_string()
}

#[test]
fn the_least_configuration_is_cautious() {
    let configuration = Configuration::parse(LEAST.as_bytes()).unwrap();
    assert_eq!(configuration.mode, Mode::Verify);
    assert!(configuration.gateway.audit);
    assert!(configuration.unsafe_testing.is_none());
    assert_eq!(configuration.filter_state, StateKey::ALL);
}

#[test]
fn an_inline_bundle_keeps_its_bytes() {
    let json = r#"{"bundle": {"inline": {"vicar_bundle":1,"b": [1, 2]} } }"#;
    let configuration = Configuration::parse(json.as_bytes()).unwrap();
    let file = configuration.bundle.file().unwrap().unwrap();
    assert_eq!(file, b"{\"vicar_bundle\":1,\"b\": [1, 2]}\n");
}

#[test]
fn every_wrong_configuration_says_what_is_wrong() {
    let cases = include_str!("../../tests/data/configurations-refused.txt");
    for case in cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (json, wanted) = case.split_once(" => ").expect("json => message");
        let seen = refusal(json);
        assert!(seen.contains(wanted), "{json}\n  wanted {wanted}\n  seen   {seen}");
    }
    assert!(refusal("").contains("it is empty"));
}

#[test]
fn the_schema_names_the_members_that_are_read() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../docs/envoy-filter.schema.json")).unwrap();
    let named: Vec<String> =
        schema["properties"].as_object().unwrap().keys().map(|name| format!("`{name}`")).collect();
    let message = refusal(r#"{"no_such_member": 1}"#);
    let (_, expected) = message.split_once("expected one of ").unwrap();
    let (expected, _) = expected.split_once(" at line").unwrap();
    let mut read: Vec<String> = expected.split(", ").map(str::to_owned).collect();
    read.sort();
    let mut named = named;
    named.sort();
    assert_eq!(named, read);
}
