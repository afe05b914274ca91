//! What `kubectl kustomize` makes of the folders.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::Value;

use super::pod::Pod;

pub(crate) struct Rendering {
    /// The folder below `deploy/kubernetes`.
    pub(crate) folder: String,
    pub(crate) text: String,
    pub(crate) documents: Vec<Value>,
}

/// Every folder with a kustomization: a new overlay is tested without being named anywhere.
pub(crate) fn all() -> &'static [Rendering] {
    static ALL: LazyLock<Vec<Rendering>> = LazyLock::new(|| {
        let root = deploy();
        let overlays = fs::read_dir(root.join("overlays")).unwrap();
        let mut folders: Vec<String> = overlays
            .map(|entry| format!("overlays/{}", entry.unwrap().file_name().to_str().unwrap()))
            .collect();
        folders.push("base".to_owned());
        folders.sort_unstable();
        folders.into_iter().map(Rendering::of).collect()
    });
    assert!(ALL.len() >= 4, "the base and its overlays");
    &ALL
}

/// One of them.
pub(crate) fn of(folder: &str) -> &'static Rendering {
    all().iter().find(|rendering| rendering.folder == folder).unwrap()
}

impl Rendering {
    fn of(folder: String) -> Self {
        let kubectl = installed("kubectl");
        assert!(kubectl.exists(), "{}; `tools/kubernetes.sh` installs it", kubectl.display());
        let path = deploy().join(&folder);
        let output = Command::new(kubectl).arg("kustomize").arg(&path).output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{folder}: {complaints}");
        let text = String::from_utf8(output.stdout).unwrap();
        let documents = serde_saphyr::from_multiple(&text).unwrap();
        Self { folder, text, documents }
    }

    /// The only document of a kind.
    pub(crate) fn only(&self, kind: &str) -> &Value {
        let mut found = self.documents.iter().filter(|document| document["kind"] == kind);
        let first = found.next().unwrap_or_else(|| panic!("{} has no {kind}", self.folder));
        assert!(found.next().is_none(), "{} has more than one {kind}", self.folder);
        first
    }

    pub(crate) fn pod(&self) -> Pod<'_> {
        Pod::of(&self.only("Deployment")["spec"]["template"])
    }

    /// The data of a ConfigMap, by the name that something refers to.
    pub(crate) fn config_map(&self, name: &str) -> BTreeMap<String, String> {
        let map = self
            .documents
            .iter()
            .find(|it| it["kind"] == "ConfigMap" && it["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("{} has no ConfigMap {name}", self.folder));
        serde_json::from_value(map["data"].clone()).unwrap()
    }

    /// The environment of the container `vicar`, as the kubelet makes it; a Secret's value is
    /// `from-a-secret`.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let vicar = self.pod().vicar();
        let mut variables = BTreeMap::new();
        for source in vicar["envFrom"].as_array().unwrap() {
            variables.extend(self.config_map(source["configMapRef"]["name"].as_str().unwrap()));
        }
        for variable in vicar["env"].as_array().into_iter().flatten() {
            let value = match variable["valueFrom"]["secretKeyRef"]["name"].as_str() {
                Some(_) => "from-a-secret",
                None => variable["value"].as_str().unwrap(),
            };
            variables.insert(variable["name"].as_str().unwrap().to_owned(), value.to_owned());
        }
        variables
    }
}

pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes")
}

/// What `tools/kubernetes.sh` installs.
pub(crate) fn installed(path: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    target.join("kubernetes").join(path)
}
