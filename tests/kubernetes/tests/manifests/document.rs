//! What `docs/kubernetes.md` shows is what the manifests are.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{
    rendering::{all, deploy, of},
    running::{ISSUER, subject},
};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/kubernetes.md"))
        .unwrap()
}

#[test]
fn the_federated_credential_is_the_one_that_the_pods_token_meets() {
    let document = document();
    let (_, block) = document.split_once("```json\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let shown: Value = serde_json::from_str(block).unwrap();
    let volume = of("base").pod().volume("blueprint-token");
    let audience = &volume["projected"]["sources"][0]["serviceAccountToken"]["audience"];
    assert_eq!(shown["subject"], subject(of("base")));
    assert_eq!(shown["audiences"], json!([audience]));
    assert_eq!(shown["issuer"], ISSUER);
    let cluster = fs::read_to_string(deploy().join("overlays/kind/cluster.yaml")).unwrap();
    assert!(cluster.contains(&format!("service-account-issuer: {ISSUER}\n")));
}

#[test]
fn every_folder_is_described() {
    let document = document();
    for rendering in all() {
        let link = format!("(../deploy/kubernetes/{})", rendering.folder);
        assert!(document.contains(&link), "{}", rendering.folder);
    }
}
