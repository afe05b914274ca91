//! What the command line says when it cannot answer: a code, a sentence, a hint.

pub mod code;
mod engine;

use std::{fmt, path::Path};

use serde::Serialize;

/// An error as the user sees it; the process ends with status 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Failure {
    /// Stable, `snake_case`; listed in `docs/reasons.md`.
    pub reason: String,
    /// What was seen and what was wanted. Lower case, without a full stop, never a token.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in a bundle's sources, for errors of a build.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Failure {
    /// An error without a hint.
    pub fn new(reason: impl Into<String>, message: impl fmt::Display) -> Self {
        Self {
            reason: reason.into(),
            message: message.to_string(),
            hint: None,
            details: Vec::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(code::FILE_UNUSABLE, format!("cannot {verb} `{}`: {error}", shown_path(path)))
    }

    /// Text that is not the JSON it should be.
    pub fn json(what: &str, error: &serde_json::Error) -> Self {
        Self::new(code::JSON_MALFORMED, format!("{what} is not the JSON it should be: {error}"))
    }
}

/// What a user wrote, for a message: escaped, and too short for a token's parts.
pub fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT).flat_map(char::escape_debug).collect();
    if text.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown
}

/// A path for a message; were it a token given in a path's place, it would be shortened.
pub fn shown_path(path: &Path) -> String {
    without_tokens(&path.display().to_string())
}

/// `text` with everything that looks like a token (or a part of one) shortened beyond use: for
/// messages that others wrote.
pub fn without_tokens(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(|next: char| !is_token_character(next)) {
        let word = piece.trim_end_matches(|next: char| !is_token_character(next));
        match word.starts_with("eyJ") && word.len() > EXCERPT {
            true => kept.push_str(&piece.replacen(word, &excerpt(word), 1)),
            false => kept.push_str(piece),
        }
    }
    kept
}

fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '=')
}

/// Fewer than the characters of a JOSE header.
const EXCERPT: usize = 32;

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_others_lose_their_tokens() {
        let token = format!("eyJ{}.eyJ{}.sig", "a".repeat(60), "b".repeat(60));
        let text =
            without_tokens(&format!("unexpected argument '{token}' found, see eyJ0 or --help"));
        assert!(!text.contains(&"a".repeat(40)) && !text.contains("bbb"), "{text}");
        assert!(text.ends_with("…' found, see eyJ0 or --help"), "{text}");
        assert_eq!(without_tokens("nothing to hide\n"), "nothing to hide\n");
    }
}
