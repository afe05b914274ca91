//! The token's version and the client it was issued to (domain case 25).

use vicar_token::{Object, quote::Quoted};

use crate::{IdentityError, claims, identity::ClientAuthentication};

/// The version of an Entra access token (`ver`); the API's registration chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `1.0`: issuer `https://sts…/{tid}/`, client in `appid`.
    V1,
    /// `2.0`: issuer `https://login…/{tid}/v2.0`, client in `azp`.
    V2,
}

/// The actor as the token names it.
pub(super) struct Client {
    /// `iss`.
    pub(super) issuer: String,
    /// App id: `appid` or `azp`.
    pub(super) id: String,
    /// `appidacr` or `azpacr`.
    pub(super) authentication: Option<ClientAuthentication>,
}

/// Reads version and client. Exchange tokens are captured with either issuer form, so theirs is
/// not compared with `ver`.
pub(super) fn read(claims: &Object, exchange: bool) -> Result<Client, IdentityError> {
    let version = version(claims)?;
    let issuer = claims.string("iss")?.unwrap_or_default();
    if !exchange && issuer_version(issuer) != Some(version) {
        return Err(IdentityError::VersionMismatch {
            seen: format!("`iss` is {}", Quoted(issuer)),
            wanted: match version {
                Version::V1 => "a version 1.0 token has `https://sts.…/{tid}/`",
                Version::V2 => "a version 2.0 token has `https://login.…/{tid}/v2.0`",
            },
        });
    }
    let (names, others, wanted) = match version {
        Version::V1 => (V1, V2, "a version 1.0 token names its client in `appid` alone"),
        Version::V2 => (V2, V1, "a version 2.0 token names its client in `azp` alone"),
    };
    for other in others {
        if claims.contains(other) {
            let seen = format!("the token has `{other}`");
            return Err(IdentityError::VersionMismatch { seen, wanted });
        }
    }
    let [id, authentication] = names;
    Ok(Client {
        issuer: issuer.to_owned(),
        id: claims::guid(claims, id)?
            .ok_or_else(|| IdentityError::ActorMissing { wanted: format!("`{id}`") })?,
        authentication: client_authentication(claims, authentication)?,
    })
}

const V1: [&str; 2] = ["appid", "appidacr"];
const V2: [&str; 2] = ["azp", "azpacr"];

fn version(claims: &Object) -> Result<Version, IdentityError> {
    match claims.string("ver")? {
        Some("1.0") => Ok(Version::V1),
        Some("2.0") => Ok(Version::V2),
        other => Err(IdentityError::VersionMismatch {
            seen: match other {
                Some(version) => format!("`ver` is {}", Quoted(version)),
                None => "the token has no `ver`".to_owned(),
            },
            wanted: "an Entra token has `1.0` or `2.0`",
        }),
    }
}

/// By the form alone: which hosts and tenants are trusted is the token crate's question.
fn issuer_version(issuer: &str) -> Option<Version> {
    if issuer.starts_with("https://sts.") && issuer.ends_with('/') {
        Some(Version::V1)
    } else if issuer.starts_with("https://login.") && issuer.ends_with("/v2.0") {
        Some(Version::V2)
    } else {
        None
    }
}

fn client_authentication(
    claims: &Object,
    claim: &str,
) -> Result<Option<ClientAuthentication>, IdentityError> {
    match claims.string(claim)? {
        None => Ok(None),
        Some("0") => Ok(Some(ClientAuthentication::Public)),
        Some("1") => Ok(Some(ClientAuthentication::Secret)),
        Some("2") => Ok(Some(ClientAuthentication::Assertion)),
        Some(other) => Err(claims::malformed(claim, Quoted(other).to_string(), "`0`, `1` or `2`")),
    }
}
