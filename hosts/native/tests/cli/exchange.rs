//! `vicar exchange`: rehearsed without a network, and refused before anything is sent.

use super::support::{command, data, vicar};

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const SECRET: &str = "hunter2-hunter2";

/// `exchange FLOW` of the agent with a client secret from standard input, and more.
fn exchange(flow: &str, more: &[&str]) -> super::support::Run {
    let mut arguments = vec!["exchange", flow, "--tenant", TENANT, "--blueprint", BLUEPRINT];
    arguments.extend(["--agent", AGENT, "--secret-file", "-"]);
    arguments.extend(more);
    super::support::vicar_reading(&arguments, format!("{SECRET}\n"))
}

#[test]
fn a_dry_run_prints_every_form_and_no_secret() {
    let graph = ["--scope", "https://graph.microsoft.com/.default"];
    let tc = super::support::token(&[
        &format!("aud={BLUEPRINT}"),
        "azp=\"e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6\"",
        "xms_act_fct=\"3 9\"",
        "xms_par_app_azp=null",
        "scp=access_as_user",
    ]);
    for (name, run) in [
        ("t1", exchange("t1", &["--dry-run"])),
        ("autonomous", exchange("autonomous", &[&graph[..], &["--dry-run"]].concat())),
        (
            "agent-user",
            exchange(
                "agent-user",
                &[&graph[..], &["--agent-user", "agent@contoso.example", "--dry-run"]].concat(),
            ),
        ),
        (
            "on-behalf-of",
            exchange(
                "on-behalf-of",
                &[&graph[..], &["--user-token", &tc, "--now", super::support::NOW, "--dry-run"]]
                    .concat(),
            ),
        ),
    ] {
        assert_eq!(run.status, 0, "{name}: {run:?}");
        assert!(!run.out.contains(SECRET) && !run.out.contains(&tc), "{name}: {}", run.out);
        insta::assert_snapshot!(format!("exchange-dry-run-{name}"), run.out);
    }
}

#[test]
fn a_dry_run_is_the_same_on_both_engines_and_in_json() {
    let on = |engine: &str| {
        let run = exchange(
            "autonomous",
            &[
                "--scope",
                "https://graph.microsoft.com/.default",
                "--dry-run",
                "--json",
                "--engine",
                engine,
            ],
        );
        assert_eq!(run.status, 0, "{run:?}");
        run.out
    };
    let json = on("wasm");
    assert_eq!(json, on("native"));
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&document["dry_run"], &document["steps"][0]["step"]),
        (&true.into(), &"send".into())
    );
    assert!(!json.contains(SECRET));
}

#[test]
fn a_spec_file_may_hold_any_flow() {
    let run = vicar(&["exchange", "--spec", &data("exchange/device-code.json"), "--dry-run"]);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("exchange-dry-run-device-code", run.out);
    let run = vicar(&[
        "exchange",
        "--spec",
        &data("exchange/identity-assertion.json"),
        "--dry-run",
        "--now",
        super::support::NOW,
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("exchange-dry-run-identity-assertion", run.out);
}

#[test]
fn a_file_that_is_elsewhere_is_stood_in_for() {
    let run = vicar(&[
        "exchange",
        "t1",
        "--tenant",
        TENANT,
        "--blueprint",
        BLUEPRINT,
        "--agent",
        AGENT,
        "--service-account-token",
        "/no/such/token",
        "--dry-run",
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    insta::assert_snapshot!("exchange-dry-run-service-account", run.out);
}

#[test]
fn what_must_not_be_sent_is_refused_before() {
    let scope = ["--scope", "https://graph.microsoft.com/User.Read", "--dry-run"];
    let run = exchange("autonomous", &scope);
    assert_eq!((run.status, run.err.contains("[scope_refused]")), (2, true), "{run:?}");
    let run = exchange("autonomous", &["--dry-run"]);
    assert_eq!((run.status, run.err.contains("`--scope` is missing")), (2, true), "{run:?}");
    let graph = ["--scope", "https://graph.microsoft.com/.default", "--dry-run"];
    let stale = super::support::token(&[&format!("aud={BLUEPRINT}"), "exp=1790000001"]);
    let user = ["--user-token", &stale, "--now", super::support::NOW];
    let run = exchange("on-behalf-of", &[&graph[..], &user].concat());
    assert_eq!((run.status, run.out.contains("assertion_expired")), (1, true), "{run:?}");
    let mut misplaced = command(&["exchange", "--spec", "-", "--dry-run"]);
    let spec = r#"{"flow":{"entra":"hunter2-hunter2"}}"#;
    let output = misplaced.write_stdin(spec).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("[exchange_request_malformed]") && !err.contains(SECRET), "{err}");
}

#[test]
fn keys_and_certificates_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    let with = |more: &[&str]| {
        let mut arguments = vec!["exchange", "t1", "--tenant", TENANT, "--agent", AGENT];
        arguments.extend(["--blueprint", BLUEPRINT]);
        arguments.extend(more);
        vicar(&arguments)
    };
    let run = with(&["--certificate", empty, "--private-key", empty]);
    assert_eq!((run.status, run.err.contains("[certificates_unusable]")), (2, true), "{run:?}");
    let run = with(&["--managed-identity", "--private-key", empty]);
    assert_eq!((run.status, run.err.contains("[private_key_unusable]")), (2, true), "{run:?}");
    let run = with(&["--managed-identity", "--now", "1790000000"]);
    assert_eq!((run.status, run.err.contains("`--dry-run` only")), (2, true), "{run:?}");
}
