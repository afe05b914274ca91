//! Tokens come in many wrappings and never leave whole.

use super::support::{NOW, data, office, on_tool, token, vicar, vicar_reading};

#[test]
fn a_token_comes_as_argument_file_or_standard_input() {
    let token = token(&[]);
    let office = office();
    let file = tempfile::NamedTempFile::new().unwrap();
    let (head, tail) = token.split_at(100);
    std::fs::write(file.path(), format!("Authorization: Bearer {head}\r\n  {tail}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let at_path = format!("@{path}");
    let quoted = format!("\"Bearer {token}\"");
    let rest = ["--bundle", &office, "--test-keys", "--now", NOW];
    for start in [
        vec!["verify", &token],
        vec!["verify", &quoted],
        vec!["verify", &at_path],
        vec!["verify", "--file", path],
    ] {
        let run = vicar(&[start.as_slice(), &rest].concat());
        assert_eq!(run.status, 0, "{start:?} {run:?}");
    }
    let piped = format!("  bearer {token}\n\n");
    let run = vicar_reading(&[&["verify", "-"], &rest[..]].concat(), piped);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn no_command_prints_a_token_whole_unless_asked() {
    let token = token(&[]);
    let office = office();
    let parts: Vec<&str> = token.split('.').collect();
    let leaks = |text: &str| parts.iter().any(|part| text.contains(part));
    let mut runs = vec![
        vec!["inspect", &token],
        vec!["inspect", &token, "--json"],
        vec!["verify", &token, "--bundle", &office, "--test-keys", "--now", NOW],
        vec!["verify", &token, "--bundle", &office, "--offline"],
        vec!["verify", &token, "--bundle", "/no/such/bundle"],
        vec!["decide", &token, "--bundle", &office, "--url", &token],
        vec!["decide", &token, "--bundle", &office, "--url", "https://x", "--now", &token],
        vec!["decide", &token, &token],
        vec!["inspect", &token, "--engine", &token],
        vec!["mint", "{}", "--set", &token],
        vec!["verify", &token, "--bundle", &office, "--keys", &token],
        vec!["bundle", "digest", &token],
    ];
    runs.push(on_tool("decide", &token, &office, "read"));
    runs.push(on_tool("explain", &token, &office, "remove"));
    let damaged = token.replace('.', ". .");
    runs.push(vec!["inspect", &damaged]);
    for arguments in runs {
        let run = vicar(&arguments);
        assert!(!leaks(&run.out) && !leaks(&run.err), "{:?} {run:?}", arguments.first());
    }
    let shown = vicar(&["inspect", &token, "--show-token"]);
    assert!(shown.out.contains(&token), "{}", shown.out);
}

#[test]
fn what_is_no_token_is_a_refusal_or_an_error_never_a_panic() {
    let office = office();
    for (text, status) in [
        ("x", 1),
        ("a.b.c", 1),
        ("e30.e30.", 1),
        ("🦀.🦀.🦀", 1),
        (&"a".repeat(20_000), 1),
        ("", 2),
        ("   ", 2),
    ] {
        let run = vicar(&["verify", text, "--bundle", &office, "--test-keys"]);
        assert_eq!(run.status, status, "{run:?}");
        assert!(!run.err.contains("panicked"), "{run:?}");
    }
    let run = vicar_reading(&["inspect", "-"], vec![0xff, 0xfe, 0x00]);
    assert_eq!((run.status, run.err.contains("[input_not_utf8]")), (2, true), "{run:?}");
    let run = vicar_reading(&["inspect", "-"], vec![b'a'; 2 << 20]);
    assert_eq!((run.status, run.err.contains("[input_too_large]")), (2, true), "{run:?}");
}

#[test]
fn a_hostile_token_cannot_reach_the_terminal() {
    let token = token(&["name=\u{1b}[2J\u{1b}]0;owned\u{7}", "upn=\u{202e}anad"]);
    for arguments in [vec!["inspect", &token], on_tool("explain", &token, &office(), "read")] {
        let run = vicar(&arguments);
        assert!(!run.out.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", run.out);
    }
}

#[test]
fn mint_says_that_its_tokens_are_unsafe() {
    let claims = format!("@{}", data("agent-for-dana.json"));
    let run = vicar(&["mint", &claims]);
    assert!(run.err.contains("UNSAFE"), "{run:?}");
    let json: serde_json::Value =
        serde_json::from_str(&vicar(&["mint", &claims, "--json"]).out).unwrap();
    assert_eq!(json["unsafe"], true);
    assert!(json["jwks"]["keys"][0].get("d").is_none(), "private halves stay inside");
}

#[test]
fn mint_signs_what_it_is_told() {
    let inspect = |arguments: &[&str]| -> serde_json::Value {
        let token = vicar(arguments);
        assert_eq!(token.status, 0, "{token:?}");
        serde_json::from_str(&vicar(&["inspect", token.out.trim(), "--json"]).out).unwrap()
    };
    let seen = inspect(&[
        "mint",
        r#"{"b":1,"a":"x"}"#,
        "--alg",
        "ES384",
        "--kid",
        "k",
        "--set",
        "b=null",
        "--set",
        "c=[1]",
        "--header",
        r#"{"typ":null,"x":1}"#,
        "--expires-in",
        "60",
        "--now",
        NOW,
    ]);
    let claims: Vec<&str> = seen["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| claim["name"].as_str().unwrap())
        .collect();
    assert_eq!(claims, ["a", "iat", "nbf", "exp", "c"]);
    assert_eq!(seen["header"], serde_json::json!({"alg": "ES384", "kid": "k", "x": 1}));
}
