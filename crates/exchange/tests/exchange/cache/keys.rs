//! What a key depends on, and on what it does not.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vicar_exchange::{CacheKey, Spec};

use crate::common::{changed, claims, data, jwt, spec, spec_with};

const OTHER: &str = "11111111-2222-4333-8444-555555555555";

fn key(spec: Value) -> CacheKey {
    CacheKey::of(&serde_json::from_value::<Spec>(spec).unwrap())
}

/// Every change to one component; each has to give another key.
fn components(name: &str) -> Vec<(&'static str, Value)> {
    let other_user =
        jwt(&changed("tc-user-for-blueprint", json!({"oid": OTHER}).as_object().unwrap()));
    let target = |grant: &str| {
        let scopes = json!(["api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/tools.read"]);
        let at = |member: &str| -> &'static str {
            Box::leak(format!("/flow/entra/grant/{grant}/target/{member}").into_boxed_str())
        };
        vec![
            ("/flow/entra/tenant", json!(OTHER)),
            ("/flow/entra/authority/cloud", json!("china")),
            ("/flow/entra/authority/origin", json!("https://localhost:8443")),
            (at("scopes"), scopes),
            (at("scopes"), json!(["https://graph.microsoft.com/.default"])),
            (at("claims"), json!(r#"{"access_token":{"nbf":{"value":"1"}}}"#)),
            (at("capabilities"), json!(["cp1"])),
            (at("audiences"), json!(["other"])),
            (at("opaque"), json!("accept")),
            (at("wider_scopes"), json!("accept")),
        ]
    };
    let mut components = match name {
        "on-behalf-of" => target("on_behalf_of"),
        "agent-user" => target("agent_user"),
        "autonomous-api" => target("autonomous"),
        other => panic!("{other}"),
    };
    match name {
        "on-behalf-of" => components.extend([
            ("/flow/entra/grant/on_behalf_of/agent/id", json!(OTHER)),
            ("/flow/entra/grant/on_behalf_of/agent/blueprint", json!(OTHER)),
            ("/flow/entra/grant/on_behalf_of/user_assertion", json!(other_user)),
            ("/flow/entra/grant/on_behalf_of/nested", json!("accept")),
        ]),
        "agent-user" => components.extend([
            ("/flow/entra/grant/agent_user/user", json!({"object_id": OTHER})),
            ("/flow/entra/grant/agent_user/user", json!({"principal_name": "a@contoso.example"})),
        ]),
        _ => components.extend([
            ("/flow/entra/grant/autonomous/agent/id", json!(OTHER)),
            ("/flow/entra/grant/autonomous/agent/blueprint", json!(OTHER)),
        ]),
    }
    components
}

#[test]
fn each_component_makes_another_key() {
    for name in ["on-behalf-of", "agent-user", "autonomous-api"] {
        let mut keys =
            vec![("as it is".to_owned(), key(spec_with(name, "/correlation_id", json!(OTHER))))];
        for (at, value) in components(name) {
            keys.push((format!("{at} {value}"), key(spec_with(name, at, value))));
        }
        for (index, (one_name, one)) in keys.iter().enumerate() {
            for (other_name, other) in &keys[index + 1..] {
                assert_ne!(one, other, "{name}: {one_name} and {other_name}");
            }
        }
    }
}

#[test]
fn flows_never_share_a_key() {
    let specs: BTreeMap<String, Value> = data("specs.json");
    let mut keys = BTreeMap::new();
    for name in specs.keys() {
        let spec = spec(name);
        for (kind, key) in [
            ("", Some(CacheKey::of(&spec))),
            (" t1", CacheKey::t1(&spec)),
            (" x2", CacheKey::x2(&spec)),
        ] {
            let Some(key) = key else { continue };
            if let Some(other) = keys.insert(key, format!("{name}{kind}")) {
                // The same T1 serves every flow of an agent, and the same X2 both of its names.
                let shared = other.ends_with(kind) && !kind.is_empty()
                    || [&other, name].iter().any(|name| name.starts_with("t1-"));
                assert!(shared, "{other} and {name}{kind}");
            }
        }
    }
}

#[test]
fn what_does_not_matter_makes_no_other_key() {
    let plain = CacheKey::of(&spec("on-behalf-of-tools"));
    let target = "/flow/entra/grant/on_behalf_of/target";
    let scope = |name: &str| format!("api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/{name}");
    for (at, value) in [
        ("/correlation_id".to_owned(), json!(OTHER)),
        ("/limits".to_owned(), json!({"attempts": 9})),
        (format!("{target}/scopes"), json!([scope("tools.call"), scope("tools.read")])),
        (
            format!("{target}/scopes"),
            json!([scope("tools.call"), scope("tools.read"), scope("tools.call")]),
        ),
        (
            "/flow/entra/grant/on_behalf_of/agent/t1".to_owned(),
            json!({"token": "x", "expires_at": 1}),
        ),
        ("/flow/entra/tenant".to_owned(), json!("7D3E1A52-94C0-4C1F-8B6A-2F0C55E1A901")),
    ] {
        assert_eq!(key(spec_with("on-behalf-of-tools", &at, value)), plain, "{at}");
    }
}

#[test]
fn t1_depends_on_its_credential_and_agent() {
    let t1 = |spec: Value| CacheKey::t1(&serde_json::from_value(spec).unwrap()).unwrap();
    let agent = "/flow/entra/grant/autonomous/agent";
    let plain = t1(spec_with("autonomous", "/correlation_id", json!(OTHER)));
    for (at, value) in [
        ("credential", json!({"service_account_token": {"file": "/a"}})),
        ("credential", json!({"service_account_token": {"file": "/b"}})),
        ("credential", json!({"unsafe_secret": {"secret": "other"}})),
        ("credential", json!({"managed_identity": {}})),
        ("credential", json!({"managed_identity": {"client_id": OTHER}})),
        ("id", json!(OTHER)),
        ("blueprint", json!(OTHER)),
    ] {
        assert_ne!(t1(spec_with("autonomous", &format!("{agent}/{at}"), value)), plain, "{at}");
    }
    // Neither on the scopes nor on the user: it is the same for all flows of the agent.
    assert_eq!(CacheKey::t1(&spec("on-behalf-of")), Some(plain.clone()));
    assert_eq!(CacheKey::of(&spec("t1-secret")), plain);
}

#[test]
fn an_entry_is_bound_to_its_assertion() {
    let spec = spec("on-behalf-of");
    let key = CacheKey::of(&spec);
    assert_eq!(key.not_after(), claims("tc-user-for-blueprint")["exp"].as_u64());
    assert!(key.subject().is_some());
    assert_eq!(CacheKey::of(&crate::common::spec("autonomous")).not_after(), None);
    // The earlier of subject token and actor token.
    let exchange = CacheKey::of(&crate::common::spec("token-exchange"));
    assert_eq!(exchange.not_after(), claims("actor")["exp"].as_u64());
}
