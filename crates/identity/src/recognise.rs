//! What a token is, before anything else is read from it.
//!
//! The rules stand in the order in which they are tried, most certain first: the explicit type
//! (RFC 8725 section 3.11), the audience, the form of the subject, then the claims that only one
//! kind of token carries. No rule needs a verified signature, and none makes a token more than
//! it is: a token that no rule knows is taken for an access token and then has to pass as one.

use vicar_token::{Json, Object, quote::Quoted};

use crate::{Directory, TokenKind, eid1, exchange_audience::is_exchange_audience, guid};

/// What a token is, and why it is taken for that.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Recognition {
    /// What it is.
    pub kind: TokenKind,
    /// The finding that says so, in plain words.
    pub why: String,
}

/// Recognises a token by its header type and claims alone; the claims may be unverified.
///
/// A user's token for a blueprint (Tc) looks like any other delegated token; see
/// [`recognise_in`].
pub fn recognise(header_type: Option<&str>, claims: &Object) -> Recognition {
    recognise_in(header_type, claims, &Directory::default())
}

/// As [`recognise`], and knows a token for one of the directory's blueprints as Tc.
pub fn recognise_in(
    header_type: Option<&str>,
    claims: &Object,
    directory: &Directory,
) -> Recognition {
    by_header_type(header_type)
        .or_else(|| by_subject(claims))
        .or_else(|| by_audience(claims, directory))
        .or_else(|| by_service_actor(claims))
        .or_else(|| by_payload_type(claims))
        .or_else(|| by_purpose(claims))
        .or_else(|| by_sign_in(claims))
        .unwrap_or_else(|| Recognition {
            kind: TokenKind::AccessToken,
            why: "nothing marks it as another kind of token".to_owned(),
        })
}

/// Header types of tokens that are not access tokens (media types without `application/`).
const HEADER_TYPES: [(&str, TokenKind, &str); 27] = [
    ("aa-agent+jwt", TokenKind::OtherToken, "an AAuth agent token"),
    ("aa-auth+jwt", TokenKind::OtherToken, "an AAuth authorisation token, bound to a key"),
    ("aa-person+jwt", TokenKind::OtherToken, "an AAuth person token"),
    ("aa-resource+jwt", TokenKind::OtherToken, "an AAuth resource token"),
    ("client-authentication+jwt", TokenKind::OtherToken, "a client assertion (RFC 7523)"),
    ("dc+sd-jwt", TokenKind::OtherToken, "a digital credential (SD-JWT VC)"),
    ("dpop+jwt", TokenKind::Proof, "a DPoP proof (RFC 9449)"),
    ("entity-statement+jwt", TokenKind::OtherToken, "an OpenID Federation statement"),
    ("jwe", TokenKind::OtherToken, "an encrypted token"),
    ("kb+jwt", TokenKind::Proof, "a key-binding proof (SD-JWT)"),
    ("logout+jwt", TokenKind::OtherToken, "a logout token"),
    ("oauth-authz-req+jwt", TokenKind::OtherToken, "an authorisation request (RFC 9101)"),
    ("oauth-client-attestation+jwt", TokenKind::OtherToken, "a client attestation"),
    ("oauth-client-attestation-pop+jwt", TokenKind::Proof, "a client attestation's proof"),
    ("oauth-id-jag+jwt", TokenKind::IdJag, "an identity assertion authorisation grant"),
    ("openid4vci-proof+jwt", TokenKind::Proof, "a credential request's proof"),
    ("passport", TokenKind::OtherToken, "a caller's identity (RFC 8225)"),
    ("pop", TokenKind::Proof, "a signed HTTP request (PoP token)"),
    ("resolve-response+jwt", TokenKind::OtherToken, "an OpenID Federation answer"),
    ("secevent+jwt", TokenKind::OtherToken, "a security event (RFC 8417)"),
    ("statuslist+jwt", TokenKind::OtherToken, "a token status list"),
    ("token-introspection+jwt", TokenKind::OtherToken, "an introspection answer (RFC 9701)"),
    ("txntoken+jwt", TokenKind::TransactionToken, "a transaction token"),
    ("vc+jwt", TokenKind::OtherToken, "a verifiable credential"),
    ("vc+sd-jwt", TokenKind::OtherToken, "a verifiable credential (SD-JWT)"),
    ("wit+jwt", TokenKind::WorkloadIdentityToken, "a workload identity token, bound to a key"),
    ("wpt+jwt", TokenKind::Proof, "a workload's proof"),
];

/// Types that an access token may have: none, `JWT`, `at+jwt` (RFC 9068), `JOSE` (JWT-SVID).
const ACCESS_TOKEN_TYPES: [&str; 3] = ["at+jwt", "jose", "jwt"];

fn by_header_type(header_type: Option<&str>) -> Option<Recognition> {
    // RFC 7515 section 4.1.9: the prefix may be left out, letter case does not matter.
    let lower = header_type?.to_ascii_lowercase();
    let name = lower.strip_prefix("application/").unwrap_or(&lower);
    if ACCESS_TOKEN_TYPES.contains(&name) {
        return None;
    }
    let known = HEADER_TYPES.iter().find(|(known, ..)| *known == name);
    let written = Quoted(header_type.unwrap_or_default());
    Some(match known {
        Some((_, kind, words)) => found(*kind, format!("its `typ` is {written}: {words}")),
        None => found(
            TokenKind::OtherToken,
            format!("its `typ` is {written}, which no access token has"),
        ),
    })
}

fn by_subject(claims: &Object) -> Option<Recognition> {
    let subject = text(claims, "sub")?;
    subject.starts_with(eid1::PREFIX).then(|| {
        let made_for = eid1::ExchangeSubject::parse(subject)
            .and_then(|subject| subject.agent())
            .map(|agent| format!(", made for the agent identity `{agent}`"))
            .unwrap_or_default();
        let why = format!("its `sub` starts with `{}`{made_for}", eid1::PREFIX);
        found(TokenKind::BlueprintExchange, why)
    })
}

fn by_audience(claims: &Object, directory: &Directory) -> Option<Recognition> {
    let audiences = audiences(claims);
    if let Some(exchange) = audiences.iter().find(|audience| is_exchange_audience(audience)) {
        let why = format!("its `aud` is {}, the token exchange", Quoted(exchange));
        return Some(found(TokenKind::ExchangeToken, why));
    }
    audiences.into_iter().find_map(|audience| {
        let id = guid::parse(audience.strip_prefix("api://").unwrap_or(audience))?;
        let blueprint = directory.blueprints.iter().find(|known| known.id == id)?;
        let why = format!("its `aud` is the blueprint {}", Quoted(&blueprint.name));
        Some(found(TokenKind::UserAssertion, why))
    })
}

/// Service tokens of the Access Control Service line, which Entra's own services exchange.
fn by_service_actor(claims: &Object) -> Option<Recognition> {
    const ISSUER: &str = "00000001-0000-0000-c000-000000000000@";
    let why = if text(claims, "iss").is_some_and(|issuer| issuer.starts_with(ISSUER)) {
        "its `iss` is the legacy access control service"
    } else if claims.contains("actortoken") {
        "it wraps another token in `actortoken`"
    } else if claims.contains("trustedfordelegation") {
        "it has the claim `trustedfordelegation`"
    } else {
        return None;
    };
    Some(found(TokenKind::ServiceActor, why))
}

/// Keycloak repeats the type in the claims.
fn by_payload_type(claims: &Object) -> Option<Recognition> {
    let written = text(claims, "typ")?;
    let kind = match written {
        "ID" => TokenKind::IdToken,
        "Logout" | "Offline" | "Refresh" => TokenKind::OtherToken,
        _ => return None,
    };
    Some(found(kind, format!("its claim `typ` is {}", Quoted(written))))
}

/// Kinds with a claim of their own, when the header does not name them.
fn by_purpose(claims: &Object) -> Option<Recognition> {
    if claims.contains("req_wl") && claims.contains("txn") {
        let why = "it has the claims `txn` and `req_wl`";
        return Some(found(TokenKind::TransactionToken, why));
    }
    if claims.contains("htm") && claims.contains("htu") {
        return Some(found(TokenKind::Proof, "it has the claims `htm` and `htu` of a DPoP proof"));
    }
    if claims.contains("wth") {
        return Some(found(TokenKind::Proof, "it has the claim `wth` of a workload's proof"));
    }
    if claims.contains("events") {
        let why = "it has the claim `events` of a security event or logout token";
        return Some(found(TokenKind::OtherToken, why));
    }
    let subject = text(claims, "sub")?;
    (text(claims, "iss") == Some(subject)).then(|| {
        found(TokenKind::OtherToken, "its `iss` is its own `sub`: a client assertion (RFC 7523)")
    })
}

/// ID tokens have no type of their own: they are known by what only a sign-in leaves behind.
fn by_sign_in(claims: &Object) -> Option<Recognition> {
    const HASHES: [&str; 3] = ["at_hash", "c_hash", "s_hash"];
    const PERMISSIONS: [&str; 4] = ["permissions", "roles", "scope", "scp"];
    const CLIENTS: [&str; 6] = ["act", "appid", "azp", "cid", "client_id", "xms_act_fct"];
    const PROFILE: [&str; 5] = ["auth_time", "email", "name", "nonce", "preferred_username"];

    if let Some(hash) = HASHES.iter().find(|claim| claims.contains(claim)) {
        let why = format!("it has the claim `{hash}`, which ties it to a sign-in");
        return Some(found(TokenKind::IdToken, why));
    }
    let has_any = |names: &[&str]| names.iter().any(|claim| claims.contains(claim));
    if claims.contains("nonce") && !(has_any(&PERMISSIONS) && has_any(&CLIENTS)) {
        let why = "it has the `nonce` of a sign-in and does not name both a client and permissions";
        return Some(found(TokenKind::IdToken, why));
    }
    // Entra's access tokens name a client, whatever else they lack; elsewhere a mapping may find
    // client and permissions under names of its own.
    let entra = claims.contains("tid");
    if entra && has_any(&PROFILE) && !has_any(&PERMISSIONS) && !has_any(&CLIENTS) {
        let why = "it describes a user and names neither a client nor permissions";
        return Some(found(TokenKind::IdToken, why));
    }
    None
}

fn found(kind: TokenKind, why: impl Into<String>) -> Recognition {
    Recognition { kind, why: why.into() }
}

fn text<'a>(claims: &'a Object, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// The texts in `aud`, whatever else stands there.
fn audiences(claims: &Object) -> Vec<&str> {
    match claims.get("aud") {
        Some(Json::String(audience)) => vec![audience],
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
