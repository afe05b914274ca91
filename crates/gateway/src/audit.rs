//! The audit record of a decision: one line of JSON, described in `docs/audit.md`.

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
        sentence: end.sentence,
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

/// Text of the caller, cut at 512 characters and without control characters: log viewers and
/// terminals may show it as it is.
fn shown(text: &str) -> String {
    let clean = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut shown: String = text.chars().take(LONGEST).map(clean).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

const LONGEST: usize = 512;
