//! Problems gathered while lowering.

use std::collections::BTreeMap;

use crate::{
    Folder,
    diagnostic::{Diagnostic, closest, quoted},
    yaml::{Place, Placed},
};

/// Problems of one file, in the order they were found.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    file: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub(crate) const fn new(file: &'a str) -> Self {
        Self { file, diagnostics: Vec::new() }
    }

    /// The file they are about.
    pub(crate) const fn file(&self) -> &'a str {
        self.file
    }

    /// All of them, by place.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.diagnostics
    }

    /// Notes an error.
    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        self.push(place.error(self.file, message))
    }

    /// Notes a warning.
    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        self.push(place.warning(self.file, message))
    }

    /// Notes an error about a name that nothing has.
    pub(crate) fn unknown<'k>(
        &mut self,
        given: &Placed<String>,
        what: &str,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) {
        let expected = crate::diagnostic::one_of(known.clone());
        let problem = given
            .place
            .error(self.file, format!("unknown {what} {}", quoted(&given.value)))
            .expected(expected)
            .did_you_mean(&given.value, known);
        self.push(problem);
    }

    /// Notes that the folder lacks a file.
    pub(crate) fn no_file(&mut self, path: &str, place: Place, folder: &Folder, expected: &str) {
        let near = closest(path, folder.keys().map(String::as_str));
        let problem = self.error(place, format!("no file {} in the folder", quoted(path)));
        problem.expected = Some(expected.to_owned());
        problem.hint = near.map(|near| format!("did you mean {}?", quoted(near)));
    }

    /// Notes an error unless `holds` says that the value is `what`.
    pub(crate) fn require(
        &mut self,
        value: &Placed<String>,
        holds: impl Fn(&str) -> bool,
        what: &str,
        expected: &str,
    ) -> bool {
        let good = holds(&value.value);
        if !good {
            let message = format!("{} is not {what}", quoted(&value.value));
            self.push(value.place.error(self.file, message).expected(expected));
        }
        good
    }

    /// Values that pass, sorted; a value given twice is an error.
    pub(crate) fn set(
        &mut self,
        values: &[Placed<String>],
        holds: impl Fn(&str) -> bool,
        what: &str,
        expected: &str,
    ) -> Vec<String> {
        let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
        for value in values {
            self.require(value, &holds, what, expected);
            if let Some(first) = seen.insert(&value.value, value.place) {
                let message = format!("{} is listed twice", quoted(&value.value));
                self.error(value.place, message).hint =
                    Some(format!("it stands first in line {}", first.line));
            }
        }
        seen.into_keys().map(str::to_owned).collect()
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        #[expect(clippy::indexing_slicing, reason = "pushed in the line above")]
        &mut self.diagnostics[index]
    }
}
