//! The trace that a request belongs to, from header to header: W3C Trace Context.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The caller's trace; an empty context where it names none, or none that is valid.
pub(in crate::serve) fn parent(headers: &HeaderMap) -> Context {
    match Fields::read(headers) {
        None => Context::new(),
        Some(fields) => {
            TraceContextPropagator::new().extract_with_context(&Context::new(), &fields)
        }
    }
}

/// The fields that carry the current trace on.
pub(in crate::serve) fn onward() -> HeaderMap {
    let mut headers = Headers(HeaderMap::new());
    TraceContextPropagator::new().inject_context(&Context::current(), &mut headers);
    headers.0
}

/// The id of the current trace, 32 hexadecimal digits.
pub(in crate::serve) fn trace_id() -> Option<String> {
    ids().map(|(trace, _)| trace)
}

/// The ids of the current trace and span.
pub(super) fn ids() -> Option<(String, String)> {
    Context::map_current(|context| {
        let span = context.span();
        let of = span.span_context();
        of.is_valid().then(|| (of.trace_id().to_string(), of.span_id().to_string()))
    })
}

/// What is read of a request: one `traceparent`, and `tracestate` as one list.
struct Fields<'a> {
    parent: &'a str,
    state: Option<String>,
}

impl<'a> Fields<'a> {
    fn read(headers: &'a HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(PARENT).iter();
        let parent = parents.next()?.to_str().ok()?;
        // Two of them name no trace at all (section 3.2.1 of the recommendation).
        if parents.next().is_some() || !is_well_formed(parent) {
            return None;
        }
        let states: Option<Vec<_>> =
            headers.get_all(STATE).iter().map(|state| state.to_str().ok()).collect();
        let state = states.map(|states| states.join(",")).filter(|state| {
            // It is exported and sent on as it is: nothing that looks like a token goes along.
            !state.is_empty() && state.len() <= LONGEST_STATE && !state.contains("eyJ")
        });
        Some(Self { parent, state })
    }
}

/// The form of section 3.2.2, which the SDK reads generously: it fills up ids that are too short.
fn is_well_formed(parent: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = parent.split('-');
    let four = [2, 32, 16, 2]
        .into_iter()
        .all(|length| parts.next().is_some_and(|part| part.len() == length && is_hex(part)));
    // Later versions may have more.
    four && parent.len() <= LONGEST_PARENT && (parts.next().is_none() || !parent.starts_with("00"))
}

impl Extractor for Fields<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            PARENT => Some(self.parent),
            STATE => self.state.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![PARENT, STATE]
    }
}

struct Headers(HeaderMap);

impl Injector for Headers {
    fn set(&mut self, name: &str, value: String) {
        // An empty `tracestate` says nothing.
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// The fields of W3C Trace Context.
pub(in crate::serve) const TRACE_FIELDS: [&str; 2] = [PARENT, STATE];
const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";
/// Of version 0 it has 55; later ones may have more.
const LONGEST_PARENT: usize = 256;
/// What everyone has to be able to pass on (section 3.3.1.5).
const LONGEST_STATE: usize = 512;

#[cfg(test)]
mod tests;
