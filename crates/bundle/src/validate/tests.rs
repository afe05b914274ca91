//! One broken promise each: a row of `tests/data/broken.json` is what it is, where in the sample
//! contents, the value put there, and where the error must point.

use serde_json::Value;
use vicar_policy::Program;

use crate::{Bundle, BundleError, Contents};

#[test]
fn the_sample_keeps_every_promise() {
    let mut contents: Contents = serde_json::from_value(sample()).expect("sample contents");
    contents.program = Program::compile(Vec::new()).expect("an empty program").to_bytes();
    Bundle::new(contents).expect("a bundle");
}

#[test]
fn every_broken_promise_is_refused_where_it_is_broken() {
    let rows: Vec<(String, String, Value, String)> =
        serde_json::from_str(include_str!("../../tests/data/broken.json")).expect("rows");
    for (name, pointer, value, want) in rows {
        let mut json = sample();
        *json.pointer_mut(&pointer).unwrap_or_else(|| panic!("{name}: no {pointer}")) = value;
        let contents: Contents =
            serde_json::from_value(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        match Bundle::new(contents) {
            Err(BundleError::Invalid { at, .. }) => assert_eq!(at, want, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn sample() -> Value {
    serde_json::from_str(include_str!("../../tests/data/contents.json")).expect("sample JSON")
}
