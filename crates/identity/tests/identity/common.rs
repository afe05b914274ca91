//! What the data-driven tests share: token bodies, profiles and directories from data files.

use std::{collections::BTreeMap, path::Path};

use serde::de::DeserializeOwned;
use serde_json::Value;
use vicar_identity::{Directory, Facts, Profile};
use vicar_token::{Object, json::Limits};

/// A JSON object as it stands in a data file.
pub(crate) type Claims = serde_json::Map<String, Value>;

/// Reads a data file of this crate.
pub(crate) fn data<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    read(&path).unwrap()
}

/// Reads a JSON file; `None` when it is not there.
#[expect(clippy::disallowed_methods, reason = "tests read their data files")]
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The named token bodies.
pub(crate) fn bodies() -> BTreeMap<String, Claims> {
    data("tokens.json")
}

/// `base` with `changes`: null removes a member, anything else sets it.
pub(crate) fn changed(base: &Claims, changes: &Claims) -> Claims {
    let mut claims = base.clone();
    for (name, value) in changes {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// The claims as the token crate reads them.
pub(crate) fn object(claims: &Claims) -> Object {
    Object::parse(serde_json::to_string(claims).unwrap().as_bytes(), &Limits::TOKEN).unwrap()
}

/// The named profiles of the case files.
pub(crate) fn profiles() -> BTreeMap<String, Profile> {
    data("profiles.json")
}

/// The named directories of the case files.
pub(crate) fn directories() -> BTreeMap<String, Directory> {
    data("directories.json")
}

/// The tenant of the sample tokens.
pub(crate) const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";

/// The facts of a token that was matched to the issuer of this profile.
pub(crate) fn facts<'a>(
    profile: &Profile,
    claims: &'a Object,
    header_type: Option<&'a str>,
    tenant: &'a str,
) -> Facts<'a> {
    let (issuer_name, tenant) = match profile {
        Profile::Entra(_) => ("entra", Some(tenant)),
        Profile::Kubernetes => ("cluster", None),
        Profile::Oidc(_) => ("idp", None),
        Profile::Rfc8693(_) => ("sts", None),
        Profile::Spiffe => ("mesh", None),
    };
    Facts { header_type, claims, issuer_name, tenant }
}

/// Where `seen` lacks something of `wanted`; its objects may hold more.
pub(crate) fn difference(at: &str, wanted: &Value, seen: &Value) -> Option<String> {
    match (wanted, seen) {
        (Value::Object(wanted), Value::Object(seen)) => wanted.iter().find_map(|(name, value)| {
            difference(&format!("{at}.{name}"), value, seen.get(name).unwrap_or(&Value::Null))
        }),
        (Value::Array(wanted), Value::Array(seen)) if wanted.len() == seen.len() => {
            wanted.iter().zip(seen).enumerate().find_map(|(index, (wanted, seen))| {
                difference(&format!("{at}[{index}]"), wanted, seen)
            })
        }
        _ if wanted == seen => None,
        _ => Some(format!("`{at}` is {seen}, wanted {wanted}")),
    }
}
