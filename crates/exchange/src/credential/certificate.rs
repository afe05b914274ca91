//! The client assertion of a certificate credential (RFC 7523 section 2.2).

use vicar_token::{Json, Object, UnixSeconds, base64url};

use super::Thumbprint;
use crate::Guid;

/// How long an assertion is good for, in seconds. Entra wants it short.
const LIFETIME: u64 = 300;

/// What has to be signed: header and claims, each in base64url, joined by a dot.
pub(crate) fn client_assertion_input(
    client: &str,
    audience: &str,
    thumbprint: &Thumbprint,
    id: &Guid,
    now: UnixSeconds,
) -> String {
    let text = |text: &str| Json::from(text);
    let time = |seconds: u64| Json::from(i64::try_from(seconds).unwrap_or(i64::MAX));
    let header: Object = [
        ("alg", text("PS256")),
        ("typ", text("JWT")),
        ("x5t#S256", text(&thumbprint.to_base64url())),
    ]
    .into_iter()
    .collect();
    let claims: Object = [
        ("aud", text(audience)),
        ("iss", text(client)),
        ("sub", text(client)),
        ("jti", text(id.as_str())),
        ("nbf", time(now)),
        ("iat", time(now)),
        ("exp", time(now.saturating_add(LIFETIME))),
    ]
    .into_iter()
    .collect();
    let part = |object: Object| base64url::encode(Json::from(object).to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}
