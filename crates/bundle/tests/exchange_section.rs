//! The exchange section: what it must say, and that a bundle without one stays what it was.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use serde_json::Value;
use vicar_bundle::{Bundle, BundleError, Contents, Exchange};
use vicar_policy::Program;

fn contents(exchange: Option<String>) -> Contents {
    let mut contents: Contents =
        serde_json::from_str(include_str!("data/contents.json")).expect("sample contents");
    contents.program = Program::compile(Vec::new()).expect("an empty program").to_bytes();
    contents.exchange = exchange;
    contents
}

fn sample() -> Value {
    serde_json::from_str(include_str!("data/exchange.json")).expect("sample JSON")
}

fn canonical(json: Value) -> String {
    serde_json::from_value::<Exchange>(json).expect("a section").to_text()
}

#[test]
fn a_section_comes_back_as_it_was_written() {
    let text = canonical(sample());
    let bundle = Bundle::new(contents(Some(text.clone()))).expect("a bundle");
    let loaded = Bundle::load(&bundle.to_bytes()).expect("loads");
    assert_eq!(loaded, bundle);
    let exchange = loaded.exchange().expect("sound").expect("there");
    assert_eq!(exchange.to_text(), text);
    assert!(exchange.downstream("graph").is_some() && exchange.downstream("payroll").is_none());
    assert_eq!(
        exchange.assertion_audiences(),
        ["c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a", "api://c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a"]
    );
}

#[test]
fn a_bundle_without_one_does_not_mention_it() {
    let bundle = Bundle::new(contents(None)).expect("a bundle");
    assert_eq!(bundle.exchange(), Ok(None));
    let text = String::from_utf8(bundle.to_bytes()).expect("UTF-8");
    assert!(!text.contains("\"exchange\""));
}

#[test]
fn every_broken_promise_is_refused_where_it_is_broken() {
    let rows: Vec<(String, String, Value, String)> =
        serde_json::from_str(include_str!("data/broken_exchange.json")).expect("rows");
    for (name, pointer, value, want) in rows {
        let mut json = sample();
        *json.pointer_mut(&pointer).unwrap_or_else(|| panic!("{name}: no {pointer}")) = value;
        match Bundle::new(contents(Some(canonical(json)))) {
            Err(BundleError::Invalid { at, .. }) => assert_eq!(at, want, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn other_bytes_of_the_same_meaning_are_refused() {
    let text = canonical(sample());
    for other in [
        text.replacen('{', "{ ", 1),
        text.replacen("\"blueprint\"", "\"extra\":1,\"blueprint\"", 1),
        text.replacen(
            "\"flow\":\"on_behalf_of\"",
            "\"loopback\":false,\"flow\":\"on_behalf_of\"",
            1,
        ),
        "null".to_owned(),
        String::new(),
    ] {
        assert!(Bundle::new(contents(Some(other.clone()))).is_err(), "{other}");
    }
}
