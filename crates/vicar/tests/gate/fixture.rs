//! A gate over the bundle of `tests/data`, and tokens for it.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};
use vicar::{Call, Gate, Operation, Verdict};
use vicar_compiler::Folder;
use vicar_token::base64url;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier, verifier::KeyUnusable};

/// The clock, unless a test sets its own.
pub(crate) const NOW: u64 = 1_790_000_300;

/// A verifier without cryptography: tests of signatures are elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Genuine;

impl SignatureVerifier for Genuine {
    type Key = ();

    fn prepare(&self, _: Algorithm, _: &PublicKey) -> Result<(), KeyUnusable> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &[u8], signature: &[u8]) -> bool {
        signature.starts_with(b"genuine")
    }
}

pub(crate) fn folder() -> Folder {
    [
        ("vicar.yaml", include_str!("../data/vicar.yaml")),
        ("policies.cedar", include_str!("../data/policies.cedar")),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

pub(crate) fn gate() -> Gate<Genuine> {
    gate_of(&folder())
}

pub(crate) fn gate_of(folder: &Folder) -> Gate<Genuine> {
    let compiled = vicar_compiler::compile(folder).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    let mut gate = Gate::load(&compiled.bundle.to_bytes(), Genuine).unwrap();
    gate.set_keys("entra", keys("key-1").as_bytes()).unwrap();
    gate
}

/// A key set with one RSA key of this id; its numbers do not matter here.
pub(crate) fn keys(id: &str) -> String {
    let modulus = base64url::encode(&[0xc5; 256]);
    json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": id, "n": modulus, "e": "AQAB" }] })
        .to_string()
}

/// The token of an agent on behalf of a user, with changes: `null` removes a claim.
pub(crate) fn token(changes: Value) -> String {
    let mut claims: Value =
        serde_json::from_str(include_str!("../data/on-behalf-of.json")).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    let encode = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "key-1" });
    // The end of the text is what the gate's cache looks tokens up by: as in life, it differs.
    let mut hasher = DefaultHasher::new();
    claims.to_string().hash(&mut hasher);
    let signature = format!("genuine{:016x}", hasher.finish());
    let signature = base64url::encode(signature.as_bytes());
    format!("{}.{}.{signature}", encode(&header), encode(&claims))
}

/// A call of an MCP tool.
pub(crate) fn tool<'a>(token: &'a str, name: &'a str, arguments: &'a str) -> Call<'a> {
    Call {
        token: Some(token),
        method: "POST",
        scheme: "https",
        host: "tools.example",
        path: "/mcp",
        headers: &[],
        operation: Operation::Mcp {
            method: "tools/call",
            name: Some(name),
            arguments: Some(arguments),
        },
    }
}

/// A GET of a path.
pub(crate) fn get<'a>(token: &'a str, path: &'a str) -> Call<'a> {
    Call { method: "GET", path, operation: Operation::Http, ..tool(token, "", "") }
}

/// The verdict on a call of a tool with a changed token.
pub(crate) fn verdict(changes: Value, name: &str, arguments: &str) -> Verdict {
    gate().explain(&tool(&token(changes), name, arguments), NOW)
}
