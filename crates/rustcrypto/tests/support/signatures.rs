//! Published signatures, one or more for each algorithm, made by another library. `hosts/native`
//! reads the same file.

use serde::Deserialize;
use vicar_token::{Algorithm, Jwks, PublicKey};

/// `data/signatures.json`: a key and a compact JWS.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// What made it.
    #[expect(dead_code, reason = "for the reader of the file")]
    source: String,
    algorithm: String,
    key: serde_json::Value,
    jws: String,
}

/// The algorithm, the key and the compact JWS of each.
pub(crate) fn signatures() -> Vec<(Algorithm, PublicKey, String)> {
    let signed: Vec<Signed> =
        serde_json::from_str(include_str!("../data/signatures.json")).unwrap();
    signed
        .into_iter()
        .map(|signed| {
            let set = format!("{{\"keys\":[{}]}}", signed.key);
            let set = Jwks::parse(set.as_bytes()).unwrap();
            let algorithm = Algorithm::from_name(&signed.algorithm).unwrap();
            (algorithm, set.keys[0].key.clone(), signed.jws)
        })
        .collect()
}
