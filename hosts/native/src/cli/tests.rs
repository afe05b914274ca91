//! What the engine writes is what the views (and so the schemas) describe: under test they refuse
//! members that they do not know.

use std::{path::Path, sync::OnceLock};

use clap::Parser;
use proptest::prelude::*;
use vicar_token::TrustedIssuer;

use super::{
    Arguments, Components,
    inspect::InspectionView,
    keys_input::trust_test_keys,
    run,
    verdict_view::VerdictView,
    verify::{AdmissionView, RefusalView},
};
use crate::{
    bundle_source,
    call::OwnedCall,
    engine::{Engine, EngineError, NativeEngine, Verification},
    test_runner::presented_token,
};

#[test]
fn the_views_know_every_member_that_the_engine_writes() {
    let folders = ["hosts/native/tests/data/office", "policies/reference"];
    let mut seen = [0; 3];
    for folder in folders {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let compiled = bundle_source::build(&path).unwrap();
        let bundle = &compiled.bundle;
        let issuers: Vec<&TrustedIssuer> =
            bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
        let mut gate = NativeEngine.load(&bundle.to_bytes()).unwrap();
        trust_test_keys(&mut *gate, bundle).unwrap();
        for case in compiled.tests.iter().flat_map(|file| &file.cases) {
            let token = presented_token(case, &issuers).unwrap();
            if let Some(call) = case.call.as_ref().map(OwnedCall::from) {
                let json =
                    call.with(token.as_deref(), |call| gate.explain(call, case.clock)).unwrap();
                VerdictView::read(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
                seen[0] += 1;
            }
            let Some(token) = token else { continue };
            match gate.verify(&token, case.clock).unwrap() {
                Verification::Admitted(json) => {
                    read::<AdmissionView>(&json);
                    seen[1] += 1;
                }
                Verification::Refused(json) => {
                    read::<RefusalView>(&json);
                    seen[2] += 1;
                }
            }
            read::<InspectionView>(&NativeEngine.inspect(&token, Some(case.clock)).unwrap());
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}: every kind of answer occurs");
}

#[test]
fn the_command_line_is_sound() {
    use clap::CommandFactory;
    super::Arguments::command().debug_assert();
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_input_is_an_answer_or_an_error(text in any_text()) {
        let office = built_office();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let path = file.path().to_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        let issuer = "https://oidc.example";
        let at = format!("@{path}");
        let text = text.replace('\0', "");
        for arguments in [
            vec!["inspect", &at, "--engine", "native"],
            vec!["verify", "-b", office, "--test-keys", "--engine", "native", "--file", path],
            vec!["verify", "a.b.c", "-b", office, "--engine", "native", "--keys", &at],
            vec!["decide", "--no-token", "-b", path, "--url", "https://a.example"],
            vec!["decide", "--no-token", "-b", office, "--engine", "native", "--request", &at],
            vec!["bundle", "digest", path],
            vec!["keys", "show", path],
            vec!["mint", &at],
            vec!["mint", "{}", "--header", &at],
            vec!["mint", "{}", "--set", &text],
            vec!["inspect", "a.b.c", "--engine", "native", "--now", &text],
            vec!["oidc", "publish", folder, "--issuer", issuer, "--configuration", path, "--keys", path],
            vec!["oidc", "publish", folder, "--issuer", &text, "--configuration", path, "--keys", path],
            vec!["doctor", "--offline", "--token-file", path],
            vec!["doctor", "--offline", "--token-file", path, "--federated-credential", path],
            vec!["exchange", "--spec", path, "--dry-run", "--engine", "native"],
            vec!["exchange", "t1", "--dry-run", "--engine", "native", "--secret-file", path],
        ] {
            let all = ["vicar"].into_iter().chain(arguments.iter().copied());
            let Ok(parsed) = Arguments::try_parse_from(all) else { continue };
            match run(parsed, NO_COMPONENTS) {
                Ok(answer) => prop_assert!(answer.text.ends_with('\n'), "{:?}", arguments),
                Err(failure) => prop_assert!(!failure.reason.is_empty() && !failure.message.is_empty()),
            }
        }
    }
}

/// The office's bundle file.
fn built_office() -> &'static str {
    static BUNDLE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = BUNDLE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/office");
        let bundle = bundle_source::build(&folder).unwrap().bundle;
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("office.vicar");
        std::fs::write(&path, bundle.to_bytes()).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (out, path)
    });
    path
}

/// Text that is nothing, and text that is nearly something.
fn any_text() -> impl Strategy<Value = String> {
    let nearly = prop::sample::select(vec![
        r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
        r#"{"method":"POST","host":"mcp.contoso.example","path":"/mcp","mcp":{"method":"tools/call","tool":"read"}}"#,
        r#"{"format":"vicar-bundle","version":1,"digest":"sha256:00","contents":{}}"#,
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
        "1790000000",
        "scp=tools.read",
    ]);
    let cut = (nearly, any::<prop::sample::Index>(), ".{0,3}").prop_map(|(text, at, put)| {
        let at = at.index(text.len());
        let (before, after) = text.split_at(at);
        format!("{before}{put}{after}")
    });
    prop_oneof!["\\PC{0,60}", ".{0,60}", cut]
}

const NO_COMPONENTS: Components = Components { gate: no_component, exchange: no_component };

fn no_component<T>() -> Result<T, EngineError> {
    Err(EngineError::Component("not in this test".to_owned()))
}
