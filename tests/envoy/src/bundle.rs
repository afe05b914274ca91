//! Bundles, built from their folders.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vicar_compiler::{Compiled, Folder, compile};

use crate::Failure;

/// The bundle of a folder of the repository, for example `tests/envoy/bundle`.
///
/// # Errors
/// [`Failure`] when it cannot be read or does not build.
pub fn build(folder: &str) -> Result<Compiled, Failure> {
    build_with(folder, "", "")
}

/// [`build`] with a text of its files replaced by another.
///
/// # Errors
/// As [`build`].
pub fn build_with(folder: &str, text: &str, other: &str) -> Result<Compiled, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Folder::new();
    read_into(&path, "", &mut files)?;
    for file in files.values_mut().filter(|_| !text.is_empty()) {
        *file = file.replace(text, other);
    }
    compile(&files).map_err(|problems| Failure::Answer {
        what: format!("the bundle `{folder}`"),
        why: problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })
}

/// The bundle that the tests of requests use.
///
/// # Errors
/// As [`build`].
pub fn of_tests() -> Result<Vec<u8>, Failure> {
    Ok(build("tests/envoy/bundle")?.bundle.to_bytes())
}

/// A bundle file as `bundle.base64` takes it.
pub fn base64(bundle: &[u8]) -> String {
    STANDARD.encode(bundle)
}

fn read_into(folder: &Path, prefix: &str, files: &mut Folder) -> Result<(), Failure> {
    let failed = || Failure::system(format!("read {}", folder.display()));
    for entry in fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read_into(&path, &format!("{prefix}{name}/"), files)?;
        } else {
            files.insert(format!("{prefix}{name}"), fs::read_to_string(&path).map_err(failed())?);
        }
    }
    Ok(())
}
