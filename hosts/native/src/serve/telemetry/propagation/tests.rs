use axum::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const WHOLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

/// What goes on to the next one, and the id of the trace.
fn through(fields: &HeaderMap) -> (Option<String>, HeaderMap) {
    let _within = parent(fields).attach();
    (trace_id(), onward())
}

#[test]
fn what_is_valid_goes_on_unchanged() {
    let sent = [(PARENT, WHOLE), (STATE, "a=1"), (STATE, "b=2")];
    let (trace, onward) = through(&headers(&sent));
    assert_eq!(trace.as_deref(), Some(TRACE));
    assert_eq!(onward, headers(&[(PARENT, WHOLE), (STATE, "a=1,b=2")]));
}

#[test]
fn what_is_not_valid_begins_no_trace() {
    let long = format!("{WHOLE}-{}", "a".repeat(300)).replace("00-4bf", "01-4bf");
    for fields in [
        vec![],
        vec![(STATE, "a=1")],
        vec![(PARENT, WHOLE), (PARENT, WHOLE)],
        vec![(PARENT, "00-00000000000000000000000000000000-00f067aa0ba902b7-01")],
        vec![(PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")],
        vec![(PARENT, "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")],
        vec![(PARENT, "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")],
        vec![(PARENT, "00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01")],
        vec![(PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902-01")],
        vec![(PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-")],
        vec![(PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1")],
        vec![(PARENT, "eyJhbGciOiJub25lIn0.e30.")],
        vec![(PARENT, &long)],
    ] {
        let (trace, onward) = through(&headers(&fields));
        assert_eq!((trace, onward.len()), (None, 0), "{fields:?}");
    }
}

#[test]
fn a_state_that_is_too_long_or_looks_like_a_token_is_left_out() {
    for state in [&format!("a={}", "b".repeat(600)), "a=eyJhbGciOiJub25lIn0.e30."] {
        let (trace, onward) = through(&headers(&[(PARENT, WHOLE), (STATE, state)]));
        assert_eq!(trace.as_deref(), Some(TRACE));
        assert_eq!(onward, headers(&[(PARENT, WHOLE)]), "{state}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_a_field_that_goes_on_is_well_formed(
        sent in "[0-9a-f]{2}-[0-9a-f]{30,34}-[0-9a-f]{14,18}-[0-9a-f]{2}(-[ -~]{0,9})?|[ -~]{0,80}",
    ) {
        let (trace, onward) = through(&headers(&[(PARENT, &sent)]));
        prop_assert_eq!(trace.is_some(), onward.contains_key(PARENT));
        if let Some(field) = onward.get(PARENT) {
            prop_assert_eq!(field.len(), WHOLE.len());
            prop_assert!(sent.contains(&trace.unwrap()));
        }
    }
}
