//! Bundles are checked, tested, built and named.

use std::{fs, path::Path};

use super::support::{data, office, vicar};

#[test]
fn check_accepts_the_office_and_counts() {
    let run = vicar(&["check", &office()]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.out.contains("bundle office: 2 policies, 5 test cases"), "{}", run.out);
}

#[test]
fn check_names_place_expectation_and_hint() {
    let folder = copy_of_office();
    edit(folder.path(), "tools.cedar", "context.mode", "context.mood");
    let run = vicar(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(run.status, 2);
    let shown = run.err.replace(folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!("check-typo", shown);
}

#[test]
fn the_tests_pass_and_are_drawn_as_a_table() {
    for engine in ["wasm", "native"] {
        let run = vicar(&["test", &office(), "--engine", engine]);
        assert_eq!(run.status, 0, "{run:?}");
        insta::assert_snapshot!(format!("test-{engine}"), run.out);
    }
}

#[test]
fn a_failing_test_ends_with_1_and_says_what_came_out() {
    let folder = copy_of_office();
    edit(folder.path(), "tests/tools.yaml", "policies: [read-tools]", "policies: [other]");
    let junit = folder.path().join("junit.xml");
    let run = vicar(&["test", folder.path().to_str().unwrap(), "--junit", junit.to_str().unwrap()]);
    assert_eq!(run.status, 1, "{run:?}");
    insta::assert_snapshot!("test-failing", run.out);
    let document = fs::read_to_string(junit).unwrap();
    assert!(document.contains(r#"failures="1""#), "{document}");
    assert!(document.contains("policies: wanted other, got read-tools"), "{document}");
}

#[test]
fn a_folder_and_its_file_have_one_digest_and_one_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("office.vicar");
    let file = file.to_str().unwrap();
    let build = |to: &str| vicar(&["bundle", "build", &office(), "-o", to]);
    assert_eq!(build(file).status, 0);
    let digest = |of: &str| vicar(&["bundle", "digest", of]).out;
    assert_eq!(digest(file), digest(&office()));
    assert!(digest(file).starts_with("sha256:"));
    let again = folder.path().join("again.vicar");
    assert_eq!(build(again.to_str().unwrap()).status, 0);
    assert_eq!(fs::read(file).unwrap(), fs::read(again).unwrap(), "builds are reproducible");
}

#[test]
fn a_build_that_fails_leaves_the_previous_output_untouched() {
    let folder = copy_of_office();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("office.vicar");
    fs::write(&file, "previous").unwrap();
    for (path, from, to, reason) in [
        ("tests/tools.yaml", "reason: forbidden", "reason: permitted", "bundle_tests_failed"),
        ("tools.cedar", "permit (", "permit ((", "bundle_source_invalid"),
    ] {
        edit(folder.path(), path, from, to);
        let run = vicar(&[
            "bundle",
            "build",
            folder.path().to_str().unwrap(),
            "-o",
            file.to_str().unwrap(),
        ]);
        assert_eq!((run.status, run.err.contains(reason)), (2, true), "{run:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "previous");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "nothing stays beside it");
    }
}

#[test]
fn show_tells_what_a_bundle_trusts_knows_and_protects() {
    insta::assert_snapshot!("bundle-show", vicar(&["bundle", "show", &office()]).out);
}

#[test]
fn a_damaged_bundle_file_is_an_error_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("office.vicar");
    let path = file.to_str().unwrap();
    assert_eq!(vicar(&["bundle", "build", &office(), "-o", path]).status, 0);
    let good = fs::read_to_string(&file).unwrap();
    for (damaged, reason) in [
        (good.replace("office", "Office"), "bundle_digest_mismatch"),
        ("{}".to_owned(), "bundle_malformed"),
        (String::new(), "bundle_malformed"),
        (good.chars().take(good.len() / 2).collect(), "bundle_malformed"),
    ] {
        fs::write(&file, damaged).unwrap();
        let run = vicar(&["bundle", "digest", path]);
        assert_eq!((run.status, run.err.contains(reason)), (2, true), "{reason}: {run:?}");
    }
}

#[test]
fn a_folder_that_is_none_is_an_error_with_a_hint() {
    let run = vicar(&["check", &data("agent-for-dana.json")]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("hint: name the folder that holds `vicar.yaml`"), "{run:?}");
}

/// Kubernetes mounts a ConfigMap as links into a hidden folder.
#[cfg(unix)]
#[test]
fn a_mounted_folder_of_links_is_read_once() {
    let office = copy_of_office();
    let mounted = tempfile::tempdir().unwrap();
    fs::create_dir(mounted.path().join("..data")).unwrap();
    for file in ["vicar.yaml", "tools.cedar"] {
        let hidden = mounted.path().join("..data").join(file);
        fs::copy(office.path().join(file), &hidden).unwrap();
        std::os::unix::fs::symlink(&hidden, mounted.path().join(file)).unwrap();
    }
    let run = vicar(&["bundle", "digest", mounted.path().to_str().unwrap()]);
    assert_eq!(run.out, vicar(&["bundle", "digest", &super::support::office()]).out, "{run:?}");
}

fn copy_of_office() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    for file in ["vicar.yaml", "tools.cedar", "tests/tools.yaml"] {
        fs::copy(Path::new(&office()).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}
