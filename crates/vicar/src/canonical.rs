//! Canonical JSON: fields in the order of their declaration, no white space, no floats.

use serde::Serialize;

/// The JSON text of `document`.
///
/// Documents of this crate hold strings, integers, booleans, lists and string-keyed maps only, so
/// serialisation cannot fail; should it ever, the text is `null`, which no reader takes for a
/// verdict.
pub(crate) fn to_json<T: Serialize>(document: &T) -> String {
    serde_json::to_string(document).unwrap_or_else(|_| "null".to_owned())
}
