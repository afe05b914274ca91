//! Places in a source file, and Cedar's reports as diagnostics.

use cedar_policy_core::parser::Loc;
use vicar_policy::ir::SourceSpan;

use crate::diagnostic::{Diagnostic, Severity};

/// One `*.cedar` file.
#[derive(Clone, Copy, Debug)]
pub(super) struct SourceFile<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl<'a> SourceFile<'a> {
    /// Line and column, 1-based, the column in characters.
    pub(super) fn position(self, offset: usize) -> (u32, u32) {
        let offset = (0..=offset.min(self.text.len()))
            .rev()
            .find(|offset| self.text.is_char_boundary(*offset))
            .unwrap_or(0);
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count();
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        (one_based(line), one_based(last_line.chars().count()))
    }

    pub(super) fn span(self, offset: usize) -> SourceSpan {
        let (line, column) = self.position(offset);
        SourceSpan { file: self.path.to_owned(), line, column }
    }

    pub(super) fn text_at(self, loc: &Loc) -> &'a str {
        self.text.get(loc.start()..loc.end()).unwrap_or_default()
    }

    pub(super) fn error(self, offset: usize, message: impl Into<String>) -> Diagnostic {
        let (line, column) = self.position(offset);
        Diagnostic::error(self.path, line, column, message)
    }

    pub(super) fn warning(self, offset: usize, message: impl Into<String>) -> Diagnostic {
        let (line, column) = self.position(offset);
        Diagnostic::warning(self.path, line, column, message)
    }

    /// A report of Cedar's, which stands at its first label or else at `fallback`.
    pub(super) fn report(self, report: &dyn miette::Diagnostic, fallback: usize) -> Diagnostic {
        let label = report.labels().and_then(|mut labels| labels.next());
        let offset = label.as_ref().map_or(fallback, miette::LabeledSpan::offset);
        let (message, wanted) = told_apart(&report.to_string());
        let (line, column) = self.position(offset);
        let expected = label
            .as_ref()
            .and_then(|label| label.label())
            .and_then(|label| label.strip_prefix("expected "))
            .map(str::to_owned)
            .or(wanted);
        Diagnostic {
            file: self.path.to_owned(),
            line,
            column,
            severity: Severity::Error,
            message,
            expected,
            hint: report.help().map(|help| help.to_string()),
        }
    }
}

/// Cedar names the policy first, which the place says already, and puts what it expected into the
/// message, for which a diagnostic has a field.
fn told_apart(message: &str) -> (String, Option<String>) {
    let message = message
        .strip_prefix("for policy `")
        .and_then(|rest| rest.split_once('`'))
        .map_or(message, |(_, rest)| rest.trim_start_matches([',', ':', ' ']));
    let types = message
        .strip_prefix("unexpected type: expected ")
        .and_then(|rest| rest.split_once(" but saw "));
    match types {
        Some((wanted, seen)) => (format!("unexpected type {seen}"), Some(wanted.to_owned())),
        None => (message.replace('\n', " "), None),
    }
}

fn one_based(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let file = SourceFile { path: "p.cedar", text: "é=1\nab" };
        assert_eq!(file.position(0), (1, 1));
        assert_eq!(file.position(2), (1, 2));
        assert_eq!(file.position(1), (1, 1), "inside a character");
        assert_eq!(file.position(6), (2, 2));
        assert_eq!(file.position(900), (2, 3));
    }

    #[test]
    fn type_errors_put_what_was_expected_in_its_field() {
        assert_eq!(
            told_apart("for policy `p`, unexpected type: expected Bool but saw Long"),
            ("unexpected type Long".to_owned(), Some("Bool".to_owned()))
        );
    }
}
