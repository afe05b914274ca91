//! Kubernetes' published schemas, in their strict form: what they do not name is refused.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::rendering::{all, installed, of};

/// The oldest version with native sidecars that need no feature gate, and the newest there is.
const VERSIONS: [&str; 2] = ["1.29", "1.37"];

#[test]
fn every_document_is_what_kubernetes_takes() {
    let folder = tempfile::tempdir().unwrap();
    for version in VERSIONS {
        for rendering in all() {
            let file = folder.path().join("rendered.yaml");
            fs::write(&file, &rendering.text).unwrap();
            let passed = check(&file, version)
                .unwrap_or_else(|refused| panic!("{}: {refused}", rendering.folder));
            assert_eq!(passed, rendering.documents.len(), "{}", rendering.folder);
        }
    }
}

#[test]
fn a_typo_is_refused() {
    let typos = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typos.yaml"));
    let typos: Vec<Value> = serde_saphyr::from_str(&typos.unwrap()).unwrap();
    assert!(!typos.is_empty());
    let folder = tempfile::tempdir().unwrap();
    for typo in typos {
        let (at, wanted) = (typo["at"].as_str().unwrap(), typo["refused"].as_str().unwrap());
        let mut document = of("base").only(typo["kind"].as_str().unwrap()).clone();
        let (parent, key) = at.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {at}"));
        let parent = parent.as_object_mut().unwrap();
        let value = parent.remove(key).unwrap_or_else(|| panic!("nothing at {at}"));
        if let Some(name) = typo["written"].as_str() {
            parent.insert(name.to_owned(), value);
        } else if let Some(value) = typo.get("value") {
            parent.insert(key.to_owned(), value.clone());
        }
        let file = folder.path().join("typo.json");
        fs::write(&file, document.to_string()).unwrap();
        for version in VERSIONS {
            let refused = check(&file, version).expect_err(at);
            assert!(refused.contains(wanted), "{at}: {refused}");
        }
    }
}

/// How many documents passed. One without a schema is refused, and so is a check against another
/// version than the one asked for: the validator itself takes the nearest.
fn check(file: &Path, version: &str) -> Result<usize, String> {
    let python = installed("python/bin/python");
    assert!(python.exists(), "{}; `tools/kubernetes.sh` installs it", python.display());
    let output = Command::new(python)
        .args(["-m", "kubernetes_validate", "--strict", "-k", version])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let passed = |line: &&str| {
        line.starts_with("INFO ") && line.ends_with(&format!(" against version {version}"))
    };
    let all_passed = said.lines().all(|line| passed(&line));
    if !output.status.success() || !all_passed || !complaints.is_empty() {
        return Err(format!("{said}{complaints}"));
    }
    Ok(said.lines().count())
}
