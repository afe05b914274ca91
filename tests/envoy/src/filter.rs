//! Vicar's filter as a part of an Envoy configuration, with the guards of `deploy/envoy/full.yaml`.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use serde_json::{Value, json};

use crate::{Failure, configuration::typed};

/// The filter over one bundle.
#[derive(Clone, Debug)]
pub struct Filter {
    bundle: Bundle,
    members: BTreeMap<String, Value>,
    vm_id: String,
}

#[derive(Clone, Debug)]
enum Bundle {
    Inline(String),
    Fetch(Value),
}

/// The module that `make` leaves in `dist/`, or the one that `VICAR_FILTER` names.
///
/// # Errors
/// [`Failure::System`] when it is not there.
pub fn module() -> Result<PathBuf, Failure> {
    let path = env::var_os("VICAR_FILTER").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/vicar-envoy.wasm"),
        PathBuf::from,
    );
    path.canonicalize()
        .map_err(Failure::system(format!("find {} (`make` builds it)", path.display())))
}

impl Filter {
    /// The filter over this bundle file, without keys.
    pub fn new(bundle: &[u8]) -> Self {
        Self::over(Bundle::Inline(String::from_utf8_lossy(bundle).trim_end().to_owned()))
    }

    /// The filter over a bundle that is fetched: `cluster`, `uri`, `digest`.
    pub fn fetching(source: Value) -> Self {
        Self::over(Bundle::Fetch(source))
    }

    fn over(bundle: Bundle) -> Self {
        Self { bundle, members: BTreeMap::new(), vm_id: "vicar".to_owned() }
    }

    /// Sets a member of the configuration.
    #[must_use]
    pub fn set(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.to_owned(), value);
        self
    }

    /// The issuer's key set stands in the configuration.
    #[must_use]
    pub fn keys(self, issuer: &str, keys: &str) -> Self {
        let keys: Value = serde_json::from_str(keys).unwrap_or_default();
        self.issuer_keys(issuer, json!({ "jwks": keys }))
    }

    /// The issuer's keys come from a cluster.
    #[must_use]
    pub fn fetched_keys(self, issuer: &str, cluster: &str) -> Self {
        let source = json!({ "fetch": {
            "cluster": cluster, "uri": "http://127.0.0.1/keys", "timeout_milliseconds": 1000,
        } });
        self.issuer_keys(issuer, source)
    }

    fn issuer_keys(mut self, issuer: &str, source: Value) -> Self {
        let keys = self.members.entry("keys".to_owned()).or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(issuer.to_owned(), source);
        }
        self
    }

    /// A virtual machine of its own, under this name.
    #[must_use]
    pub fn vm_id(mut self, name: &str) -> Self {
        name.clone_into(&mut self.vm_id);
        self
    }

    /// The configuration's text. The bundle keeps its bytes.
    pub fn configuration(&self) -> String {
        let bundle = match &self.bundle {
            Bundle::Inline(file) => format!(r#"{{"inline":{file}}}"#),
            Bundle::Fetch(source) => json!({ "fetch": source }).to_string(),
        };
        let mut text = format!(r#"{{"bundle":{bundle}"#);
        for (name, value) in &self.members {
            text.push_str(&format!(",{}:{value}", Value::from(name.as_str())));
        }
        text.push('}');
        text
    }

    /// The HTTP filter.
    ///
    /// # Errors
    /// [`Failure`] when there is no module.
    pub fn to_json(&self) -> Result<Value, Failure> {
        in_envoy(&module()?, &self.vm_id, &self.configuration())
    }
}

/// A module as an HTTP filter, with the guards that Vicar's has.
///
/// # Errors
/// [`Failure`] when the capability list cannot be read.
pub fn in_envoy(module: &Path, vm_id: &str, configuration: &str) -> Result<Value, Failure> {
    Ok(json!({
        "name": "vicar",
        "typed_config": { "@type": type_url(), "config": {
            "name": "vicar", "root_id": "vicar",
            "failure_policy": "FAIL_RELOAD",
            "allow_on_headers_stop_iteration": true,
            "vm_config": {
                "vm_id": vm_id,
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": module } },
                "capability_restriction_config": { "allowed_capabilities": capabilities()? },
            },
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": configuration,
            },
        } },
    }))
}

/// The capability list of `deploy/envoy/full.yaml`: what is tested is what is recommended.
///
/// # Errors
/// [`Failure::Answer`] when the file has none.
pub fn capabilities() -> Result<&'static Value, Failure> {
    static LIST: OnceLock<Option<Value>> = OnceLock::new();
    let found = LIST.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/envoy/full.yaml");
        let full: Value = serde_saphyr::from_str(&fs::read_to_string(file).ok()?).ok()?;
        find(&full, "allowed_capabilities").cloned()
    });
    found.as_ref().ok_or_else(|| Failure::Answer {
        what: "deploy/envoy/full.yaml".to_owned(),
        why: "it has no capability list".to_owned(),
    })
}

/// The first member of this name, however deep.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => {
            members.get(name).or_else(|| members.values().find_map(|member| find(member, name)))
        }
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

/// The type URL of Envoy's wasm filter.
pub fn type_url() -> String {
    typed(WASM)
}

const WASM: &str = "filters.http.wasm.v3.Wasm";
