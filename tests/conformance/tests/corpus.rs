//! Every case of the corpus, natively and in wasmtime, with the host's verifier and alone.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::OnceLock;

use vicar_compiler::{Compiled, compile};
use vicar_conformance::{Component, bundles};
use vicar_native::call::OwnedCall;
use vicar_native::engine::{Engine, GateEngine, NativeEngine, Verification, WasmEngine};
use vicar_native::mint::{KeyNumber, key_set};
use vicar_native::test_runner::{Report, presented_token, run};

/// The corpus, built.
fn corpus() -> &'static [(String, Compiled)] {
    static CORPUS: OnceLock<Vec<(String, Compiled)>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        bundles()
            .unwrap()
            .into_iter()
            .map(|(name, folder)| {
                let compiled = compile(&folder).unwrap_or_else(|problems| {
                    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    panic!("bundle {name} does not build:\n{}", problems.join("\n"))
                });
                (name, compiled)
            })
            .collect()
    })
}

/// The component whose host verifies signatures.
fn hosted() -> &'static WasmEngine {
    static ENGINE: OnceLock<WasmEngine> = OnceLock::new();
    ENGINE.get_or_init(|| Component::Hosted.engine().unwrap())
}

/// The component that verifies signatures itself.
fn alone() -> &'static WasmEngine {
    static ENGINE: OnceLock<WasmEngine> = OnceLock::new();
    ENGINE.get_or_init(|| Component::Alone.engine().unwrap())
}

fn failures(name: &str, report: &Report) -> String {
    let mut text = String::new();
    for case in report.cases.iter().filter(|case| !case.passed) {
        let _ = writeln!(text, "{name}/{}:{} {}", case.file, case.line, case.name);
        for difference in &case.differences {
            let _ = writeln!(
                text,
                "    {}: wanted {}, got {}",
                difference.what, difference.wanted, difference.seen
            );
        }
        let _ = writeln!(text, "    {}", case.sentence);
    }
    text
}

fn reports(engine: &dyn Engine) -> Vec<(String, Report)> {
    corpus()
        .iter()
        .map(|(name, compiled)| {
            (name.clone(), run(engine, &compiled.bundle, &compiled.tests).unwrap())
        })
        .collect()
}

fn all_pass(reports: &[(String, Report)]) {
    let failures: String = reports.iter().map(|(name, report)| failures(name, report)).collect();
    let count = failures.lines().filter(|line| !line.starts_with(' ')).count();
    assert!(failures.is_empty(), "{count} cases fail:\n{failures}");
}

#[test]
fn every_case_holds_natively() {
    all_pass(&reports(&NativeEngine));
}

#[test]
fn every_case_holds_in_wasmtime() {
    all_pass(&reports(hosted()));
}

#[test]
fn every_case_holds_in_wasmtime_alone() {
    all_pass(&reports(alone()));
}

#[test]
fn every_engine_gives_the_same_bytes() {
    for (name, compiled) in corpus() {
        let native = answers(&NativeEngine, compiled);
        for (engine, guest) in [("hosted", hosted()), ("alone", alone())] {
            let guest = answers(guest, compiled);
            assert_eq!(native.len(), guest.len());
            for ((case, native), (_, guest)) in native.iter().zip(&guest) {
                assert!(
                    native == guest,
                    "{name}: {case}, {engine}: {}",
                    first_difference(native, guest)
                );
            }
        }
    }
}

/// Where two texts part, with some of what follows.
fn first_difference(native: &str, guest: &str) -> String {
    let same = native.bytes().zip(guest.bytes()).take_while(|(left, right)| left == right).count();
    let from = |text: &str| {
        let rest = text.as_bytes().get(same.saturating_sub(40)..).unwrap_or_default();
        String::from_utf8_lossy(rest).chars().take(160).collect::<String>()
    };
    format!("at byte {same}\n  native: …{}\n  guest:  …{}", from(native), from(guest))
}

/// The JSON of every case: the verdict of a call, else the identity or refusal of a token.
fn answers(engine: &dyn Engine, compiled: &Compiled) -> Vec<(String, String)> {
    let issuers: Vec<_> =
        compiled.bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
    let mut gate: Box<dyn GateEngine> = engine.load(&compiled.bundle.to_bytes()).unwrap();
    for (position, issuer) in issuers.iter().enumerate() {
        let keys =
            key_set(&issuer.name, &issuer.algorithms, KeyNumber::of_issuer(position)).unwrap();
        gate.set_keys(&issuer.name, keys.as_bytes()).unwrap();
    }
    let cases = compiled.tests.iter().flat_map(|file| &file.cases);
    // Exchanges are decided natively only.
    let cases = cases.filter(|case| case.exchange.is_none());
    cases
        .map(|case| {
            let token = presented_token(case, &issuers).unwrap();
            let answer = match (&case.call, &token) {
                (Some(call), _) => OwnedCall::from(call)
                    .with(token.as_deref(), |call| gate.explain(call, case.clock))
                    .unwrap(),
                (None, Some(token)) => match gate.verify(token, case.clock).unwrap() {
                    Verification::Admitted(json) | Verification::Refused(json) => json,
                },
                (None, None) => String::new(),
            };
            (case.name.clone(), answer)
        })
        .collect()
}

#[test]
fn the_corpus_does_not_shrink() {
    let cases = || corpus().iter().flat_map(|(_, c)| &c.tests).flat_map(|file| &file.cases);
    let exchanges = cases().filter(|case| case.exchange.is_some()).count();
    let tokens = cases().filter(|case| case.call.is_none()).count() - exchanges;
    let decisions = cases().filter(|case| case.call.is_some()).count();
    assert!(tokens >= 400, "{tokens} token cases");
    assert!(decisions >= 140, "{decisions} decision cases");
    assert!(exchanges >= 30, "{exchanges} exchange cases");
}

#[test]
fn every_deny_of_the_corpus_names_its_reason() {
    for (name, compiled) in corpus() {
        for file in &compiled.tests {
            for case in &file.cases {
                let denied = case.want.decision == vicar_compiler::test_file::WantedDecision::Deny;
                assert!(
                    !denied || case.want.reason.is_some(),
                    "{name}/{}:{} wants a deny without saying why",
                    file.path,
                    case.line
                );
            }
        }
    }
}

#[test]
fn every_reason_has_a_case() {
    // `tests/keys.rs` has the first three; a mapping that fails is refused when it is built.
    let elsewhere = ["key_ambiguous", "key_issuer_mismatch", "keys_unavailable", "mapping_failed"];
    // What a host asks of a gate, not a caller.
    let hosts = ["header_missing", "issuer_not_in_bundle", "key_set_malformed"];
    let wanted: Vec<&str> = corpus()
        .iter()
        .flat_map(|(_, compiled)| &compiled.tests)
        .flat_map(|file| &file.cases)
        .filter_map(|case| case.want.reason.as_deref())
        .collect();
    let reasons = vicar_token::reason::ALL
        .iter()
        .chain(vicar_identity::reason::ALL)
        .chain(vicar::reason::ALL);
    for reason in reasons {
        let code = reason.code;
        let excused = elsewhere.contains(&code) || hosts.contains(&code);
        assert!(wanted.contains(&code) || excused, "no case of the corpus wants `{code}`");
    }
}
