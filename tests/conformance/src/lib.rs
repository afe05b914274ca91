//! The conformance corpus: bundles with tests, as data files that every host runs unchanged.
//!
//! What it is: `bundles/<name>/`, each an ordinary bundle folder (`vicar.yaml`, `*.cedar`,
//! `tests/*.yaml`), and the code to find them. What it never does: decide what is right; that
//! stands in the data files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use vicar_compiler::Folder;
use vicar_native::engine::{Limits, WasmEngine};

/// The corpus' bundle folders by name, sorted.
///
/// # Errors
/// What the file system says.
pub fn bundles() -> io::Result<Vec<(String, Folder)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundles");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    folders.sort();
    folders.into_iter().map(|path| Ok((file_name(&path), read_folder(&path)?))).collect()
}

/// Which component of `dist/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Verifies signatures itself.
    Alone,
    /// Has its host verify signatures.
    Hosted,
}

impl Component {
    /// The component that `make test` leaves in `dist/`, compiled anew: it is machine code of this
    /// very build, and no precompiled code has to be trusted.
    ///
    /// # Errors
    /// What is missing, and how to get it.
    pub fn engine(self) -> Result<WasmEngine, String> {
        let file = match self {
            Self::Alone => "vicar-alone.component.wasm",
            Self::Hosted => "vicar.component.wasm",
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist").join(file);
        let component = fs::read(&path)
            .map_err(|error| format!("{}: {error}; `make test` builds it", path.display()))?;
        WasmEngine::compile(&component, Limits::default()).map_err(|error| error.to_string())
    }
}

/// The texts of a bundle folder, by their path inside it.
///
/// # Errors
/// What the file system says.
pub fn read_folder(folder: &Path) -> io::Result<Folder> {
    let mut files = Folder::new();
    read_into(folder, "", &mut files)?;
    Ok(files)
}

fn read_into(folder: &Path, prefix: &str, files: &mut Folder) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{prefix}{}", file_name(&path));
        if path.is_dir() {
            read_into(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
