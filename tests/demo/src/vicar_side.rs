//! Vicar's way: the reference bundle, decided by an engine of the native host.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use vicar::{Call as GateCall, Operation};
use vicar_bundle::Bundle;
use vicar_compiler::{Diagnostic, Folder, compile};
use vicar_native::engine::{Engine, EngineError, GateEngine};
use vicar_native::mint::{KeyNumber, MintError, key_set};

use crate::rows::Call;

/// The reference bundle behind an engine, with test keys for its issuers.
pub struct Vicar {
    gate: Box<dyn GateEngine>,
    bundle: Bundle,
}

/// What Vicar answers to one token.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    /// `allow` or `deny`.
    pub decision: String,
    /// The stable reason code.
    pub reason: String,
    /// One sentence for people.
    pub sentence: String,
}

/// Why Vicar could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum VicarError {
    /// The bundle folder does not build.
    #[error("the bundle does not build:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Bundle(Vec<Diagnostic>),
    /// The engine gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file of the bundle folder cannot be read.
    #[error("cannot read `{path}`: {error}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A test key cannot be used.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The verdict is not the JSON that it should be.
    #[error("the verdict cannot be read: {0}")]
    Verdict(#[from] serde_json::Error),
}

impl Vicar {
    /// Builds the bundle of `folder` and loads it into `engine`; every issuer gets a test key.
    pub fn load(engine: &dyn Engine, folder: &Path) -> Result<Self, VicarError> {
        let bundle = compile(&read_folder(folder)?).map_err(VicarError::Bundle)?.bundle;
        let mut gate = engine.load(&bundle.to_bytes())?;
        for (position, issuer) in bundle.contents().trust.iter().enumerate() {
            let trusted = &issuer.trusted;
            let number = KeyNumber::of_issuer(position);
            let keys = key_set(&trusted.name, &trusted.algorithms, number)?;
            gate.set_keys(&trusted.name, keys.as_bytes())?;
        }
        Ok(Self { gate, bundle })
    }

    /// The bundle.
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Vicar's answer to `call` with `token` at `clock`.
    pub fn ask(&mut self, token: &str, call: &Call, clock: u64) -> Result<Answer, VicarError> {
        let arguments = Value::Object(call.arguments.clone()).to_string();
        let call = GateCall {
            token: Some(token),
            method: "POST",
            scheme: "https",
            host: &call.host,
            path: &call.path,
            headers: &[],
            operation: Operation::Mcp {
                method: "tools/call",
                name: Some(&call.tool),
                arguments: Some(&arguments),
            },
        };
        Ok(serde_json::from_str(&self.gate.explain(&call, clock)?)?)
    }
}

/// The texts of a bundle folder, by their path inside it.
fn read_folder(folder: &Path) -> Result<Folder, VicarError> {
    let mut files = BTreeMap::new();
    read_into(folder, "", &mut files)?;
    Ok(files)
}

fn read_into(folder: &Path, prefix: &str, files: &mut Folder) -> Result<(), VicarError> {
    let failed = |path: &Path, error| VicarError::File { path: path.display().to_string(), error };
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read_into(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".cedar") {
            let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}
