//! Whole folders: those that ship build, those that are broken say why.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read data files")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use vicar_bundle::Bundle;
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

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/folders").join(name)
}

fn told(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

#[test]
fn every_bundle_that_ships_builds_without_a_warning() {
    let mut built = 0;
    for entry in fs::read_dir(repository().join("policies")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let folder = read(&path);
        let compiled = compile(&folder)
            .unwrap_or_else(|problems| panic!("{}:\n{}", path.display(), told(&problems)));
        assert_eq!(told(&compiled.warnings), "", "{}", path.display());
        assert!(!compiled.tests.is_empty(), "{} has no tests", path.display());
        let again = compile(&folder).expect("builds twice");
        assert_eq!(again.bundle.to_bytes(), compiled.bundle.to_bytes());
        built += 1;
    }
    assert!(built > 0, "no bundle found");
}

/// The contents are a snapshot too: every default and every resolved name is in it.
#[test]
fn a_good_folder_has_one_canonical_form() {
    let compiled =
        compile(&read(&data("good"))).unwrap_or_else(|problems| panic!("{}", told(&problems)));
    assert_eq!(told(&compiled.warnings), "");
    let bytes = compiled.bundle.to_bytes();
    assert_eq!(Bundle::load(&bytes).as_ref(), Ok(&compiled.bundle));
    let mut contents: serde_json::Value =
        serde_json::from_slice(&compiled.bundle.contents().to_canonical_bytes()).expect("JSON");
    contents["program"] = "…".into();
    let pretty = serde_json::to_string_pretty(&contents).expect("JSON");
    insta::assert_snapshot!("good", pretty);
}

#[test]
fn the_order_of_names_does_not_change_the_digest() {
    let folder = read(&data("good"));
    let digest = compile(&folder).expect("builds").bundle.digest();
    for (from, to) in [
        ("tenants: [contoso, fabrikam]", "tenants: [fabrikam, contoso]"),
        (
            "tenants: [contoso, fabrikam]",
            "tenants: [7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901, fabrikam]",
        ),
        ("algorithms: [RS256, PS256]", "algorithms: [PS256, RS256]"),
        ("GET,HEAD", "HEAD,GET"),
        ("clock_skew: 0s", "clock_skew: 0h"),
        ("name: sample\n", "# a comment\nname: 'sample'\n"),
    ] {
        let mut other = folder.clone();
        let text = &folder["vicar.yaml"];
        assert!(text.contains(from), "{from}");
        other.insert("vicar.yaml".to_owned(), text.replacen(from, to, 1));
        assert_eq!(compile(&other).expect("builds").bundle.digest(), digest, "{to}");
    }
    let mut other = folder;
    other.insert(
        "keys/cluster.json".to_owned(),
        r#"{"keys":[{"crv":"Ed25519","kty":"OKP","kid":"cluster-1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig"}]}"#
            .to_owned(),
    );
    assert_eq!(compile(&other).expect("builds").bundle.digest(), digest, "the layout of the keys");
}

#[test]
fn a_broken_folder_says_what_is_wrong_where() {
    let mut seen = 0;
    for entry in fs::read_dir(data("bad")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let problems = compile(&read(&path)).err().unwrap_or_else(|| panic!("{name} builds"));
        insta::assert_snapshot!(name, told(&problems));
        seen += 1;
    }
    assert_eq!(seen, 15);
}

/// What editors read must be what the compiler enforces.
#[test]
fn the_schemas_in_docs_are_current() {
    for (name, schema, command) in [
        ("vicar.schema.json", vicar_compiler::json_schema(), "vicar schema bundle"),
        ("vicar-tests.schema.json", vicar_compiler::test_file::json_schema(), "vicar schema tests"),
    ] {
        let path = repository().join("docs").join(name);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let written: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let current = serde_json::to_string_pretty(&schema).expect("JSON");
        assert_eq!(written, schema, "run `{command} > docs/{name}`; it must be\n{current}");
    }
}
