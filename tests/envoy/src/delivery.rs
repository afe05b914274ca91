//! Configuration that changes while Envoy runs: files that it watches, replaced in one move.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::Failure;

/// A file of xDS resources.
#[derive(Clone, Debug)]
pub struct ResourceFile {
    path: PathBuf,
}

impl ResourceFile {
    /// A file of this name in `folder`, with these resources, each with its `@type`.
    ///
    /// # Errors
    /// [`Failure::System`].
    pub fn new(folder: &Path, name: &str, resources: &[Value]) -> Result<Self, Failure> {
        let file = Self { path: folder.join(name) };
        file.replace(resources)?;
        Ok(file)
    }

    /// The resources from now on.
    ///
    /// # Errors
    /// [`Failure::System`].
    pub fn replace(&self, resources: &[Value]) -> Result<(), Failure> {
        let next = self.path.with_extension("next");
        let text = json!({ "resources": resources }).to_string();
        fs::write(&next, text).map_err(Failure::system("write resources"))?;
        fs::rename(&next, &self.path).map_err(Failure::system("replace resources"))
    }

    /// The `ConfigSource` that reads this file.
    pub fn source(&self) -> Value {
        json!({
            "resource_api_version": "V3",
            "path_config_source": { "path": self.path },
        })
    }
}
