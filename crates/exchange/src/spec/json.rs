//! A spec from JSON, with errors that repeat no value: any of them may be a secret in the wrong
//! place.

use super::Spec;
use crate::{Secret, SpecError};

/// Longest accepted spec, in bytes: far above the tokens that one holds.
const MAX_BYTES: usize = 256 * 1024;

/// Longest message kept of the parser's.
const MAX_MESSAGE: usize = 300;

impl Spec {
    /// Reads what is asked for from JSON.
    ///
    /// # Errors
    /// [`SpecError::Unreadable`], with the place in the text.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        if text.len() > MAX_BYTES {
            let message = format!("it has {} bytes, more than {MAX_BYTES}", text.len());
            return Err(SpecError::Unreadable(message));
        }
        serde_json::from_str(text)
            .map_err(|error| SpecError::Unreadable(without_values(&error.to_string())))
    }

    /// As JSON that [`from_json`](Self::from_json) reads, secrets and all: the whole is one.
    pub fn to_json(&self) -> Secret {
        // Texts, numbers and lists cannot fail to serialise; an empty text is no spec.
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }
}

/// The parser's message without the value that it saw.
fn without_values(message: &str) -> String {
    let quotes_a_value = ["invalid type:", "invalid value:", "invalid length", "unknown variant"]
        .into_iter()
        .find(|kind| message.starts_with(kind));
    let kept = match (quotes_a_value, message.rsplit_once(", expected ")) {
        (None, _) => message.to_owned(),
        (Some(kind), Some((_, wanted))) => {
            format!("{}, expected {wanted}", kind.trim_end_matches(':'))
        }
        (Some(kind), None) => kind.trim_end_matches(':').to_owned(),
    };
    kept.chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Spec};
    use crate::SpecError;

    const GOOD: &str = r#"{"flow": {"token_exchange": {
        "token_endpoint": "https://sts.example/token",
        "client": {"id": "portal", "credential": {"unsafe_secret": {"secret": "hunter2"}}},
        "subject_token": "hunter2", "outcome": {"audiences": ["tools"]}}}}"#;

    #[test]
    fn a_spec_is_read() {
        Spec::from_json(GOOD).unwrap();
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        let spec = Spec::from_json(GOOD).unwrap();
        let written = spec.to_json();
        assert!(written.expose().contains("hunter2"));
        assert_eq!(Spec::from_json(written.expose()), Ok(spec));
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        for (seen, put, told) in [
            (r#"{"unsafe_secret": {"secret": "hunter2"}}"#, r#""hunter2""#, "unknown variant"),
            (r#"{"secret": "hunter2"}"#, r#""hunter2""#, "invalid type"),
            (r#"{"secret": "hunter2"}"#, r#"{"secret": 7777777}"#, "invalid type"),
            (r#"["tools"]"#, r#""hunter2, expected x""#, "invalid type"),
        ] {
            let SpecError::Unreadable(message) =
                Spec::from_json(&GOOD.replacen(seen, put, 1)).unwrap_err()
            else {
                panic!("{put}")
            };
            assert!(!message.contains("hunter2") && !message.contains("7777777"), "{message}");
            assert!(message.starts_with(told) && message.contains("line "), "{message}");
        }
    }

    #[test]
    fn a_text_without_end_is_refused_unread() {
        let refused = Spec::from_json(&" ".repeat(MAX_BYTES + 1)).unwrap_err();
        assert!(refused.to_string().contains("more than 262144"), "{refused}");
    }
}
