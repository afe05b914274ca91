//! The API's answer as Microsoft's sidecar wraps it: `{"statusCode", "headers", "content"}`,
//! written while it is read.

use std::io;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Map, Value};

use super::super::{reason::DOWNSTREAM_UNAVAILABLE, refusal::Refusal};

/// Fields of content, as .NET counts them, and what a client needs to answer a challenge or to
/// wait.
const KEPT: [&str; 13] = [
    "Allow",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "Content-Range",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Retry-After",
    "WWW-Authenticate",
];

/// Wraps an answer. A body that is too long, or breaks off, breaks ours off, too: half an answer
/// never looks like a whole one.
pub(super) async fn wrap(mut answer: reqwest::Response, limit: u64) -> Result<Response, Refusal> {
    if answer.content_length().is_some_and(|length| length > limit) {
        return Err(too_long(limit));
    }
    let head = format!(
        r#"{{"statusCode":{},"headers":{},"content":"#,
        answer.status().as_u16(),
        fields(answer.headers())
    );
    let first = answer.chunk().await.map_err(|_| {
        Refusal::new(DOWNSTREAM_UNAVAILABLE, "the API's answer broke off", "try again")
    })?;
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    let Some(first) = first else {
        return Ok((kind, format!("{head}null}}")).into_response());
    };
    let mut text = JsonText::default();
    let mut written = format!("{head}\"");
    text.push(&first, &mut written);
    let read = u64::try_from(first.len()).unwrap_or(u64::MAX);
    let state = Some((answer, text, read));
    let rest = stream::try_unfold(state, move |state| async move {
        let Some((mut answer, mut text, mut read)) = state else { return Ok(None) };
        let mut written = String::new();
        match answer.chunk().await.map_err(io::Error::other)? {
            Some(chunk) => {
                read = read.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                if read > limit {
                    tracing::warn!(limit, "the API's answer is too long and was broken off");
                    return Err(io::Error::other("the answer is too long"));
                }
                text.push(&chunk, &mut written);
                Ok(Some((Bytes::from(written), Some((answer, text, read)))))
            }
            None => {
                text.end(&mut written);
                written.push_str("\"}");
                Ok(Some((Bytes::from(written), None)))
            }
        }
    });
    let beginning = stream::once(async move { Ok::<_, io::Error>(Bytes::from(written)) });
    let body = Body::from_stream(futures_util::StreamExt::chain(beginning, rest));
    Ok((kind, body).into_response())
}

fn too_long(limit: u64) -> Refusal {
    Refusal::new(
        DOWNSTREAM_UNAVAILABLE,
        format!("the API's answer is longer than {limit} bytes"),
        "ask for less, or raise `Vicar__MaxResponseBytes`",
    )
}

/// Each field with the list of its values.
fn fields(headers: &HeaderMap) -> Value {
    let mut fields = Map::new();
    for name in KEPT {
        let values: Vec<Value> = headers
            .get_all(name)
            .iter()
            .map(|value| Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        if !values.is_empty() {
            fields.insert(name.to_owned(), Value::Array(values));
        }
    }
    Value::Object(fields)
}

/// Bytes into the inside of a JSON string; what is not UTF-8 becomes U+FFFD.
#[derive(Debug, Default)]
struct JsonText {
    /// A character of which more is to come.
    begun: Vec<u8>,
}

impl JsonText {
    fn push(&mut self, chunk: &[u8], out: &mut String) {
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend_from_slice(chunk);
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    escape(text, out);
                    return;
                }
                Err(error) => {
                    let (good, bad) =
                        rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                    escape(&String::from_utf8_lossy(good), out);
                    let Some(length) = error.error_len() else {
                        self.begun = bad.to_vec();
                        return;
                    };
                    out.push('\u{fffd}');
                    rest = bad.split_at_checked(length).map_or(&[], |(_, rest)| rest);
                }
            }
        }
    }

    fn end(&mut self, out: &mut String) {
        if !self.begun.is_empty() {
            out.push('\u{fffd}');
        }
    }
}

fn escape(text: &str, out: &mut String) {
    let quoted = Value::from(text).to_string();
    let inside = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
    out.push_str(inside.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::JsonText;

    proptest! {
        #[test]
        fn however_it_is_cut_the_text_is_the_same(
            bytes in prop_oneof![
                any::<Vec<u8>>(),
                any::<String>().prop_map(String::into_bytes),
            ],
            cut in 1_usize..5,
        ) {
            let mut text = JsonText::default();
            let mut out = String::new();
            for chunk in bytes.chunks(cut) {
                text.push(chunk, &mut out);
            }
            text.end(&mut out);
            let read: String = serde_json::from_str(&format!("\"{out}\"")).unwrap();
            prop_assert_eq!(read, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
