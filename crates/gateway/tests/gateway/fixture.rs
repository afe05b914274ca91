//! A gateway over the bundle of `tests/data`, and tokens for it.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vicar::Gate;
use vicar_compiler::Folder;
use vicar_gateway::{Gateway, Settings};
use vicar_token::{Algorithm, PublicKey, SignatureVerifier, base64url, verifier::KeyUnusable};

/// The clock of every scenario.
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

static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| bundle(|yaml| yaml));
static SHADOW: LazyLock<Vec<u8>> =
    LazyLock::new(|| bundle(|yaml| yaml.replace("detail: clauses", "mode: shadow")));

fn bundle(change: impl Fn(String) -> String) -> Vec<u8> {
    let folder: Folder = [
        ("vicar.yaml", change(include_str!("../data/vicar.yaml").to_owned())),
        ("policies.cedar", include_str!("../data/policies.cedar").to_owned()),
        ("keys.json", keys("key-1")),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text))
    .collect();
    let compiled = vicar_compiler::compile(&folder).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    compiled.bundle.to_bytes()
}

pub(crate) fn gateway(settings: Settings) -> Gateway<Genuine> {
    gateway_of(&BUNDLE, settings)
}

/// The bundle that the gateways are made of.
pub(crate) fn bundle_file() -> Vec<u8> {
    BUNDLE.clone()
}

/// A gateway whose bundle only observes.
pub(crate) fn shadow_gateway(settings: Settings) -> Gateway<Genuine> {
    gateway_of(&SHADOW, settings)
}

fn gateway_of(bundle: &[u8], settings: Settings) -> Gateway<Genuine> {
    let gate = Gate::load(bundle, Genuine).unwrap();
    Gateway::new(gate, settings, |_| "test").unwrap()
}

/// A key set with one RSA key of this id; its numbers do not matter here.
pub(crate) fn keys(id: &str) -> String {
    let modulus = base64url::encode(&[0xc5; 256]);
    json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": id, "n": modulus, "e": "AQAB" }] })
        .to_string()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    from: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
    signature: Option<String>,
    key: Option<String>,
}

static TOKENS: LazyLock<BTreeMap<String, Token>> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../data/tokens.yaml")).unwrap());

/// The claims of a token of `tests/data/tokens.yaml`.
pub(crate) fn claims(name: &str) -> Map<String, Value> {
    let token = &TOKENS[name];
    let mut claims = token.from.as_deref().map(claims).unwrap_or_default();
    for (name, value) in &token.claims {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// A token of `tests/data/tokens.yaml`.
pub(crate) fn token(name: &str) -> String {
    let Token { signature, key, .. } = &TOKENS[name];
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": key.as_deref().unwrap_or("key-1") });
    let encode = |text: &str| base64url::encode(text.as_bytes());
    let input = format!(
        "{}.{}",
        encode(&header.to_string()),
        encode(&Value::from(claims(name)).to_string())
    );
    let signature = format!("{} {name}", signature.as_deref().unwrap_or("genuine signature"));
    format!("{input}.{}", encode(&signature))
}
