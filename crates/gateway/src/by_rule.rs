//! Requests that no policy is asked about.

use vicar_token::Reason;

use crate::{
    Allow, Answer, Field, Head, Observed, Outcome, State, Step,
    facts::Facts,
    gateway::Terms,
    reason,
    settings::{Preflight, Upgrade},
};

/// Passes a request of a route that skips every decision.
pub(crate) fn skipped(terms: &Terms) -> Step {
    pass(terms, &reason::SKIPPED, Vec::new())
}

/// Passes a CORS preflight request, without a token that it should not have.
pub(crate) fn preflight(terms: &Terms) -> Step {
    pass(terms, &reason::PREFLIGHT, vec!["authorization"])
}

fn pass(terms: &Terms, reason: &'static Reason, remove: Vec<&'static str>) -> Step {
    let bundle = std::sync::Arc::clone(&terms.digest);
    let policies = String::new();
    Step::Allow(Box::new(Allow {
        remove,
        set: Vec::new(),
        state: State { admitted: None, allowed: true, bundle, policies, reason },
        filters_response: false,
        record: None,
        observed: Observed {
            outcome: Outcome::Skipped,
            reason,
            verifier: None,
            cached: false,
            admitted: None,
        },
        verdict: None,
    }))
}

/// Whether this is a CORS preflight request (Fetch section 3.3.2) and the settings let it pass.
pub(crate) fn is_preflight<H: Head + ?Sized>(terms: &Terms, facts: &Facts<'_>, head: &H) -> bool {
    let is_there = |name| head.field(name) != Field::Absent;
    terms.settings.preflight == Preflight::Pass
        && facts.method == "OPTIONS"
        && facts.end_of_stream
        && is_there("origin")
        && is_there("access-control-request-method")
}

/// Whether the request asks for another protocol and the settings refuse that.
pub(crate) fn refuses_upgrade<H: Head + ?Sized>(
    terms: &Terms,
    facts: &Facts<'_>,
    head: &H,
) -> bool {
    terms.settings.upgrade == Upgrade::Refuse
        && (facts.method == "CONNECT" || head.field("upgrade") != Field::Absent)
}

/// The protected resource metadata (RFC 9728 section 3.2), when this request asks for it. It is
/// public, and web pages may read it.
pub(crate) fn metadata(terms: &Terms, facts: &Facts<'_>) -> Option<Answer> {
    let resource = terms.resource.as_ref()?;
    let same_host = |host: &str| host.eq_ignore_ascii_case(&resource.host);
    let host_is_ours =
        same_host(&facts.host) || facts.host.strip_suffix(":443").is_some_and(same_host);
    if facts.path != resource.path || !host_is_ours {
        return None;
    }
    let (status, body) = match &*facts.method {
        "GET" => (200, resource.document.clone()),
        "HEAD" => (200, String::new()),
        "OPTIONS" => (204, String::new()),
        _ => (405, String::new()),
    };
    let mut headers = vec![("access-control-allow-origin", "*".to_owned())];
    match status {
        200 => headers.extend([
            ("cache-control", "max-age=3600".to_owned()),
            ("content-type", "application/json".to_owned()),
        ]),
        204 => headers.extend([
            ("access-control-allow-headers", "mcp-protocol-version".to_owned()),
            ("access-control-allow-methods", ALLOWED.to_owned()),
        ]),
        _ => headers.push(("allow", ALLOWED.to_owned())),
    }
    Some(Answer { status, headers, body, details: "vicar_resource_metadata".to_owned() })
}

const ALLOWED: &str = "GET, HEAD, OPTIONS";
