//! The sidecar's spans, and what stands in them: HTTP semantic conventions, and `vicar.` for the
//! rest. Attributes come from the configuration, from verified tokens and from closed sets; what a
//! caller wrote freely is left out, but for the path, which is looked at.

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, header},
};
use opentelemetry::{Array, StringValue, Value, trace::Status};
use reqwest::Url;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{
    exchange::{RunError, SPANS, Source},
    serve::{
        audit::{ExchangeRecord, Outcome},
        refusal::Refusal,
    },
};

/// The span around a request: the server's. Probes have none, there are too many of them.
pub(in crate::serve) fn request(request: &Request) -> Span {
    if PROBES.contains(&request.uri().path()) {
        return Span::none();
    }
    let span = tracing::info_span!(
        target: SPANS,
        "request",
        otel.name = tracing::field::Empty,
        otel.kind = "server",
    );
    if span.is_disabled() {
        return span;
    }
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    match route {
        Some(route) => span.record("otel.name", format!("{method} {route}")),
        None => span.record("otel.name", method),
    };
    span.set_attribute("http.request.method", method);
    span.set_attribute("url.scheme", "http");
    span.set_attribute("url.path", harmless(request.uri().path()));
    if let Some(route) = route {
        span.set_attribute("http.route", route.to_owned());
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if let Some((name, port)) = host.map(name_of_host) {
        span.set_attribute("server.address", harmless(name));
        if let Some(port) = port {
            span.set_attribute("server.port", i64::from(port));
        }
    }
    span
}

/// How the request was answered.
pub(in crate::serve) fn answered(span: &Span, status: u16, reason: Option<&'static str>) {
    span.set_attribute("http.response.status_code", i64::from(status));
    if let Some(reason) = reason {
        span.set_attribute("vicar.reason", reason);
    }
    if status >= 500 {
        span.set_attribute("error.type", reason.map_or_else(|| status.to_string(), str::to_owned));
        span.set_status(Status::error(""));
    }
}

/// The span around an exchange: from the question to policy to the token.
pub(in crate::serve) fn exchange() -> Span {
    tracing::info_span!(target: SPANS, "exchange", otel.name = "vicar.exchange")
}

/// Who was to act for whom, and how it ended.
pub(in crate::serve) fn described(span: &Span, record: &ExchangeRecord<'_>) {
    if span.is_disabled() {
        return;
    }
    span.set_attribute("vicar.api", record.api.to_owned());
    if let Some(plan) = record.plan {
        span.set_attribute("vicar.mode", plan.mode);
        span.set_attribute("vicar.actor", plan.actor.to_string());
    }
    let asked_for = record.caller.map(|caller| caller.subject.id.clone());
    let (reason, subject, cached, correlation_id) = match record.outcome {
        Outcome::Had(had) => (
            record.verdict.map_or("permitted", |verdict| verdict.reason.code),
            had.kept.whose.as_ref().map(|whose| whose.subject.id.clone()).or(asked_for),
            Some(had.source == Source::Cache),
            Some(had.kept.correlation_id.as_str()),
        ),
        Outcome::Failed(RunError::Problem { correlation_id, .. }, refusal) => {
            (refusal.reason.code, asked_for, Some(false), correlation_id.as_deref())
        }
        Outcome::Failed(_, refusal) => (refusal.reason.code, asked_for, Some(false), None),
        Outcome::Refused(refusal) => (refusal.reason.code, asked_for, None, None),
    };
    span.set_attribute("vicar.reason", reason);
    if let Some(subject) = subject {
        span.set_attribute("vicar.subject", subject);
    }
    if let Some(cached) = cached {
        span.set_attribute("vicar.cached", cached);
    }
    if let Some(correlation_id) = correlation_id {
        span.set_attribute("vicar.correlation_id", correlation_id.to_owned());
    }
    if let Some(verdict) = record.verdict {
        let names = verdict.policies.iter().cloned().map(StringValue::from).collect();
        span.set_attribute("vicar.policies", Value::Array(Array::String(names)));
    }
}

/// The exchange gave no token.
pub(in crate::serve) fn refused(span: &Span, refusal: &Refusal) {
    span.set_attribute("vicar.reason", refusal.reason.code);
    span.set_attribute("error.type", refusal.reason.code);
    span.set_status(Status::error(""));
}

/// The bundle's verdict on somebody else's call, on the span of the request that asked.
pub(in crate::serve) fn decided(reason: &str, policies: impl Iterator<Item = String>) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    span.set_attribute("vicar.reason", reason.to_owned());
    let names = policies.map(StringValue::from).collect();
    span.set_attribute("vicar.policies", Value::Array(Array::String(names)));
}

/// The span around a call of an API: a client's. Of the address only the server: the rest may be
/// the caller's.
pub(in crate::serve) fn call(method: &Method, url: &Url) -> Span {
    let method = known(method);
    let span = tracing::info_span!(
        target: SPANS,
        "call",
        otel.name = method,
        otel.kind = "client",
    );
    if span.is_disabled() {
        return span;
    }
    span.set_attribute("http.request.method", method);
    span.set_attribute("url.scheme", url.scheme().to_owned());
    if let Some(host) = url.host_str() {
        span.set_attribute("server.address", host.to_owned());
    }
    if let Some(port) = url.port_or_known_default() {
        span.set_attribute("server.port", i64::from(port));
    }
    span
}

/// How the call ended: its status, or why there is none.
pub(in crate::serve) fn called(span: &Span, answer: Result<u16, &'static str>) {
    let failed = match answer {
        Ok(status) => {
            span.set_attribute("http.response.status_code", i64::from(status));
            (status >= 400).then(|| status.to_string())
        }
        Err(reason) => Some(reason.to_owned()),
    };
    if let Some(kind) = failed {
        span.set_attribute("error.type", kind);
        span.set_status(Status::error(""));
    }
}

/// `Host`, in its two parts.
pub(in crate::serve) fn name_of_host(host: &str) -> (&str, Option<u16>) {
    let (name, port) = match host.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((name, rest)) => (name, rest.strip_prefix(':')),
            None => (bracketed, None),
        },
        None => match host.rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    (name, port.and_then(|port| port.parse().ok()))
}

/// One of the methods that there are: names of spans must not grow by what callers write.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 9] =
        ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

/// Text of the caller: bounded, and nothing in which a token may be, however it is written.
fn harmless(text: &str) -> String {
    match text.len() > LONGEST || text.contains("eyJ") || text.contains('%') {
        true => "(left out)".to_owned(),
        false => text.to_owned(),
    }
}

const PROBES: [&str; 3] = ["/healthz", "/metrics", "/readyz"];
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::{harmless, name_of_host};

    #[test]
    fn a_host_has_a_name_and_perhaps_a_port() {
        for (host, name, port) in [
            ("localhost:5000", "localhost", Some(5000)),
            ("127.0.0.1", "127.0.0.1", None),
            ("[::1]:80", "::1", Some(80)),
            ("[::1]", "::1", None),
            ("[::1", "::1", None),
            ("a:b:c", "a:b", None),
            ("", "", None),
        ] {
            assert_eq!(name_of_host(host), (name, port), "{host}");
        }
    }

    #[test]
    fn text_that_may_hold_a_token_is_left_out() {
        assert_eq!(harmless("/AuthorizationHeader/Tools"), "/AuthorizationHeader/Tools");
        for text in ["/x/eyJhbGciOiJub25lIn0", "/x/%65yJhbGciOiJub25lIn0", &"a".repeat(300)] {
            assert_eq!(harmless(text), "(left out)");
        }
    }
}
