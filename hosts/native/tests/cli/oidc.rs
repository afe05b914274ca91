//! `vicar oidc publish`: from an API server to a web site, over TLS on loopback.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    site::{Cluster, Site},
    support::{Run, data, vicar},
};

/// A folder with files, as text paths.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.path().join(name), text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// Everything below a folder, in order.
fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => pending.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn documents_of_files_are_written_for_hosting() {
    let folder = Folder::new();
    let out = folder.path("site");
    let (configuration, keys) =
        (data("cluster/openid-configuration.json"), data("cluster/jwks.json"));
    let issuer = "https://oidc.contoso.example/cluster-1";
    let arguments = [
        "oidc",
        "publish",
        &out,
        "--issuer",
        issuer,
        "--configuration",
        &configuration,
        "--keys",
        &keys,
    ];
    let run = vicar(&arguments);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("oidc-publish", run.out.replace(&out, "<folder>"));
    let written = [".well-known/openid-configuration", "openid/v1/jwks"];
    assert_eq!(below(Path::new(&out)), written);
    let document = fs::read_to_string(Path::new(&out).join(written[0])).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["issuer"], issuer);
    assert_eq!(document["jwks_uri"], format!("{issuer}/openid/v1/jwks"));
    let run = vicar(&[&arguments[..], &["--json"]].concat());
    let view: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&view["published"], &view["keys"][0]["algorithm"]),
        (&true.into(), &"RS256".into())
    );
}

#[test]
fn what_must_not_be_published_leaves_what_was_there() {
    let folder = Folder::new();
    let cluster = Cluster::new("https://oidc.contoso.example/cluster-1");
    let configuration = folder.file("configuration", &cluster.configuration());
    let keys = folder.file("keys", &cluster.keys());
    let out = folder.path("site");
    let publish = |issuer: &str, configuration: &str, keys: &str| {
        vicar(&[
            "oidc",
            "publish",
            &out,
            "--issuer",
            issuer,
            "--configuration",
            configuration,
            "--keys",
            keys,
        ])
    };
    assert_eq!(publish(&cluster.issuer, &configuration, &keys).status, 0);
    let before = fs::read(Path::new(&out).join("openid/v1/jwks")).unwrap();
    let mut private: Value = serde_json::from_str(&cluster.rotated().keys()).unwrap();
    private["keys"][0]["d"] = "c2VjcmV0LXZhbHVl".into();
    let private = folder.file("private", &private.to_string());
    let slash = format!("{}/", cluster.issuer);
    for (issuer, keys, reason) in [
        (cluster.issuer.as_str(), private.as_str(), "[cluster_documents_refused]"),
        (slash.as_str(), &keys, "[cluster_documents_refused]"),
        ("http://oidc.contoso.example/cluster-1", &keys, "[issuer_refused]"),
        ("https://oidc.contoso.example/?x", &keys, "[issuer_refused]"),
        (&cluster.issuer, &configuration, "[cluster_documents_refused]"),
        (&cluster.issuer, "/no/such/file", "[file_unusable]"),
    ] {
        let run = publish(issuer, &configuration, keys);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{run:?}");
        assert!(run.err.contains(reason), "{run:?}");
        assert!(!run.err.contains("c2VjcmV0"), "{run:?}");
    }
    assert!(publish(&slash, &configuration, &keys).err.contains("only the closing slash differs"));
    assert_eq!(fs::read(Path::new(&out).join("openid/v1/jwks")).unwrap(), before);
    assert_eq!(below(Path::new(&out)).len(), 2, "no temporary file stays");
}

#[test]
fn an_api_server_is_asked_with_its_own_authority_and_a_token() {
    let (server, folder) = (Site::start(), Folder::new());
    let cluster = Cluster::new("https://oidc.contoso.example/cluster-1");
    server.put("/.well-known/openid-configuration", 200, &cluster.configuration());
    server.put("/openid/v1/jwks", 200, &cluster.keys());
    let (ca, out) = (folder.file("ca.pem", &server.certificate), folder.path("site"));
    let token = folder.file("token", "a-token-for-the-api-server\n");
    let publish = |more: &[&str]| {
        let arguments =
            ["oidc", "publish", &out, "--issuer", &cluster.issuer, "--cluster", &server.origin];
        vicar(&[&arguments[..], more].concat())
    };
    let run = publish(&["--cluster-ca", &ca, "--bearer-token-file", &token]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(!run.out.contains("a-token-for"), "{run:?}");
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("authorization: bearer a-token-for-the-api-server\r\n"), "{head}");
    }
    server.put("/openid/v1/jwks", 401, "{}");
    let run = publish(&["--cluster-ca", &ca]);
    assert_eq!((run.status, run.err.contains("[document_unavailable]")), (2, true), "{run:?}");
    assert!(run.err.contains("status 401"), "{run:?}");
    let other = folder.file("other.pem", &Site::start().certificate);
    let run = publish(&["--cluster-ca", &other]);
    assert_eq!((run.status, run.err.contains("[document_unavailable]")), (2, true), "{run:?}");
}

#[test]
fn a_rotated_key_is_drift_until_it_is_published() {
    let (site, folder) = (Site::start(), Folder::new());
    let cluster = Cluster::new(&format!("{}/cluster-1", site.origin));
    let ca = folder.file("ca.pem", &site.certificate);
    let configuration = folder.file("configuration", &cluster.configuration());
    let keys = folder.file("keys", &cluster.keys());
    let rotated = folder.file("rotated", &cluster.rotated().keys());
    let run = |more: &[&str], keys: &str| -> Run {
        let arguments = ["oidc", "publish", "--issuer", &cluster.issuer];
        let from = ["--configuration", &configuration, "--keys", keys];
        vicar(&[&arguments[..], &from, more].concat())
    };
    let check = |keys: &str| run(&["--check", "--ca", &ca], keys);
    let absent = check(&keys);
    assert_eq!(absent.status, 1, "{absent:?}");
    assert!(absent.out.contains("[issuer_unreachable]"), "{absent:?}");

    let out = folder.path("site");
    let written = run(&[&out], &keys);
    assert_eq!(written.status, 0);
    assert!(written.out.contains("leads nowhere on the internet"), "{written:?}");
    site.host("/cluster-1", Path::new(&out));
    let same = check(&keys);
    assert_eq!((same.status, same.out.contains("✔ in step")), (0, true), "{same:?}");

    let drifted = check(&rotated);
    assert_eq!(drifted.status, 1, "{drifted:?}");
    let shown = drifted.out.replace(&site.origin, "<origin>");
    insta::assert_snapshot!("oidc-check-drift", shown);
    let json = run(&["--check", "--ca", &ca, "--json"], &rotated);
    let view: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(view["in_step"], false);
    let reasons: Vec<&str> = view["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["key_not_published", "key_retired"]);

    assert_eq!(run(&[&out], &rotated).status, 0);
    site.host("/cluster-1", Path::new(&out));
    assert_eq!(check(&rotated).status, 0);

    site.put("/cluster-1/openid/v1/jwks", 200, "<html>");
    assert!(check(&rotated).out.contains("[issuer_document_malformed]"));
    let other = folder.file("other.pem", &Site::start().certificate);
    let unreachable = run(&["--check", "--ca", &other], &keys);
    assert_eq!(unreachable.status, 2, "{unreachable:?}");
    assert!(unreachable.err.contains("[document_unavailable]"), "{unreachable:?}");
}

#[test]
fn what_goes_together_is_asked_for_together() {
    for arguments in [
        vec!["oidc", "publish"],
        vec!["oidc", "publish", "out", "--issuer", "https://a.example"],
        vec!["oidc", "publish", "out", "--issuer", "https://a.example", "--keys", "k"],
        vec![
            "oidc",
            "publish",
            "out",
            "--issuer",
            "https://a.example",
            "--configuration",
            "-",
            "--keys",
            "-",
        ],
        vec![
            "oidc",
            "publish",
            "out",
            "--check",
            "--issuer",
            "https://a.example",
            "--cluster",
            "https://b.example",
        ],
        vec![
            "oidc",
            "publish",
            "out",
            "--issuer",
            "https://a.example",
            "--cluster",
            "http://b.example",
        ],
    ] {
        let run = vicar(&arguments);
        assert_eq!(run.status, 2, "{arguments:?} {run:?}");
    }
}
