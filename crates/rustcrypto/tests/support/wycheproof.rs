//! Runs the Wycheproof vectors for JSON Web Signatures through the token crate's parser, its key
//! sets and a verifier. `hosts/native` runs the same file with its own verifier.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vicar_token::issuer::{IssuerForm, Selection};
use vicar_token::jws::Compact;
use vicar_token::{Algorithm, IssuerRule, Jwks, KeyRing, SignatureVerifier, TrustedIssuer};

#[derive(Deserialize)]
struct Suite {
    #[serde(rename = "testGroups")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    comment: String,
    #[serde(default)]
    public: Option<serde_json::Value>,
    /// Groups of symmetric keys have no other.
    #[serde(default)]
    private: Option<serde_json::Value>,
    tests: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    #[serde(rename = "tcId")]
    id: u32,
    comment: String,
    jws: serde_json::Value,
    result: String,
}

/// A vector that is judged otherwise here, and why that is right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    #[serde(rename = "tcId")]
    id: u32,
    expected: String,
    actual: String,
    reason: String,
}

/// Runs every vector; panics with a list of those that are judged otherwise than the suite and the
/// exceptions say.
pub(crate) fn run<V: SignatureVerifier>(verifier: &V) {
    let vectors = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors/wycheproof/json_web_signature_test.json");
    let Ok(suite) = File::open(&vectors) else {
        skipped(&vectors);
        return;
    };
    let suite: Suite = serde_json::from_reader(BufReader::new(suite)).unwrap();
    let exceptions: Vec<Exception> =
        serde_json::from_str(include_str!("../data/exceptions.json")).unwrap();
    let mut exceptions: BTreeMap<u32, Exception> =
        exceptions.into_iter().map(|exception| (exception.id, exception)).collect();

    let mut tally: BTreeMap<(String, bool), u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for group in &suite.groups {
        for vector in &group.tests {
            let judged = judge(verifier, group, vector);
            let actual = if judged.is_ok() { "valid" } else { "invalid" };
            let said = judged.err().unwrap_or_default();
            let agrees = actual == vector.result;
            *tally.entry((vector.result.clone(), agrees)).or_default() += 1;
            match exceptions.remove(&vector.id) {
                None if agrees => {}
                Some(exception)
                    if exception.expected == vector.result
                        && exception.actual == actual
                        && !agrees
                        && !exception.reason.is_empty() => {}
                Some(_) => wrong.push(format!(
                    "{}: the exception does not hold any more: {} here, {} in the suite ({said})",
                    vector.id, actual, vector.result
                )),
                None => wrong.push(format!(
                    "{} ({}, {}): {actual} here, {} in the suite ({said})",
                    vector.id, group.comment, vector.comment, vector.result
                )),
            }
        }
    }
    wrong.extend(exceptions.keys().map(|id| format!("{id}: an exception for no vector")));
    println!("(the suite's result, agreed) -> vectors: {tally:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `Ok` if the signature verifies with the group's key; else the reason in words.
fn judge<V: SignatureVerifier>(verifier: &V, group: &Group, vector: &Vector) -> Result<(), String> {
    // JSON serialisations are objects in the suite and texts on the wire.
    let text = match &vector.jws {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let token = Compact::parse(&text).map_err(|error| error.to_string())?;
    let key = group.public.as_ref().or(group.private.as_ref()).ok_or("the group has no key")?;
    let set = serde_json::json!({ "keys": [key] }).to_string();
    let set = Jwks::parse(set.as_bytes()).map_err(|error| error.to_string())?;

    let issuer = issuer();
    let mut ring = KeyRing::new();
    let report = ring.replace(&issuer, &set, verifier);
    if let [skipped] = report.skipped.as_slice() {
        return Err(skipped.why.to_string());
    }
    let selection = Selection { issuer: &issuer, form: IssuerForm::Exact, tenant: None };
    let algorithm = Algorithm::from_name(&token.header().algorithm).ok_or("unknown algorithm")?;
    let key = ring
        .find(&selection, None, token.header(), algorithm)
        .map_err(|error| error.to_string())?;
    if verifier.verify(key, token.signing_input().as_bytes(), token.signature()) {
        Ok(())
    } else {
        Err("the signature is invalid".to_owned())
    }
}

/// An issuer that pins nothing, so that the key alone decides on the algorithm.
fn issuer() -> TrustedIssuer {
    TrustedIssuer {
        name: "wycheproof".to_owned(),
        issuer: IssuerRule::Exact("https://wycheproof.example".to_owned()),
        algorithms: Algorithm::ALL.to_vec(),
        audiences: vec!["test".to_owned()],
        single_audience: false,
        clock_skew_seconds: 0,
        max_lifetime_seconds: 3600,
        require_issued_at: false,
    }
}

/// Says so where the harness does not swallow it; `tools/test.sh` counts these lines.
fn skipped(path: &Path) {
    let _ = writeln!(std::io::stderr(), "skipped: {} is not there", path.display());
}
