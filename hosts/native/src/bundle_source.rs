//! A bundle, built or still a folder.

use std::{fs, path::Path};

use vicar_bundle::{Bundle, BundleError};
use vicar_compiler::{Compiled, Diagnostic, Folder, LONGEST_FILE};

use crate::{
    failure::{Failure, code, shown_path},
    input::{DOCUMENT_LIMIT, Source},
};

/// Loads a bundle file, or builds a folder.
///
/// # Errors
/// [`Failure`] with every problem of the folder, or what is wrong with the file.
pub fn load(path: &Path) -> Result<Bundle, Failure> {
    if path.is_dir() {
        return Ok(build(path)?.bundle);
    }
    let bytes = Source::from_path(&path.to_string_lossy()).bytes(DOCUMENT_LIMIT)?;
    Bundle::load(&bytes).map_err(Failure::from)
}

/// Builds a bundle folder.
///
/// # Errors
/// As [`load`].
pub fn build(path: &Path) -> Result<Compiled, Failure> {
    vicar_compiler::compile(&read_folder(path)?).map_err(|problems| refused(path, &problems))
}

/// The failure of a build that found `problems`.
pub fn refused(path: &Path, problems: &[Diagnostic]) -> Failure {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let plural = if errors == 1 { "" } else { "s" };
    let shown = shown_path(path);
    let mut failure = Failure::new(
        code::BUNDLE_SOURCE_INVALID,
        format!("`{shown}` is not a valid bundle: {errors} error{plural}"),
    );
    failure.details = problems.iter().map(ToString::to_string).collect();
    failure
}

/// Reads the text files of a bundle folder: `vicar.yaml`, policies and tests. Hidden files and
/// folders are left out; links to files are followed (a mounted ConfigMap is made of them), links
/// to folders are not.
///
/// # Errors
/// [`Failure`] when one cannot be read, or there are too many.
pub fn read_folder(path: &Path) -> Result<Folder, Failure> {
    if !path.is_dir() {
        let shown = shown_path(path);
        return Err(Failure::new(code::FILE_UNUSABLE, format!("`{shown}` is not a folder"))
            .hint("name the folder that holds `vicar.yaml`"));
    }
    let mut folder = Folder::new();
    let mut pending = vec![(path.to_path_buf(), String::new(), 0)];
    while let Some((at, prefix, depth)) = pending.pop() {
        let entries = fs::read_dir(&at).map_err(|error| Failure::file("read", &at, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::file("read", &at, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let relative = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(|error| Failure::file("read", &at, &error))?;
            let is_file = match kind.is_symlink() {
                true => fs::metadata(entry.path()).is_ok_and(|target| target.is_file()),
                false => kind.is_file(),
            };
            if kind.is_dir() && depth < DEEPEST {
                pending.push((entry.path(), format!("{relative}/"), depth + 1));
            } else if is_file && READ.iter().any(|ending| name.ends_with(ending)) {
                folder.insert(relative, read_text(&entry.path())?);
            }
        }
        if folder.len() > MOST_FILES {
            let shown = shown_path(path);
            let message = format!("`{shown}` holds more than {MOST_FILES} files");
            return Err(Failure::new(code::INPUT_TOO_LARGE, message));
        }
    }
    Ok(folder)
}

fn read_text(path: &Path) -> Result<String, Failure> {
    Source::File(path.to_path_buf()).text(LONGEST_FILE).map_err(|failure| {
        let shown = shown_path(path);
        Failure { message: format!("`{shown}`: {}", failure.message), ..failure }
    })
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        let failure = Self::new(error.reason().code, &error);
        match error {
            BundleError::NotABundle => {
                failure.hint("a bundle folder is built by `vicar bundle build FOLDER -o FILE`")
            }
            _ => failure,
        }
    }
}

/// Files of a bundle folder; `.yml` is read to be pointed out.
const READ: [&str; 5] = [".yaml", ".yml", ".cedar", ".json", ".jwks"];

const DEEPEST: usize = 4;
const MOST_FILES: usize = 2_000;
