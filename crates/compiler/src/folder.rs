//! A bundle folder as a host read it.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, closest, quoted};

/// Relative path with forward slashes to text. Hosts leave out hidden files.
pub type Folder = BTreeMap<String, String>;

/// The file that every bundle folder has.
pub const MANIFEST: &str = "vicar.yaml";

/// The longest file that is read, in bytes (4 MiB).
pub const LONGEST_FILE: usize = 4 << 20;

/// The Cedar files by path and text, sorted.
pub(crate) fn cedar_files(folder: &Folder) -> Vec<(String, String)> {
    let files = folder.iter().filter(|(path, _)| path.ends_with(".cedar"));
    files.map(|(path, text)| (path.clone(), text.clone())).collect()
}

/// The test files by path and text, sorted.
pub(crate) fn test_files(folder: &Folder) -> impl Iterator<Item = (&str, &str)> {
    let files = folder.iter().filter(|(path, _)| is_test(path));
    files.map(|(path, text)| (path.as_str(), text.as_str()))
}

/// The text of `vicar.yaml`.
pub(crate) fn manifest(folder: &Folder) -> Result<&str, Vec<Diagnostic>> {
    let problems: Vec<Diagnostic> = folder
        .iter()
        .filter(|(_, text)| text.len() > LONGEST_FILE)
        .map(|(path, text)| {
            Diagnostic::error(path, 0, 0, format!("the file is {} bytes long", text.len()))
                .expected("at most 4 MiB")
        })
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    folder.get(MANIFEST).map(String::as_str).ok_or_else(|| {
        let problem = Diagnostic::error(MANIFEST, 0, 0, "the file is missing")
            .expected("a bundle folder with `vicar.yaml`, `*.cedar` and `tests/*.yaml`");
        let near = closest(MANIFEST, folder.keys().map(String::as_str));
        vec![match near {
            Some(near) => problem.hint(format!("is it {}?", quoted(near))),
            None => problem,
        }]
    })
}

/// Files that look as if they were read, and are not.
pub(crate) fn overlooked(folder: &Folder) -> Vec<Diagnostic> {
    folder
        .keys()
        .filter(|path| path.ends_with(".yml") || path.starts_with("test/"))
        .map(|path| {
            Diagnostic::warning(path, 0, 0, "the file is not read")
                .expected("tests in `tests/`, named `*.yaml`")
        })
        .collect()
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") && path.ends_with(".yaml")
}
