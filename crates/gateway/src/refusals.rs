//! The refusals of a gateway's own rules, in words.

use vicar::Refusal;
use vicar_mcp::MessageError;
use vicar_token::{Reason, quote::Quoted};

use crate::reason;

pub(crate) fn refusal(
    reason: &'static Reason,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Refusal {
    Refusal { reason, message: message.into(), remedy: remedy.into() }
}

pub(crate) fn head_malformed(name: &str, problem: &str) -> Refusal {
    refusal(
        &reason::HEAD_MALFORMED,
        format!("the request's `{name}` {problem}"),
        "send an HTTP request with one method, authority and path",
    )
}

pub(crate) fn upgrade() -> Refusal {
    refusal(
        &reason::UPGRADE_REFUSED,
        "the request asks to switch protocols (`Upgrade` or `CONNECT`)",
        "send plain HTTP requests, or have the gateway's `upgrade` setting allow it",
    )
}

pub(crate) fn section(wanted: &str, found: Option<&str>) -> Refusal {
    let found = found.map_or_else(|| "no part of it".to_owned(), |name| Quoted(name).to_string());
    refusal(
        &reason::SECTION_MISMATCH,
        format!(
            "the proxy's route is for {} of the bundle's surface, and {found} serves the request",
            Quoted(wanted)
        ),
        "compare the proxy's route with the bundle's surface",
    )
}

pub(crate) fn body_too_large(limit: usize) -> Refusal {
    refusal(
        &reason::BODY_TOO_LARGE,
        format!("the body is longer than {limit} bytes"),
        "send a shorter body, or raise `body_limit_bytes`",
    )
}

pub(crate) fn model_ambiguous(message: String) -> Refusal {
    refusal(&reason::MODEL_AMBIGUOUS, message, "name the model once, as `model` or in the path")
}

pub(crate) fn message(error: &MessageError) -> Refusal {
    refusal(error.reason(), error.to_string(), error.remedy())
}
