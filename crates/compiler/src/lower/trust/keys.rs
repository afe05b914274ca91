//! Where an issuer's keys come from.

use serde_json::Value;
use vicar_bundle::{contents::KeySource, syntax};
use vicar_token::{Cloud, IssuerRule, Jwks};

use crate::{
    Folder,
    diagnostic::quoted,
    lower::{Findings, HTTPS},
    source::trust::{IssuerSource, KeysSource},
    yaml::{Place, Placed},
};

/// The key source, by default the one that follows from the issuer.
pub(super) fn lower(
    name: &Placed<String>,
    source: &IssuerSource,
    rule: &IssuerRule,
    folder: &Folder,
    findings: &mut Findings<'_>,
) -> KeySource {
    match &source.keys {
        Some(keys) => match &keys.value {
            KeysSource::File(path) => file(path, keys.place, folder, findings),
            KeysSource::JwksUri(address) => {
                KeySource::JwksUri(https(address, keys.place, findings))
            }
            KeysSource::Metadata(address) => {
                KeySource::Metadata(https(address, keys.place, findings))
            }
        },
        None => by_default(rule).unwrap_or_else(|| {
            let message = format!("{} lacks the key `keys`", quoted(&name.value));
            findings.error(name.place, message).expected = Some(
                "`keys: {file: …}`, `keys: {jwks_uri: …}` or `keys: {metadata: …}`".to_owned(),
            );
            KeySource::Inline(String::new())
        }),
    }
}

fn https(address: &str, place: Place, findings: &mut Findings<'_>) -> String {
    if !syntax::is_https_url(address) {
        let message = format!("{} is not an address of keys", quoted(address));
        findings.error(place, message).expected = Some(HTTPS.to_owned());
    }
    address.to_owned()
}

/// A key set of the folder, written again without white space and with members sorted, so that its
/// layout does not change the bundle's digest.
fn file(path: &str, place: Place, folder: &Folder, findings: &mut Findings<'_>) -> KeySource {
    let Some(text) = folder.get(path) else {
        findings.no_file(path, place, folder, "a JWK set inside the bundle folder");
        return KeySource::Inline(String::new());
    };
    let canonical = match Jwks::parse(text.as_bytes()) {
        Ok(_) => canonical(text),
        Err(error) => Err(error.to_string()),
    };
    KeySource::Inline(canonical.unwrap_or_else(|problem| {
        findings.error(place, format!("{}: {problem}", quoted(path))).expected =
            Some("a JWK set with public keys (RFC 7517)".to_owned());
        String::new()
    }))
}

fn canonical(text: &str) -> Result<String, String> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let keys = value.get("keys").and_then(Value::as_array).into_iter().flatten();
    for key in keys {
        if PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some()) {
            return Err("the set holds a private or secret key; remove it from the folder, and \
                stop using it"
                .to_owned());
        }
    }
    value.sort_all_objects();
    Ok(value.to_string())
}

/// Where Entra serves its keys, or where OpenID Connect Discovery says that metadata is.
fn by_default(rule: &IssuerRule) -> Option<KeySource> {
    match rule {
        IssuerRule::EntraTenants { cloud, tenants, .. } => {
            let host = match cloud {
                Cloud::China => "login.partner.microsoftonline.cn",
                Cloud::Public => "login.microsoftonline.com",
                Cloud::UsGovernment => "login.microsoftonline.us",
            };
            let tenant = match tenants.as_slice() {
                [only] => only,
                _ => "common",
            };
            Some(KeySource::JwksUri(format!("https://{host}/{tenant}/discovery/v2.0/keys")))
        }
        IssuerRule::Exact(issuer) if syntax::is_https_url(issuer) && !issuer.contains('?') => {
            let issuer = issuer.trim_end_matches('/');
            Some(KeySource::Metadata(format!("{issuer}/.well-known/openid-configuration")))
        }
        IssuerRule::Exact(_) | IssuerRule::SpiffeTrustDomain(_) => None,
    }
}

/// Members that only private (`d`, RFC 7518 section 6) or symmetric (`k`) keys have.
const PRIVATE_MEMBERS: [&str; 2] = ["d", "k"];
