//! The configurations that ship: Envoy takes each of them, filter included.

use std::{collections::BTreeSet, fs, path::Path};

use vicar_envoy_tests::{
    bundle,
    envoy::validate,
    filter::{capabilities, module},
};
use wasmparser::Payload;

#[test]
fn envoy_takes_every_configuration_that_ships() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/envoy");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let complaint = validate(&in_place(&file)).unwrap();
        assert_eq!(complaint, None, "{}", file.display());
    }
}

/// What the documentation has people do by `sed`; the module stands where it was built.
fn in_place(file: &Path) -> std::path::PathBuf {
    let bundle = bundle::build("policies/reference").unwrap().bundle.to_bytes();
    let text = fs::read_to_string(file)
        .unwrap()
        .replace("@bundle@", &vicar_envoy_tests::bundle::base64(&bundle))
        .replace(
            "filename: vicar-envoy.wasm",
            &format!("filename: {}", module().unwrap().display()),
        );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let copy = folder.join(file.file_name().unwrap());
    fs::write(&copy, text).unwrap();
    copy
}

#[test]
fn none_lets_requests_through_when_the_module_fails() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/envoy");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if text.contains("wasm.v3.Wasm") {
            let settings: Vec<&str> = text
                .lines()
                .filter(|line| line.trim_start().starts_with("failure_policy"))
                .collect();
            assert!(!settings.is_empty(), "{}", path.display());
            assert!(settings.iter().all(|line| line.ends_with(" FAIL_RELOAD")), "{settings:?}");
            assert!(text.contains("allow_on_headers_stop_iteration: true"), "{}", path.display());
            assert!(text.contains("stream_idle_timeout"), "{}", path.display());
        }
    }
}

#[test]
fn the_capability_list_is_what_the_module_uses_and_no_more() {
    let module = fs::read(module().unwrap()).unwrap();
    let mut used = BTreeSet::new();
    for payload in wasmparser::Parser::new(0).parse_all(&module) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => {
                let imports = imports.into_imports().map(Result::unwrap);
                used.extend(imports.map(|import| import.name.to_owned()));
            }
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().map(|export| export.unwrap().name.to_owned());
                used.extend(exports.filter(|name| name.starts_with("proxy_on_")));
            }
            _ => {}
        }
    }
    // How Envoy hands data over; no capability.
    used.remove("proxy_on_memory_allocate");
    let listed: BTreeSet<String> =
        capabilities().unwrap().as_object().unwrap().keys().cloned().collect();
    assert_eq!(listed, used);
}
