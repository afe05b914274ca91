//! A pod template, as the tests look at it.

use serde_json::Value;

#[derive(Clone, Copy)]
pub(crate) struct Pod<'a> {
    pub(crate) metadata: &'a Value,
    pub(crate) spec: &'a Value,
}

impl<'a> Pod<'a> {
    pub(crate) fn of(template: &'a Value) -> Self {
        Self { metadata: &template["metadata"], spec: &template["spec"] }
    }

    /// Whatever runs in it, whenever it does.
    pub(crate) fn containers(self) -> Vec<&'a Value> {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        lists.iter().filter_map(|list| self.spec[list].as_array()).flatten().collect()
    }

    pub(crate) fn container(self, name: &str) -> &'a Value {
        self.containers().into_iter().find(|container| container["name"] == name).unwrap()
    }

    pub(crate) fn vicar(self) -> &'a Value {
        self.container("vicar")
    }

    pub(crate) fn volumes(self) -> Vec<&'a Value> {
        self.spec["volumes"].as_array().unwrap().iter().collect()
    }

    pub(crate) fn volume(self, name: &str) -> &'a Value {
        self.volumes().into_iter().find(|volume| volume["name"] == name).unwrap()
    }
}

/// The mounts of a container.
pub(crate) fn mounts(container: &Value) -> Vec<&Value> {
    container["volumeMounts"].as_array().into_iter().flatten().collect()
}

/// The number of a container's port, which may be named.
pub(crate) fn port(container: &Value, named: &Value) -> u64 {
    named.as_u64().unwrap_or_else(|| {
        let ports = container["ports"].as_array().unwrap();
        let port = ports.iter().find(|port| port["name"] == *named).unwrap();
        port["containerPort"].as_u64().unwrap()
    })
}
