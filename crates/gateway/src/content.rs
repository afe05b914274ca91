//! Rules for bodies that are judged.

use vicar::Refusal;
use vicar_token::quote::Quoted;

use crate::{
    facts::Content,
    reason,
    refusals::{self, refusal},
};

/// Refuses a body that is not plain JSON in UTF-8 of at most `limit` bytes, as far as its head
/// tells.
pub(crate) fn admit(content: &Content<'_>, limit: usize) -> Result<(), Refusal> {
    if let Some(name) = content.unreadable {
        return Err(refusals::head_malformed(name, "stands more than once or is not text"));
    }
    if !is_identity(content.encoding.as_deref()) {
        let encoding = content.encoding.as_deref().unwrap_or_default();
        return Err(refusal(
            &reason::CONTENT_ENCODED,
            format!("the body is encoded as {}, and has to be judged", Quoted(encoding)),
            "send the body without `Content-Encoding`",
        ));
    }
    match content.content_type.as_deref() {
        Some(media_type) if is_json(media_type) => {}
        other => {
            let seen = other.map_or_else(|| "none".to_owned(), |seen| Quoted(seen).to_string());
            return Err(refusal(
                &reason::CONTENT_TYPE_REFUSED,
                format!("the body's content type is {seen}, where `application/json` is wanted"),
                "send JSON in UTF-8, and say so in `Content-Type`",
            ));
        }
    }
    match content.length {
        Some(length) if length > limit => Err(refusals::body_too_large(limit)),
        _ => Ok(()),
    }
}

/// Whether a `Content-Encoding` leaves the body as it is.
pub(crate) fn is_identity(encoding: Option<&str>) -> bool {
    encoding.is_none_or(|encoding| {
        let encoding = encoding.trim();
        encoding.is_empty() || encoding.eq_ignore_ascii_case("identity")
    })
}

/// Whether a media type is JSON in UTF-8, the only encoding JSON has (RFC 8259 section 8.1): a
/// reader that believes another `charset` would read another text.
pub(crate) fn is_json(media_type: &str) -> bool {
    is_type(media_type, "application/json")
}

/// Whether a media type is an event stream.
pub(crate) fn is_event_stream(media_type: &str) -> bool {
    is_type(media_type, "text/event-stream")
}

fn is_type(media_type: &str, wanted: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim_end().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_json_in_utf_8() {
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;v=1"]
        {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/json5",
            "application/json; charset=utf-16",
            "application/json ; charset = \"utf-7\"",
            "application/x-www-form-urlencoded",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
        assert!(is_event_stream("text/event-stream; charset=utf-8"));
    }
}
