//! Every case of the conformance corpus as a request through a real Envoy: the verdict's bytes are
//! those of the native engine, whichever verifier is asked, over HTTP/1.1 and HTTP/2.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr};

use hyper::Method;
use serde_json::{Value, json};
use vicar_compiler::{
    Compiled, TestCase, compile,
    test_file::{TestCall, TestOperation},
};
use vicar_conformance::bundles;
use vicar_envoy_tests::{
    client::Request,
    configuration::{Listener, bootstrap, to_envoy},
    envoy::{Envoy, Options},
    filter::Filter,
};
use vicar_native::{
    call::OwnedCall,
    engine::{Engine as _, GateEngine, NativeEngine},
    mint::{KeyNumber, key_set},
    test_runner::presented_token,
};
use vicar_token::TrustedIssuer;

#[test]
fn every_case_has_the_native_bytes_with_the_hosts_verifier() {
    run("host");
}

#[test]
fn every_case_has_the_native_bytes_with_the_modules_own_verifier() {
    run("wasm");
}

fn run(verifier: &str) {
    let corpus: Vec<(String, Compiled)> = bundles()
        .unwrap()
        .into_iter()
        .map(|(name, folder)| (name, compile(&folder).unwrap()))
        .collect();
    let listeners: Vec<Value> =
        corpus.iter().map(|(name, compiled)| listener(name, compiled, verifier)).collect();
    let envoy = Envoy::start(&bootstrap(&listeners, &[]), &Options::default()).unwrap();
    let mut failures = String::new();
    let (mut same, mut excepted) = (0, 0);
    for (name, compiled) in &corpus {
        let address = envoy.listener(name).unwrap();
        let mut native = Native::new(compiled);
        let cases = compiled
            .tests
            .iter()
            .flat_map(|file| file.cases.iter().map(|case| (place(name, &file.path), case)));
        for (place, case) in cases {
            let verdict = native.verdict(case);
            let exception = exceptions().get(&(place.clone(), case.name.clone()));
            for http2 in [false, true] {
                let seen = through_envoy(address, case, native.token(case).as_deref(), http2);
                if exception.is_some() {
                    assert!(!is_allow(&seen), "{place}: {}: {seen}", case.name);
                    assert!(seen != verdict, "{place}: {} is no exception any more", case.name);
                    excepted += 1;
                } else if seen == verdict {
                    same += 1;
                } else {
                    let _ = writeln!(
                        failures,
                        "{place}: {} (HTTP/{})\n  native: {}\n  envoy:  {}",
                        case.name,
                        if http2 { "2" } else { "1.1" },
                        shortened(&verdict),
                        shortened(&seen),
                    );
                }
            }
        }
    }
    let count = failures.lines().filter(|line| !line.starts_with(' ')).count();
    assert!(failures.is_empty(), "{count} of {} differ:\n{failures}", same + count + excepted);
    assert_eq!(excepted, 2 * exceptions().len(), "an exception that is no case");
    assert!(same > 1000, "{same} answers compared");
    assert_eq!(envoy.admin().statistics("vm_reload").unwrap().values().sum::<u64>(), 0);
}

fn listener(name: &str, compiled: &Compiled, verifier: &str) -> Value {
    let mut filter = Filter::new(&compiled.bundle.to_bytes())
        .set("verifier", json!(verifier))
        .set("audit", json!(false))
        .set("unsafe_testing", json!({ "clock_from_header": true, "answer_with_verdict": true }));
    for (position, issuer) in issuers(compiled).iter().enumerate() {
        let number = KeyNumber::of_issuer(position);
        let keys = key_set(&issuer.name, &issuer.algorithms, number).unwrap();
        filter = filter.keys(&issuer.name, &keys);
    }
    let mut listener = Listener::new(name, vec![filter.to_json().unwrap()], to_envoy(500));
    // What the cases call is what has to be judged: nothing is tidied up on the way.
    listener.more = json!({
        "normalize_path": false,
        "scheme_header_transformation": { "scheme_to_overwrite": "https" },
        "http_protocol_options": { "allow_custom_methods": true },
        "max_request_headers_kb": 192,
    });
    listener.to_json()
}

fn issuers(compiled: &Compiled) -> Vec<&TrustedIssuer> {
    compiled.bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect()
}

/// Bundle and file of a case, for example `entra/encoding`.
fn place(bundle: &str, file: &str) -> String {
    let file = file.trim_start_matches("tests/").trim_end_matches(".yaml");
    format!("{bundle}/{file}")
}

/// The reference.
struct Native<'a> {
    gate: Box<dyn GateEngine>,
    issuers: Vec<&'a TrustedIssuer>,
}

impl<'a> Native<'a> {
    fn new(compiled: &'a Compiled) -> Self {
        let mut gate = NativeEngine.load(&compiled.bundle.to_bytes()).unwrap();
        let issuers = issuers(compiled);
        for (position, issuer) in issuers.iter().enumerate() {
            let number = KeyNumber::of_issuer(position);
            let keys = key_set(&issuer.name, &issuer.algorithms, number).unwrap();
            gate.set_keys(&issuer.name, keys.as_bytes()).unwrap();
        }
        Self { gate, issuers }
    }

    fn token(&self, case: &TestCase) -> Option<String> {
        presented_token(case, &self.issuers).unwrap()
    }

    fn verdict(&mut self, case: &TestCase) -> String {
        let token = self.token(case);
        OwnedCall::from(&call(case))
            .with(token.as_deref(), |call| self.gate.explain(call, case.clock))
            .unwrap()
    }
}

/// The case's call. A case about a token alone presents it to a place that no bundle has: the
/// verdict then holds the refusal, or the identity.
fn call(case: &TestCase) -> TestCall {
    case.call.clone().unwrap_or_else(|| TestCall {
        method: "GET".to_owned(),
        scheme: "https".to_owned(),
        host: "nowhere.example".to_owned(),
        path: "/".to_owned(),
        headers: BTreeMap::new(),
        operation: TestOperation::Http,
    })
}

fn through_envoy(address: SocketAddr, case: &TestCase, token: Option<&str>, http2: bool) -> String {
    let call = call(case);
    let Ok(method) = Method::from_bytes(call.method.as_bytes()) else {
        return "not sent: no method".to_owned();
    };
    let mut request = Request::new(method, &call.path)
        .host(&call.host)
        .header("x-unsafe-clock", case.clock.to_string());
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    if let Some(token) = token {
        request = request.bearer(token);
    }
    request = match &call.operation {
        TestOperation::Http => request,
        TestOperation::Llm { model } => request
            .header("content-type", "application/json")
            .body(json!({ "model": model, "messages": [] }).to_string()),
        TestOperation::Mcp { method, name, arguments } => request
            .header("content-type", "application/json")
            .body(message(method, name.as_deref(), arguments.as_deref())),
    };
    if http2 {
        request = request.http2();
    }
    match request.send(address) {
        Ok(response) => response.text(),
        Err(failure) => format!("not sent: {failure}"),
    }
}

/// The JSON-RPC message of an operation; arguments stay as written.
fn message(method: &str, name: Option<&str>, arguments: Option<&str>) -> String {
    let member = if method.starts_with("resources/") { "uri" } else { "name" };
    let name = name.map(|name| format!(r#""{member}":{}"#, Value::from(name)));
    let arguments = arguments.map(|arguments| format!(r#""arguments":{arguments}"#));
    let parameters: Vec<String> = name.into_iter().chain(arguments).collect();
    let parameters = parameters.join(",");
    let id = if method.starts_with("notifications/") { "" } else { r#""id":1,"# };
    let method = Value::from(method);
    format!(r#"{{"jsonrpc":"2.0",{id}"method":{method},"params":{{{parameters}}}}}"#)
}

fn is_allow(answer: &str) -> bool {
    serde_json::from_str::<Value>(answer).is_ok_and(|answer| answer["decision"] == "allow")
}

fn shortened(text: &str) -> String {
    text.chars().take(400).collect()
}

/// Cases that a request cannot carry as they stand, by bundle and name; with the reason.
fn exceptions() -> &'static BTreeMap<(String, String), String> {
    static LIST: std::sync::LazyLock<BTreeMap<(String, String), String>> =
        std::sync::LazyLock::new(|| {
            include_str!("../../corpus-exceptions.txt")
                .lines()
                .filter(|line| !line.starts_with('#') && !line.is_empty())
                .map(|line| {
                    let mut parts = line.split(" | ");
                    let mut part = || parts.next().unwrap_or_else(|| panic!("{line}")).to_owned();
                    ((part(), part()), part())
                })
                .collect()
        });
    &LIST
}
