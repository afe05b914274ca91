//! Whole folders: those that ship build, those that are broken say why.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read data files")]

use std::{collections::BTreeMap, fs, path::Path};

use vicar_compiler::{Diagnostic, Folder, compile};

/// Reads a folder as a host does.
fn read(root: &Path) -> Folder {
    fn visit(root: &Path, at: &Path, folder: &mut Folder) {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(root, &path, folder);
            } else {
                let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
                folder.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    let mut folder = BTreeMap::new();
    visit(root, root, &mut folder);
    folder
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn told(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

#[test]
fn every_folder_that_ships_builds_without_a_warning() {
    let mut built = 0;
    for parent in ["policies", "tests/conformance/bundles"] {
        for entry in fs::read_dir(repository().join(parent)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let folder = read(&path);
            match compile(&folder) {
                Ok(compiled) => {
                    assert_eq!(told(&compiled.warnings), "", "{}", path.display());
                    let again = compile(&folder).expect("builds twice");
                    assert_eq!(again.bundle.to_bytes(), compiled.bundle.to_bytes());
                    assert!(!compiled.tests.is_empty(), "{} has no tests", path.display());
                }
                Err(problems) => panic!("{}:\n{}", path.display(), told(&problems)),
            }
            built += 1;
        }
    }
    assert!(built > 5, "only {built} folders found");
}
