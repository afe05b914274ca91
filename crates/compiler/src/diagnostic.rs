//! What a build tells its author: where, what, what was expected, and what to try.

use std::fmt;

use serde::Serialize;

/// One problem in a bundle folder.
///
/// Displayed as `file:line:column: message`, with what was expected and the hint on lines of
/// their own below; [`headline`](Self::headline) is the first line alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Path inside the bundle folder, with forward slashes.
    pub file: String,
    /// 1-based; 0 when the problem has no place in the file (a file that is missing).
    pub line: u32,
    /// 1-based, in characters; 0 like `line`.
    pub column: u32,
    /// Whether the build stops.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, user input in backticks.
    pub message: String,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to try, for example ``did you mean `search`?``.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whether a diagnostic stops the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The build stops.
    Error,
    /// The build goes on.
    Warning,
}

impl Diagnostic {
    /// An error at a place; user input inside `message` should have gone through [`quoted`].
    pub fn error(
        file: impl Into<String>,
        line: u32,
        column: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            severity: Severity::Error,
            message: message.into(),
            expected: None,
            hint: None,
        }
    }

    /// A warning at a place.
    pub fn warning(
        file: impl Into<String>,
        line: u32,
        column: u32,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, line, column, message) }
    }

    /// Adds what would have been right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds ``did you mean `…`?`` when one of `known` is close to `given`.
    #[must_use]
    pub fn did_you_mean<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(given, known) {
            Some(name) => self.hint(format!("did you mean {}?", quoted(name))),
            None => self,
        }
    }

    /// Whether this one stops the build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `file:line:column: message` on one line.
    pub fn headline(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        match self.line {
            0 => format!("{}: {severity}{}", self.file, self.message),
            line => format!("{}:{line}:{}: {severity}{}", self.file, self.column, self.message),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.headline())?;
        if let Some(expected) = &self.expected {
            write!(out, "\n  expected: {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(out, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// User input for a message: in backticks, control characters escaped, at most 60 characters.
pub fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST_QUOTE) + 2);
    shown.push('`');
    for (position, character) in text.chars().enumerate() {
        if position == LONGEST_QUOTE {
            shown.push('…');
            break;
        }
        match character {
            '`' => shown.push('\''),
            plain if plain.is_control() => shown.extend(plain.escape_default()),
            plain => shown.push(plain),
        }
    }
    shown.push('`');
    shown
}

/// The name in `known` that `given` was most likely meant to be.
pub fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: String = given.chars().take(LONGEST_QUOTE).flat_map(char::to_lowercase).collect();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&given, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

/// `a`, `b` or `c`, for what was expected.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

const LONGEST_QUOTE: usize = 60;

/// Jaro-Winkler likeness from which a guess helps more than it misleads.
const LIKE_ENOUGH: f64 = 0.82;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_has_place_message_expectation_and_hint() {
        let diagnostic = Diagnostic::error("vicar.yaml", 3, 7, "unknown profile `entr`")
            .expected(one_of(["entra", "oidc", "spiffe"]))
            .did_you_mean("entr", ["entra", "oidc", "spiffe"]);
        assert_eq!(
            diagnostic.to_string(),
            "vicar.yaml:3:7: unknown profile `entr`\n  expected: `entra`, `oidc` or `spiffe`\n  \
             hint: did you mean `entra`?"
        );
    }

    #[test]
    fn a_far_name_is_not_offered() {
        assert_eq!(closest("serch", ["search", "delete-index"]), Some("search"));
        assert_eq!(closest("zzz", ["search", "delete-index"]), None);
    }

    #[test]
    fn quotes_are_bounded_and_escaped() {
        assert_eq!(quoted("a`b\n"), "`a'b\\n`");
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), 63);
    }
}
