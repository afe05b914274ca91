//! What containers may do: Pod Security's restricted profile, and more.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vicar_exchange::Credential;

use super::{
    configuration::configuration,
    pod::{Pod, mounts},
    rendering::all,
};

/// A setting of a container, else of its pod.
fn setting<'a>(pod: Pod<'a>, container: &'a Value, name: &str) -> &'a Value {
    let own = &container["securityContext"][name];
    if own.is_null() { &pod.spec["securityContext"][name] } else { own }
}

#[test]
fn every_container_is_locked_up() {
    for rendering in all() {
        let pod = rendering.pod();
        assert_eq!(pod.containers().len(), 2, "{}", rendering.folder);
        for container in pod.containers() {
            let name = format!("{} {}", rendering.folder, container["name"]);
            let own = &container["securityContext"];
            assert_eq!(*setting(pod, container, "runAsNonRoot"), true, "{name}");
            assert!(setting(pod, container, "runAsUser").as_u64().unwrap() > 0, "{name}");
            assert!(setting(pod, container, "runAsGroup").as_u64().unwrap() > 0, "{name}");
            let seccomp = setting(pod, container, "seccompProfile");
            assert_eq!(*seccomp, json!({ "type": "RuntimeDefault" }), "{name}");
            assert_eq!(own["readOnlyRootFilesystem"], true, "{name}");
            assert_eq!(own["allowPrivilegeEscalation"], false, "{name}");
            assert_eq!(own["capabilities"], json!({ "drop": ["ALL"] }), "{name}");
            assert!(own["privileged"].is_null(), "{name}");
            for bound in ["requests", "limits"] {
                for of in ["cpu", "memory"] {
                    assert!(container["resources"][bound][of].is_string(), "{name} {bound} {of}");
                }
            }
        }
    }
}

#[test]
fn the_pod_shares_nothing_with_the_node_and_little_within() {
    for rendering in all() {
        let (pod, folder) = (rendering.pod(), &rendering.folder);
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            assert!(pod.spec[shared].is_null(), "{folder} {shared}");
        }
        assert_eq!(pod.spec["shareProcessNamespace"], false, "{folder}");
        assert_eq!(pod.spec["enableServiceLinks"], false, "{folder}");
        for volume in pod.volumes() {
            let kinds: Vec<_> =
                volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
            assert!(kinds == ["projected"] || kinds == ["configMap"], "{folder} {kinds:?}");
        }
        let users: BTreeSet<_> = pod
            .containers()
            .into_iter()
            .map(|container| setting(pod, container, "runAsUser").as_u64())
            .collect();
        assert_eq!(users.len(), pod.containers().len(), "{folder}: each its own user");
        let level = &rendering.only("Namespace")["metadata"]["labels"];
        assert_eq!(level["pod-security.kubernetes.io/enforce"], "restricted", "{folder}");
    }
}

#[test]
fn nobody_gets_the_api_servers_token() {
    for rendering in all() {
        let (pod, account) = (rendering.pod(), rendering.only("ServiceAccount"));
        assert_eq!(pod.spec["automountServiceAccountToken"], false, "{}", rendering.folder);
        assert_eq!(account["automountServiceAccountToken"], false, "{}", rendering.folder);
        assert_eq!(pod.spec["serviceAccountName"], account["metadata"]["name"]);
    }
}

#[test]
fn the_application_holds_no_credential() {
    for rendering in all() {
        let application = rendering.pod().container("application");
        assert!(mounts(application).is_empty(), "{}", rendering.folder);
        assert!(application["envFrom"].is_null(), "{}", rendering.folder);
        for variable in application["env"].as_array().unwrap() {
            assert!(variable["valueFrom"].is_null(), "{}", rendering.folder);
        }
        let webhook = rendering.pod().metadata["labels"]["azure.workload.identity/use"] == "true";
        let skipped =
            &rendering.pod().metadata["annotations"]["azure.workload.identity/skip-containers"];
        assert_eq!(webhook, *skipped == "application", "{}", rendering.folder);
    }
}

#[test]
fn no_secret_stands_in_the_manifests() {
    for rendering in all() {
        assert!(
            rendering.documents.iter().all(|it| it["kind"] != "Secret"),
            "{}",
            rendering.folder
        );
        let environment = rendering.environment();
        let secrets: Vec<_> =
            environment.iter().filter(|(name, _)| name.ends_with("Secret")).collect();
        assert!(secrets.iter().all(|(_, value)| *value == "from-a-secret"), "{secrets:?}");
    }
}

#[test]
fn a_client_secret_is_called_unsafe_wherever_it_is_used() {
    for rendering in all() {
        let credential = configuration(rendering).entra.credential;
        let secret = matches!(credential, Credential::UnsafeSecret { .. });
        let named = rendering.folder.starts_with("overlays/UNSAFE-");
        assert_eq!(secret, named, "{}", rendering.folder);
        let deployment = &rendering.only("Deployment")["metadata"];
        for marked in [deployment, rendering.pod().metadata] {
            let mark = &marked["annotations"]["vicar.dev/unsafe"];
            assert_eq!(secret, mark.is_string(), "{}", rendering.folder);
        }
    }
}
