//! What the commands say, and how they end.

use super::support::{NOW, command, office, on_tool, token, vicar};

#[test]
fn decide_ends_with_0_for_allow_1_for_deny_2_for_neither() {
    let (token, office) = (token(&[]), office());
    assert_eq!(vicar(&on_tool("decide", &token, &office, "read")).status, 0);
    assert_eq!(vicar(&on_tool("decide", &token, &office, "remove")).status, 1);
    assert_eq!(vicar(&on_tool("decide", &token, &office, "unlisted")).status, 1);
    assert_eq!(vicar(&on_tool("decide", &token, "/no/such/bundle", "read")).status, 2);
}

#[test]
fn a_request_without_a_token_is_denied() {
    let office = office();
    let run = vicar(&[
        "decide",
        "--no-token",
        "--bundle",
        &office,
        "--test-keys",
        "--url",
        "https://mcp.contoso.example/mcp",
        "--tool",
        "read",
        "--json",
    ]);
    let verdict: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.status, &verdict["reason"]), (1, &serde_json::json!("token_missing")));
    assert_eq!(verdict["answer"]["status"], 401);
}

#[test]
fn both_engines_give_the_same_bytes() {
    let (token, office) = (token(&[]), office());
    let mut runs: Vec<Vec<&str>> = vec![
        vec!["inspect", &token, "--now", NOW],
        vec!["verify", &token, "--bundle", &office, "--test-keys", "--now", NOW],
        vec!["verify", &token, "--bundle", &office, "--test-keys", "--now", "1"],
    ];
    for tool in ["read", "remove", "unlisted"] {
        runs.push(on_tool("decide", &token, &office, tool));
        runs.push(on_tool("explain", &token, &office, tool));
    }
    for arguments in runs {
        for json in [&[][..], &["--json"]] {
            let with = |engine| vicar(&[&arguments, json, &["--engine", engine]].concat());
            let (wasm, native) = (with("wasm"), with("native"));
            assert_eq!(wasm.out, native.out, "{:?}", arguments.first());
            assert_eq!(wasm.status, native.status);
            assert!(!wasm.out.is_empty());
        }
    }
}

#[test]
fn colours_are_for_terminals() {
    let (token, office) = (token(&[]), office());
    let arguments = on_tool("explain", &token, &office, "read");
    assert!(!vicar(&arguments).out.contains('\u{1b}'), "piped output has no colours");
    let always = [arguments.as_slice(), &["--color", "always"]].concat();
    assert!(vicar(&always).out.contains("\u{1b}[1m"), "asked for, they come");
    let wish = command(&arguments).env("NO_COLOR", "1").output().unwrap();
    assert!(!wish.stdout.contains(&0x1b));
}

#[test]
fn explain_draws_who_asked_who_acts_and_what_decided() {
    let (token, office) = (token(&[]), office());
    insta::assert_snapshot!(
        "explain-allow",
        vicar(&on_tool("explain", &token, &office, "read")).out
    );
    insta::assert_snapshot!(
        "explain-forbid",
        vicar(&on_tool("explain", &token, &office, "remove")).out
    );
    let narrow = super::support::token(&["scp=tools.call"]);
    insta::assert_snapshot!(
        "explain-no-permit",
        vicar(&on_tool("explain", &narrow, &office, "read")).out
    );
    insta::assert_snapshot!(
        "decide-no-permit",
        vicar(&on_tool("decide", &narrow, &office, "read")).out
    );
}

#[test]
fn verify_says_whom_a_token_speaks_of_or_why_it_is_refused() {
    let (token, office) = (token(&[]), office());
    let verify = |now| vicar(&["verify", &token, "--bundle", &office, "--test-keys", "--now", now]);
    let good = verify(NOW);
    assert_eq!(good.status, 0);
    insta::assert_snapshot!("verify", good.out);
    let late = verify("1790009999");
    assert_eq!(late.status, 1);
    insta::assert_snapshot!("verify-expired", late.out);
}

#[test]
fn inspect_says_what_a_token_claims_and_that_nothing_is_verified() {
    let run = vicar(&["inspect", &token(&[]), "--now", NOW]);
    assert!(run.out.starts_with("NOT VERIFIED"), "{}", run.out);
    insta::assert_snapshot!("inspect", run.out);
}

#[test]
fn a_token_is_verified_without_a_bundle_on_the_callers_terms() {
    let folder = tempfile::tempdir().unwrap();
    let jwks = folder.path().join("jwks.json");
    let jwks = jwks.to_str().unwrap();
    let claims = r#"{"iss":"https://id.example","sub":"dana","aud":"api","client_id":"shell"}"#;
    let minted = vicar(&[
        "mint",
        claims,
        "--alg",
        "ES256",
        "--expires-in",
        "600",
        "--now",
        NOW,
        "--jwks",
        jwks,
    ]);
    let token = minted.out.trim();
    let verify = |issuer: &str, audience: &str| {
        vicar(&[
            "verify",
            token,
            "--issuer",
            issuer,
            "--audience",
            audience,
            "--algorithm",
            "ES256",
            "--keys",
            jwks,
            "--now",
            NOW,
            "--json",
        ])
    };
    let good = verify("https://id.example", "api");
    assert_eq!(good.status, 0, "{good:?}");
    for (issuer, audience, reason) in [
        ("https://id.example", "other", "audience_wrong"),
        ("https://other.example", "api", "issuer_untrusted"),
    ] {
        let run = verify(issuer, audience);
        let refusal: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((run.status, refusal["reason"].as_str()), (1, Some(reason)), "{run:?}");
    }
}

#[test]
fn a_request_may_be_a_document() {
    let (token, office) = (token(&[]), office());
    let request = r#"{"method":"POST","host":"mcp.contoso.example","path":"/mcp","mcp":{"method":"tools/call","tool":"read"}}"#;
    let run = vicar(&[
        "decide",
        &token,
        "-b",
        &office,
        "--test-keys",
        "--now",
        NOW,
        "--request",
        request,
    ]);
    assert_eq!(run.status, 0, "{run:?}");
}
