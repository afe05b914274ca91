//! The bundle that the pod gets.

use std::{collections::BTreeMap, fs};

use vicar_compiler::{Compiled, Folder, compile};
use vicar_native::{engine::NativeEngine, test_runner::run_with_cedar};

use super::{
    pod::mounts,
    rendering::{Rendering, all, deploy, of},
};

/// What is mounted where `VICAR_BUNDLE` points.
pub(crate) fn mounted(rendering: &Rendering) -> BTreeMap<String, String> {
    let environment = rendering.environment();
    let (pod, path) = (rendering.pod(), &environment["VICAR_BUNDLE"]);
    let mount = mounts(pod.vicar()).into_iter().find(|it| it["mountPath"] == **path).unwrap();
    assert_eq!(mount["readOnly"], true, "{}", rendering.folder);
    assert!(mount["subPath"].is_null(), "{}: a change would not be seen", rendering.folder);
    let volume = pod.volume(mount["name"].as_str().unwrap());
    assert!(volume["configMap"]["items"].is_null(), "{}: all of it", rendering.folder);
    rendering.config_map(volume["configMap"]["name"].as_str().unwrap())
}

pub(crate) fn built(folder: &Folder) -> Compiled {
    let compiled = compile(folder).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(compiled.warnings.is_empty(), "{:#?}", compiled.warnings);
    compiled
}

#[test]
fn the_bundle_in_the_config_map_builds_and_its_tests_pass() {
    let tests = deploy().join("base/bundle/tests");
    for rendering in all() {
        let mut folder: Folder = mounted(rendering).into_iter().collect();
        let digest = built(&folder).bundle.digest().to_string();
        for entry in fs::read_dir(&tests).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("tests/{}", path.file_name().unwrap().to_str().unwrap());
            folder.insert(name, fs::read_to_string(path).unwrap());
        }
        let compiled = built(&folder);
        assert_eq!(compiled.bundle.digest().to_string(), digest, "tests are no part of it");
        let report = run_with_cedar(&NativeEngine, &compiled).unwrap();
        assert_eq!(report.failed, 0, "{:#?}", report.cases);
        assert!(report.passed >= 8, "{} cases", report.passed);
    }
}

#[test]
fn every_file_of_the_bundle_is_in_the_config_map() {
    let folder = deploy().join("base/bundle");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    assert_eq!(mounted(of("base")), files);
}
