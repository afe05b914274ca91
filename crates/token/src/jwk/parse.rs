//! Reading the members of a key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).

use super::{Jwk, Jwks, JwksError, PublicKey, SkippedKey};
use crate::Algorithm;
use crate::base64url;
use crate::json::{Json, Limits, Object};

pub(super) fn key_set(bytes: &[u8]) -> Result<Jwks, JwksError> {
    let document = Object::parse(bytes, &Limits::KEY_SET)?;
    let keys = document.get("keys").ok_or(JwksError::KeysMissing)?;
    let keys = keys.as_array().ok_or(JwksError::KeysNotAnArray { found: keys.kind() })?;
    if keys.len() > Jwks::MAX_KEYS {
        return Err(JwksError::TooMany { count: keys.len() });
    }
    let mut set = Jwks::default();
    for (index, value) in keys.iter().enumerate() {
        match key(index, value) {
            Ok(key) => set.keys.push(key),
            Err(why) => {
                let key_id = value.as_object().and_then(|key| key.get("kid")?.as_str());
                let key_id = key_id.map(str::to_owned);
                set.skipped.push(SkippedKey { index, key_id, why: why.into() });
            }
        }
    }
    Ok(set)
}

/// Why a key is left out.
type Why = &'static str;

fn key(index: usize, value: &Json) -> Result<Jwk, Why> {
    let members = value.as_object().ok_or("it is not a JSON object")?;
    let key_id = text(members, "kid", "its `kid` is not a string")?;
    let issuer = text(members, "issuer", "its `issuer` is not a string")?;
    let key_type = text(members, "kty", "its `kty` is not a string")?.ok_or("it has no `kty`")?;
    if key_type == "oct" {
        return Err("it is a symmetric key, which a public key set must never hold");
    }
    if PRIVATE_MEMBERS.iter().any(|member| members.contains(member)) {
        return Err("it holds private members: whoever read this set can sign with it");
    }
    for_signatures(members)?;
    let key = match key_type {
        "EC" => elliptic_curve(members),
        "OKP" => octet_key_pair(members),
        "RSA" => rsa(members),
        _ => Err("its `kty` is not EC, OKP or RSA"),
    }?;
    if let Some(why) = key.fault() {
        return Err(why);
    }
    let algorithm = algorithm(members, &key)?;
    let (key_id, issuer) = (key_id.map(str::to_owned), issuer.map(str::to_owned));
    Ok(Jwk { index, key_id, key, algorithm, issuer })
}

/// `use` and `key_ops`: each may forbid verification, neither is required.
fn for_signatures(members: &Object) -> Result<(), Why> {
    match text(members, "use", "its `use` is not a string")? {
        // `jwt-svid` marks the signature keys of a SPIFFE bundle.
        None | Some("sig" | "jwt-svid") => {}
        Some("enc") => return Err("it is an encryption key (`use` is `enc`)"),
        Some("x509-svid") => {
            return Err("it is a SPIFFE X.509 authority (`use` is `x509-svid`)");
        }
        Some(_) => return Err("its `use` is not `sig`"),
    }
    let operations =
        members.string_list("key_ops").map_err(|_| "its `key_ops` is not a list of strings")?;
    match operations {
        Some(operations) if !operations.contains(&"verify") => {
            Err("its `key_ops` does not list `verify`")
        }
        _ => Ok(()),
    }
}

fn algorithm(members: &Object, key: &PublicKey) -> Result<Option<Algorithm>, Why> {
    let Some(name) = text(members, "alg", "its `alg` is not a string")? else { return Ok(None) };
    let algorithm =
        Algorithm::from_name(name).ok_or("its `alg` is not a signature algorithm verified here")?;
    if key.algorithms().contains(&algorithm) {
        Ok(Some(algorithm))
    } else {
        Err("its `alg` does not fit its type or curve")
    }
}

fn elliptic_curve(members: &Object) -> Result<PublicKey, Why> {
    const SIZE: Why = "its `x` and `y` are not of the curve's size";
    let curve = text(members, "crv", "its `crv` is not a string")?.ok_or("it has no `crv`")?;
    let x = octets(members, "x")?;
    let y = octets(members, "y")?;
    match curve {
        "P-256" => Ok(PublicKey::P256 { x: fixed(x, SIZE)?, y: fixed(y, SIZE)? }),
        "P-384" => Ok(PublicKey::P384 { x: fixed(x, SIZE)?, y: fixed(y, SIZE)? }),
        _ => Err("its curve is not P-256 or P-384"),
    }
}

fn octet_key_pair(members: &Object) -> Result<PublicKey, Why> {
    match text(members, "crv", "its `crv` is not a string")?.ok_or("it has no `crv`")? {
        "Ed25519" => {
            let x = fixed(octets(members, "x")?, "its `x` is not 32 bytes long")?;
            Ok(PublicKey::Ed25519 { x })
        }
        _ => Err("its curve is not Ed25519"),
    }
}

fn rsa(members: &Object) -> Result<PublicKey, Why> {
    Ok(PublicKey::Rsa { n: octets(members, "n")?, e: octets(members, "e")? })
}

fn octets(members: &Object, name: &'static str) -> Result<Vec<u8>, Why> {
    let text = text(members, name, "one of its numbers is not a string")?
        .ok_or("one of its numbers is missing")?;
    base64url::decode(text).map_err(|_| "one of its numbers is not unpadded base64url")
}

fn fixed<const LENGTH: usize>(octets: Vec<u8>, why: Why) -> Result<[u8; LENGTH], Why> {
    octets.try_into().map_err(|_| why)
}

fn text<'a>(members: &'a Object, name: &str, why: Why) -> Result<Option<&'a str>, Why> {
    members.string(name).map_err(|_| why)
}

/// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: what only the signer may have.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
