//! The local cluster's configuration, which is kind's own and has no published schema.

use std::fs;

use serde_json::Value;

use super::rendering::deploy;

#[test]
fn the_cluster_has_one_issuer_that_entra_can_reach() {
    let text = fs::read_to_string(deploy().join("overlays/kind/cluster.yaml")).unwrap();
    let cluster: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(cluster["kind"], "Cluster");
    assert_eq!(cluster["apiVersion"], "kind.x-k8s.io/v1alpha4");
    let patches = cluster["kubeadmConfigPatches"].as_array().unwrap();
    let mut versions = Vec::new();
    let mut settings = Vec::new();
    for patch in patches {
        let patch: Value = serde_saphyr::from_str(patch.as_str().unwrap()).unwrap();
        assert_eq!(patch["kind"], "ClusterConfiguration");
        versions.push(patch["apiVersion"].as_str().unwrap().to_owned());
        let arguments = &patch["apiServer"]["extraArgs"];
        // A mapping up to v1beta3, a list since v1beta4.
        let mut pairs: Vec<(String, String)> = match arguments {
            Value::Array(list) => {
                list.iter().map(|it| (text_of(&it["name"]), text_of(&it["value"]))).collect()
            }
            other => {
                let map = other.as_object().unwrap();
                map.iter().map(|(name, value)| (name.clone(), text_of(value))).collect()
            }
        };
        pairs.sort_unstable();
        settings.push(pairs);
    }
    assert_eq!(versions, ["kubeadm.k8s.io/v1beta3", "kubeadm.k8s.io/v1beta4"]);
    assert_eq!(settings[0], settings[1], "each version is told the same");
    let names: Vec<_> = settings[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["service-account-issuer", "service-account-jwks-uri"]);
    let issuer = &settings[0][0].1;
    assert!(issuer.starts_with("https://") && !issuer.ends_with('/'), "{issuer}");
    assert_eq!(settings[0][1].1, format!("{issuer}/openid/v1/jwks"));
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
