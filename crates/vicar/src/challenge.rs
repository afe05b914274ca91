//! What a denied caller is told: HTTP status and `WWW-Authenticate`
//! (RFC 6750 section 3, RFC 9470 section 3, RFC 9728 section 5.1, Entra claims challenges).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vicar_bundle::contents::Answers;
use vicar_identity::{Identity, Mode};
use vicar_token::{Reason, SignatureVerifier};

use crate::{Gate, reason};

/// The HTTP answer to a denied call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// 401 when another token could help, 403 when not, 503 when keys are missing.
    pub(crate) status: u16,
    /// The value of `WWW-Authenticate`, where the status calls for one.
    pub(crate) authenticate: Option<String>,
}

/// What decides the challenge besides the reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// How the bundle wants answers to look.
    pub(crate) answers: &'a Answers,
    /// The sentence for people.
    pub(crate) sentence: &'a str,
    /// Who called, when the token got that far.
    pub(crate) identity: Option<&'a Identity>,
    /// All scopes that the operation needs.
    pub(crate) scopes: &'a [String],
    /// The authentication context that the nearest policy names (`@challenge`).
    pub(crate) authentication_context: Option<&'a str>,
}

/// The answer to a call denied for `reason`.
pub(crate) fn challenge(reason: &'static Reason, facts: &Facts<'_>) -> Challenge {
    if reason == &reason::AUTHENTICATION_CONTEXT_REQUIRED {
        return step_up(facts);
    }
    if reason == &reason::SCOPE_INSUFFICIENT {
        let scope = facts.scopes.join(" ");
        return Challenge {
            status: 403,
            authenticate: Some(bearer(
                facts.answers,
                &[
                    ("error", "insufficient_scope"),
                    ("error_description", facts.sentence),
                    ("scope", &scope),
                ],
            )),
        };
    }
    let authenticate = match reason.status {
        // RFC 6750 section 3.1: a request without a token is told no error code.
        401 if reason == &vicar_token::reason::TOKEN_MISSING => {
            let scope = facts.scopes.join(" ");
            let scope = Some(("scope", scope.as_str())).filter(|(_, scope)| !scope.is_empty());
            Some(bearer(facts.answers, scope.as_slice()))
        }
        401 => Some(bearer(
            facts.answers,
            &[("error", "invalid_token"), ("error_description", facts.sentence)],
        )),
        _ => None,
    };
    Challenge { status: reason.status, authenticate }
}

impl<V: SignatureVerifier> Gate<V> {
    /// The challenge for a request that carries its token in a wrong way: twice, in the query, or
    /// in a form that is none (RFC 6750 section 3.1, `invalid_request`).
    pub fn invalid_request(&self, sentence: &str) -> String {
        let parameters = [("error", "invalid_request"), ("error_description", sentence)];
        bearer(&self.bundle().contents().answers, &parameters)
    }

    /// The challenge for a request that tried another scheme: it is told no error code
    /// (RFC 6750 section 3.1).
    pub fn bare_challenge(&self) -> String {
        bearer(&self.bundle().contents().answers, &[])
    }
}

/// A stronger sign-in: possible only where a person signs in, and only Entra clients that
/// declare `cp1` understand its claims challenge.
fn step_up(facts: &Facts<'_>) -> Challenge {
    let refused = Challenge { status: 403, authenticate: None };
    let (Some(identity), Some(context)) = (facts.identity, facts.authentication_context) else {
        return refused;
    };
    if !matches!(identity.mode, Mode::OnBehalfOf | Mode::User) {
        return refused;
    }
    if identity.family != vicar_identity::profile::Family::Entra {
        return Challenge {
            status: 401,
            authenticate: Some(bearer(
                facts.answers,
                &[
                    ("error", "insufficient_user_authentication"),
                    ("error_description", facts.sentence),
                    ("acr_values", context),
                ],
            )),
        };
    }
    if !identity.capabilities.contains("cp1") {
        return refused;
    }
    let claims = crate::canonical::to_json(&serde_json::json!({
        "access_token": { "acrs": { "essential": true, "value": context } }
    }));
    let uri = facts
        .answers
        .authorization_uri
        .as_deref()
        .unwrap_or("https://login.microsoftonline.com/common/oauth2/authorize");
    Challenge {
        status: 401,
        authenticate: Some(bearer(
            facts.answers,
            &[
                ("authorization_uri", uri),
                ("error", "insufficient_claims"),
                ("claims", &STANDARD.encode(claims)),
            ],
        )),
    }
}

fn bearer(answers: &Answers, parameters: &[(&str, &str)]) -> String {
    let metadata = answers.resource_metadata.as_deref().map(|uri| ("resource_metadata", uri));
    let is_bare = parameters.is_empty() && metadata.is_none();
    // RFC 6750 section 3 wants at least one parameter.
    let realm = answers.realm.as_deref().or(is_bare.then_some("")).map(|realm| ("realm", realm));
    let parameters: Vec<String> = realm
        .into_iter()
        .chain(parameters.iter().copied())
        .chain(metadata)
        .map(|(name, value)| format!("{name}=\"{}\"", quotable(value)))
        .collect();
    format!("Bearer {}", parameters.join(", "))
}

/// `value` with what a quoted parameter may not hold (RFC 6750 section 3) replaced.
fn quotable(value: &str) -> String {
    value
        .chars()
        .map(|character| match character {
            '"' | '\\' => '\'',
            ' '..='~' => character,
            _ => '?',
        })
        .collect()
}
