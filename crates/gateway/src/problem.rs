//! The answer to a request that is stopped: problem details (RFC 9457), or a JSON-RPC error for
//! an MCP message.

use std::borrow::Cow;

use serde::Serialize;
use vicar::{Ruling, Verdict, verdict::PolicyDocument};
use vicar_mcp::{
    ErrorAnswer,
    error_answer::{HEADER_MISMATCH, INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, REFUSED},
};
use vicar_token::{Reason, SignatureVerifier};

use crate::{Answer, conclude::Case, reason};

/// The answer to a denied request.
pub(crate) fn answer<V: SignatureVerifier>(
    case: &Case<'_>,
    ruling: &Ruling<'_, V>,
    verdict: &Verdict,
) -> Answer {
    let reason = ruling.decision().reason;
    let detail = case.terms.settings.detail && ruling.gate().bundle().contents().answers.detail;
    // The sentence of a decision quotes the clause that failed.
    let sentence = match (detail, ruling.action()) {
        (false, Some(_)) => {
            Cow::Owned(format!("Denied: the policies refuse this call (`{reason}`)."))
        }
        _ => Cow::Borrowed(verdict.sentence.as_str()),
    };
    let challenge = challenge(ruling, &sentence, reason);
    let speaks_mcp = case.facts.is_mcp() && case.facts.method == "POST";
    let mut status = verdict.answer.status;
    if speaks_mcp && status == 403 && challenge.is_none() && case.id.is_some() {
        status = case.terms.settings.mcp_denial_status;
    }
    let details = format!("vicar_{}", reason.code);
    let mut headers = Vec::with_capacity(4);
    headers.push(("cache-control", "no-store".to_owned()));
    headers.extend(challenge.map(|challenge| ("www-authenticate", challenge)));
    if status == 503 {
        headers.push(("retry-after", case.terms.settings.retry_after_seconds.to_string()));
    }
    let data = Data::of(verdict, detail);
    let body = if speaks_mcp {
        headers.push(("content-type", "application/json".to_owned()));
        let (id, message) = (case.id, &*sentence);
        let data = json(&data);
        ErrorAnswer { id, code: code(reason), message, data: Some(&data) }.to_json()
    } else {
        headers.push(("content-type", "application/problem+json".to_owned()));
        json(&Problem {
            kind: "about:blank",
            title: title(status),
            status,
            detail: &sentence,
            data,
        })
    };
    let body = if case.facts.method == "HEAD" { String::new() } else { body };
    Answer { status, headers, body, details }
}

/// `data` of a JSON-RPC error that has a reason and nothing else to say.
pub(crate) fn reason_data(reason: &str) -> String {
    json(&Data { reason, change: &[], findings: &[] })
}

fn challenge<V: SignatureVerifier>(
    ruling: &Ruling<'_, V>,
    sentence: &str,
    reason: &'static Reason,
) -> Option<String> {
    let misplaced =
        [&reason::AUTHORIZATION_MALFORMED, &reason::TOKEN_AMBIGUOUS, &reason::TOKEN_IN_QUERY];
    if misplaced.contains(&reason) {
        return Some(ruling.gate().invalid_request(sentence));
    }
    if reason == &reason::AUTHORIZATION_SCHEME {
        return Some(ruling.gate().bare_challenge());
    }
    ruling.challenge(sentence)
}

/// RFC 9457 section 3.1; with the type `about:blank` the title is the status's phrase.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    data: Data<'a>,
}

/// What a caller is told besides the sentence.
#[derive(Serialize)]
struct Data<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    change: &'a [String],
    #[serde(skip_serializing_if = "<[PolicyDocument]>::is_empty")]
    findings: &'a [PolicyDocument],
}

impl<'a> Data<'a> {
    fn of(verdict: &'a Verdict, detail: bool) -> Self {
        match detail {
            true => Self {
                reason: verdict.reason,
                change: &verdict.change,
                findings: &verdict.findings,
            },
            false => Self { reason: verdict.reason, change: &[], findings: &[] },
        }
    }
}

fn json<T: Serialize>(document: &T) -> String {
    // Texts, numbers and lists cannot fail to serialise; `null` says nothing wrong.
    serde_json::to_string(document).unwrap_or_else(|_| "null".to_owned())
}

fn code(reason: &'static Reason) -> i32 {
    let mcp = [
        (&vicar_mcp::reason::BATCH_REFUSED, INVALID_REQUEST),
        (&vicar_mcp::reason::MCP_HEADER_MISMATCH, HEADER_MISMATCH),
        (&vicar_mcp::reason::MESSAGE_AMBIGUOUS, INVALID_REQUEST),
        (&vicar_mcp::reason::MESSAGE_MALFORMED, PARSE_ERROR),
    ];
    match mcp.into_iter().find(|(known, _)| *known == reason) {
        Some((_, code)) => code,
        None if reason.status == 503 => INTERNAL_ERROR,
        None => REFUSED,
    }
}

const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Forbidden",
    }
}
