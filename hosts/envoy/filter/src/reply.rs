//! Answers that the filter gives when there is no gateway to give one.

use vicar_token::Reason;

use crate::host::{LocalReply, LogLevel, ProxyHost};

/// Answers a request that is stopped for a reason of the filter's own.
pub(crate) fn refuse(host: &impl ProxyHost, reason: &'static Reason) {
    let details = format!("vicar_{}", reason.code);
    // Codes and sentences are constants without quotes.
    let body = format!(
        "{{\"type\":\"about:blank\",\"status\":{},\"detail\":\"{}\",\"reason\":\"{}\"}}",
        reason.status,
        sentence(reason),
        reason.code
    );
    let headers: &[(&str, &str)] = &[
        ("content-type", "application/problem+json"),
        ("cache-control", "no-store"),
        ("retry-after", "5"),
    ];
    let headers = if reason.status == 503 { headers } else { headers.get(..2).unwrap_or(headers) };
    send(
        host,
        &LocalReply { status: reason.status, details: &details, headers, body: body.as_bytes() },
    );
}

/// What the caller is told.
fn sentence(reason: &Reason) -> &'static str {
    match reason.code {
        "body_late" => "The body that has to be judged did not come in time. Send it at once.",
        "filter_not_ready" => "The gateway has no policies yet. Try again in a few seconds.",
        "route_changed" => "The answer would have led to a route with other settings.",
        "route_settings" => "The settings of this route are not what the gateway accepts.",
        _ => "The gateway could not judge the request.",
    }
}

/// Sends a reply. When the proxy does not take it, the request stays paused until the proxy's own
/// timeouts end it; the log says so.
pub(crate) fn send(host: &impl ProxyHost, reply: &LocalReply<'_>) {
    if let Err(status) = host.reply(reply) {
        host.log(LogLevel::Error, &format!("vicar: an answer could not be sent: {status}"));
    }
}
