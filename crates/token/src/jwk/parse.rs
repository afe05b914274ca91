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
            sound_point(&x)?;
            Ok(PublicKey::Ed25519 { x })
        }
        _ => Err("its curve is not Ed25519"),
    }
}

/// Verifiers differ on encodings with several forms and on points of small order; neither is a
/// key that anybody made in earnest, so both are refused before a verifier sees them.
fn sound_point(x: &[u8; 32]) -> Result<(), Why> {
    let mut y = *x;
    let [.., last] = &mut y;
    // The top bit is the sign of the other coordinate.
    *last &= 0x7f;
    // Little-endian, so the comparison with the field's prime starts from the end.
    if y.iter().rev().ge(FIELD_PRIME.iter().rev()) {
        return Err("its `x` is not in canonical form");
    }
    if SMALL_ORDER.contains(&y) {
        return Err("its `x` is a point of small order, for which anybody can sign");
    }
    Ok(())
}

fn rsa(members: &Object) -> Result<PublicKey, Why> {
    let n = octets(members, "n")?;
    let e = octets(members, "e")?;
    // RFC 7518 sections 2 and 6.3.1.1: the minimum number of octets.
    if n.first() == Some(&0) || e.first() == Some(&0) {
        return Err("its numbers have leading zero octets");
    }
    match bits(&n) {
        ..2048 => return Err("its modulus is shorter than 2048 bits"),
        8193.. => return Err("its modulus is longer than 8192 bits"),
        _ => {}
    }
    if n.last().is_none_or(|last| last % 2 == 0) {
        return Err("its modulus is even, so it is no RSA modulus");
    }
    let even = e.last().is_none_or(|last| last % 2 == 0);
    if even || e == [1] || e.len() > 4 {
        return Err("its exponent is not an odd number from 3 to 32 bits");
    }
    Ok(PublicKey::Rsa { n, e })
}

/// The length in bits of a number without leading zero octets.
fn bits(number: &[u8]) -> usize {
    let spare = number.first().map_or(0, |first| first.leading_zeros() as usize);
    (number.len() * 8).saturating_sub(spare)
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

/// 2^255 - 19, little-endian (RFC 8032 section 5.1).
const FIELD_PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// The `y` coordinates of the eight points whose order divides the cofactor, little-endian.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD_PRIME;
        minus_one[0] = 0xec;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];
