//! The audit record of a decision: one line of JSON, described in `docs/audit.md`.

use std::borrow::Cow;

use serde::Serialize;
use vicar::{Operation, Ruling};
use vicar_identity::{Identity, Principal};
use vicar_token::{SignatureVerifier, UnixSeconds};

use crate::{Observed, Outcome, conclude::Case};

/// How the request ended.
pub(crate) struct End<'a> {
    pub(crate) sentence: &'a str,
    /// The answer's status; nothing for a request that passed.
    pub(crate) status: Option<u16>,
}

/// Makes the record. It never holds a token, a query, a header or an argument.
pub(crate) fn record<V: SignatureVerifier>(
    case: &Case<'_>,
    ruling: &Ruling<'_, V>,
    observed: &Observed,
    end: &End<'_>,
    now: UnixSeconds,
) -> String {
    let decision = ruling.decision();
    let facts = case.facts;
    let (mcp, model) = match case.operation {
        Operation::Http => (None, None),
        Operation::Llm { model } => (None, Some(shown(model))),
        Operation::Mcp { method, name, .. } => {
            (Some(McpRecord { method: shown(method), name: name.map(shown) }), None)
        }
    };
    let record = Record {
        vicar_audit: 1,
        time: now,
        verdict: if decision.allowed { "allow" } else { "deny" },
        reason: decision.reason.code,
        sentence: &without_tokens(end.sentence),
        shadow: observed.outcome == Outcome::Shadowed,
        request: RequestRecord {
            id: facts.request_id.as_deref().map(shown),
            method: shown(&facts.method),
            host: shown(&facts.host),
            path: shown(&facts.path),
            route: facts.route.name.as_deref(),
            section: facts.place.as_ref().map(|place| place.name.as_str()),
            mcp,
            model,
            status: end.status,
        },
        identity: decision
            .admitted
            .as_deref()
            .map(|admitted| IdentityRecord::of(admitted.identity())),
        action: ruling.action().map(|action| &*action.id),
        resource: ruling.resource().map(ToString::to_string),
        policies: ruling.policies().collect(),
        bundle: &case.terms.digest,
        verifier: observed.verifier,
        cached: observed.cached,
    };
    // Texts, numbers and lists cannot fail to serialise; `null` is no record.
    serde_json::to_string(&record).unwrap_or_else(|_| "null".to_owned())
}

#[derive(Serialize)]
struct Record<'a> {
    vicar_audit: u8,
    time: UnixSeconds,
    verdict: &'static str,
    reason: &'static str,
    sentence: &'a str,
    shadow: bool,
    request: RequestRecord<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<IdentityRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    policies: Vec<&'a str>,
    bundle: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<&'static str>,
    cached: bool,
}

#[derive(Serialize)]
struct RequestRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    method: String,
    host: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mcp: Option<McpRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

#[derive(Serialize)]
struct McpRecord {
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize)]
struct IdentityRecord<'a> {
    summary: String,
    issuer: &'a str,
    mode: &'static str,
    subject: PrincipalRecord<'a>,
    actor: PrincipalRecord<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blueprint: Option<NamedRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<NamedRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

#[derive(Serialize)]
struct PrincipalRecord<'a> {
    kind: &'static str,
    id: &'a str,
    realm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct NamedRecord<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> IdentityRecord<'a> {
    fn of(identity: &'a Identity) -> Self {
        Self {
            summary: identity.to_string(),
            issuer: &identity.issuer_name,
            mode: identity.mode.name(),
            subject: PrincipalRecord::of(&identity.subject),
            actor: PrincipalRecord::of(&identity.actor),
            blueprint: identity.blueprint.as_ref().map(|blueprint| NamedRecord {
                id: &blueprint.id,
                name: blueprint.name.as_deref(),
            }),
            tenant: identity
                .tenant
                .as_ref()
                .map(|tenant| NamedRecord { id: &tenant.id, name: tenant.name.as_deref() }),
            token: identity.token.id.as_deref(),
        }
    }
}

impl<'a> PrincipalRecord<'a> {
    fn of(principal: &'a Principal) -> Self {
        Self {
            kind: principal.kind.name(),
            id: &principal.id,
            realm: &principal.realm,
            name: principal.name.as_deref(),
        }
    }
}

/// Text of the caller, cut at 512 characters, without control characters (log viewers and terminals
/// may show it as it is) and without what looks like a token.
fn shown(text: &str) -> String {
    let text = without_tokens(text);
    let clean = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut shown: String = text.chars().take(LONGEST).map(clean).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// `text` with everything that looks like a compact token (it begins as base64url of `{"` does) left
/// out: people put tokens into paths and names too.
fn without_tokens(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut clean = String::new();
    while let Some((before, from)) = rest.find(BEGINNING).and_then(|at| rest.split_at_checked(at)) {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let length = from.bytes().position(|byte| !is_part(byte)).unwrap_or(from.len());
        let (run, after) = from.split_at_checked(length).unwrap_or((from, ""));
        clean.push_str(before);
        clean.push_str(if run.len() < SHORTEST_TOKEN { run } else { "…" });
        rest = after;
    }
    if clean.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

const BEGINNING: &str = "eyJ";
const SHORTEST_TOKEN: usize = 16;
const LONGEST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_left_out() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        for (text, clean) in [
            (format!("/files/{token}/x"), "/files/…/x"),
            (format!("{token} {token}"), "… …"),
            (token.to_owned(), "…"),
            ("/eyJ/eyJz".to_owned(), "/eyJ/eyJz"),
            ("/plain".to_owned(), "/plain"),
            (String::new(), ""),
        ] {
            assert_eq!(shown(&text), clean);
        }
    }

    #[test]
    fn text_is_cut_and_harmless() {
        assert_eq!(shown("a\n\u{1b}[31m"), "a\u{fffd}\u{fffd}[31m");
        assert_eq!(shown(&"ü".repeat(600)).chars().count(), 513);
    }
}
