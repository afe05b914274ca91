//! The span around one request of an exchange: where it went and how that ended, nothing of what
//! was in it.

use reqwest::Url;
use tracing::{Span, field::Empty};
use vicar_exchange::{Carriage, HttpResponse, step::Method};

use super::TokenRequest;

/// The target of the spans that may be exported. No other crate's spans have it, so that what may
/// be in those never leaves the process.
pub(crate) const SPANS: &str = "vicar::trace";

/// A client's span (OpenTelemetry semantic conventions for HTTP). The address's path and query
/// stay out, and so do all fields of the form but these two, which hold no secret.
pub(super) fn span(request: &TokenRequest, correlation_id: Option<&str>) -> Span {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let span = tracing::info_span!(
        target: SPANS,
        "token request",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        error.type = Empty,
        http.request.method = method,
        http.response.status_code = Empty,
        server.address = Empty,
        server.port = Empty,
        vicar.client = Empty,
        vicar.correlation_id = correlation_id,
        vicar.grant_type = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    if let Ok(url) = Url::parse(&request.url) {
        span.record("server.address", url.host_str());
        span.record("server.port", url.port_or_known_default().map(i64::from));
    }
    let shown = |wanted: &str| {
        request.shown.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    span.record("vicar.client", shown("client_id"));
    span.record("vicar.grant_type", shown("grant_type"));
    span
}

/// How the request ended.
pub(super) fn ended(span: &Span, answer: &Result<HttpResponse, Carriage>) {
    let failed = match answer {
        Ok(answer) => {
            span.record("http.response.status_code", i64::from(answer.status));
            (answer.status >= 400).then(|| answer.status.to_string())
        }
        Err(carriage) => Some(kind(*carriage).to_owned()),
    };
    if let Some(kind) = failed {
        span.record("error.type", kind);
        span.record("otel.status_code", "error");
    }
}

const fn kind(carriage: Carriage) -> &'static str {
    match carriage {
        Carriage::Connection => "connection",
        Carriage::Deadline => "timeout",
        Carriage::TooLarge => "answer_too_large",
        Carriage::Untrusted => "certificate_refused",
        _ => "_OTHER",
    }
}
