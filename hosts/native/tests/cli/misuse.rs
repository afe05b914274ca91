//! Misuse ends with 2, a reason code, and a hint; with `--json` as JSON.

use super::support::{NOW, office, vicar};

#[test]
fn errors_are_words_for_people_and_json_for_programs() {
    let arguments = ["bundle", "digest", "/no/such/bundle"];
    let words = vicar(&arguments);
    assert_eq!((words.status, words.out.as_str()), (2, ""));
    assert!(words.err.starts_with("error: cannot read `/no/such/bundle`"), "{words:?}");
    assert!(words.err.contains("[file_unusable]"), "{words:?}");
    let json = vicar(&[&arguments[..], &["--json"]].concat());
    assert_eq!((json.status, json.err.as_str()), (2, ""));
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(document["error"]["reason"], "file_unusable");
    let misuse = vicar(&["decide", "--frobnicate", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&misuse.out).unwrap();
    assert_eq!((misuse.status, &document["error"]["reason"]), (2, &"usage_malformed".into()));
}

/// What cannot be written was not answered.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_end_like_an_answer() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(assert_cmd::cargo::cargo_bin!("vicar"))
        .args(["inspect", "a.b.c"])
        .stdout(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn every_misuse_ends_with_2() {
    let office = office();
    for arguments in [
        vec![],
        vec!["frobnicate"],
        vec!["decide"],
        vec!["decide", "a.b.c"],
        vec!["inspect"],
        vec!["inspect", "a.b.c", "--now", "yesterday"],
        vec!["inspect", "@/no/such/file"],
        vec!["inspect", "a.b.c", "--engine", "steam"],
        vec!["verify", "a.b.c", "--issuer", "https://id.example"],
        vec!["decide", "a.b.c", "-b", &office, "--url", "nonsense", "--test-keys"],
        vec!["decide", "a.b.c", "-b", &office, "--request", "{", "--test-keys"],
        vec!["mint", "[]"],
        vec!["mint", "{}", "--key", "9"],
        vec!["mint", "{}", "--alg", "HS256"],
        vec!["mint", "{}", "--damage", "bites"],
        vec!["mint", "{}", "--bundle", &office, "--issuer", "nobody"],
        vec!["mint", "{}", "--set", "=x"],
        vec!["keys", "show", "/no/such/file"],
        vec!["schema", "everything"],
        vec!["test", "/no/such/folder"],
    ] {
        let run = vicar(&arguments);
        assert_eq!(run.status, 2, "{arguments:?} {run:?}");
        assert!(!run.err.is_empty(), "{arguments:?} says nothing");
        assert!(!run.err.contains("panicked"), "{arguments:?} {run:?}");
    }
}

#[test]
fn help_and_version_are_answers() {
    let help = vicar(&["--help"]);
    assert_eq!(help.status, 0);
    insta::assert_snapshot!("help", help.out);
    let version = vicar(&["--version"]);
    assert_eq!((version.status, version.out.starts_with("vicar ")), (0, true));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = vicar(&["completion", shell]);
        assert_eq!((run.status, run.out.contains("inspect")), (0, true), "{shell}");
    }
}

#[test]
fn a_clock_may_be_written_as_a_date() {
    let run = vicar(&["inspect", "e30.e30.e30", "--now", "2026-09-21T14:13:20Z"]);
    assert_eq!(run.status, 0, "{run:?} {NOW}");
}
