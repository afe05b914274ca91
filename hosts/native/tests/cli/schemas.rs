//! `vicar schema` describes what goes in and comes out. That the descriptions fit is tested beside
//! them, in `src/cli/tests.rs`.

use serde_json::Value;

use super::support::vicar;

#[test]
fn every_schema_is_a_described_object() {
    for name in [
        "build",
        "bundle",
        "bundle-digest",
        "bundle-show",
        "check",
        "doctor",
        "error",
        "exchange",
        "exchange-dry-run",
        "exchange-problem",
        "inspection",
        "keys",
        "lab",
        "mint",
        "oidc-check",
        "oidc-publish",
        "refusal",
        "test-report",
        "tests",
        "verdict",
        "verification",
    ] {
        let run = vicar(&["schema", name]);
        assert_eq!(run.status, 0, "{name}: {run:?}");
        let schema: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        let properties = schema["properties"].as_object().unwrap();
        for (property, described) in properties {
            let described = described.get("description").or_else(|| described.get("$ref"));
            assert!(described.is_some(), "{name}: `{property}` has no description");
        }
    }
}
