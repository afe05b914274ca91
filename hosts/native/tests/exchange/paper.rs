//! A host on paper: specs and answers from the data files of `vicar-exchange`, and one exchange
//! run on both engines with the same answers.

use std::{collections::BTreeMap, fs, path::Path, sync::OnceLock};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vicar_exchange::{Carriage, Event, HttpResponse, Secret};
use vicar_native::{
    engine::EngineError,
    exchange::{
        DevicePrompt, ExchangedToken, Exchanger, NativeExchanger, Problem, Step, TokenRequest,
        WasmExchanger,
    },
};
use vicar_token::base64url;

/// The time at which every exchange on paper begins: within the life of all token bodies.
pub(crate) const NOW: u64 = 1_790_000_500;

/// The component that `make component` leaves in `dist/`, compiled anew.
pub(crate) fn component() -> &'static WasmExchanger {
    static COMPONENT: OnceLock<WasmExchanger> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let path = repository().join("dist/vicar-exchange.component.wasm");
        let component = fs::read(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; `make component` builds it", path.display())
        });
        WasmExchanger::compile(&component, WasmExchanger::LIMITS).unwrap()
    })
}

pub(crate) fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads a data file of `vicar-exchange`.
pub(crate) fn data<T: DeserializeOwned>(name: &str) -> T {
    read(&format!("crates/exchange/tests/data/{name}"))
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let text = fs::read_to_string(repository().join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn claims(name: &str) -> Map<String, Value> {
    let mut own: BTreeMap<String, Map<String, Value>> = data("tokens.json");
    own.remove(name).unwrap_or_else(|| {
        let mut shared: BTreeMap<String, Map<String, Value>> =
            read("crates/identity/tests/data/tokens.json");
        shared.remove(name).unwrap_or_else(|| panic!("no token body `{name}`"))
    })
}

/// A named token body with `changes` (null removes a claim), and a signature that nobody checks.
pub(crate) fn changed(name: &str, changes: &Map<String, Value>) -> String {
    let mut claims = claims(name);
    for (claim, value) in changes {
        match value {
            Value::Null => claims.remove(claim),
            value => claims.insert(claim.clone(), value.clone()),
        };
    }
    let header_type = if name == "id-jag" { "oauth-id-jag+jwt" } else { "JWT" };
    let header = json!({"alg": "RS256", "typ": header_type, "kid": "k1"});
    let part = |value: String| base64url::encode(value.as_bytes());
    format!("{}.{}.AAAA", part(header.to_string()), part(json!(claims).to_string()))
}

pub(crate) fn token(name: &str) -> String {
    changed(name, &Map::new())
}

/// `text` with tokens in the place of what stands for them in data files.
pub(crate) fn filled(text: &str) -> String {
    [
        ("<Actor>", "actor"),
        ("<IdJag>", "id-jag"),
        ("<IdToken>", "id-token-v2"),
        ("<ManagedIdentity>", "managed-identity"),
        ("<ServiceAccount>", "service-account"),
        ("<Subject>", "subject"),
        ("<T1>", "t1-blueprint-exchange"),
        ("<Tc>", "tc-user-for-blueprint"),
        ("<X2>", "x2-agent-exchange"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (placeholder, name)| {
        if text.contains(placeholder) { text.replace(placeholder, &token(name)) } else { text }
    })
}

/// A named spec, its tokens filled in.
pub(crate) fn spec(name: &str) -> Value {
    let mut specs: BTreeMap<String, Value> = data("specs.json");
    let spec = specs.remove(name).unwrap_or_else(|| panic!("no spec `{name}`"));
    serde_json::from_str(&filled(&spec.to_string())).unwrap()
}

/// A named spec with another value somewhere; `at` is a JSON pointer.
pub(crate) fn spec_with(name: &str, at: &str, value: Value) -> Value {
    let mut spec = spec(name);
    if let Some(place) = spec.pointer_mut(at) {
        *place = value;
        return spec;
    }
    let (parent, member) = at.rsplit_once('/').unwrap();
    let parent = spec.pointer_mut(parent).unwrap_or_else(|| panic!("{name} has no {at}"));
    parent.as_object_mut().unwrap().insert(member.to_owned(), value);
    spec
}

pub(crate) type Reply = Result<HttpResponse, Carriage>;

/// A good answer with this token.
pub(crate) fn granted(token: &str) -> Reply {
    refused(200, &json!({"token_type": "Bearer", "expires_in": 3899, "access_token": token}))
}

/// Any JSON answer.
pub(crate) fn refused(status: u16, body: &Value) -> Reply {
    Ok(HttpResponse::json(status, body.to_string()))
}

/// What happened in one exchange.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) requests: Vec<TokenRequest>,
    pub(crate) pauses: Vec<u64>,
    pub(crate) prompts: Vec<DevicePrompt>,
    pub(crate) signed: Vec<(String, String)>,
    pub(crate) files: Vec<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) end: Result<Box<ExchangedToken>, Box<Problem>>,
}

impl Run {
    /// `ok`, or the reason's code.
    pub(crate) fn outcome(&self) -> &str {
        match &self.end {
            Ok(_) => "ok",
            Err(problem) => &problem.reason,
        }
    }
}

/// Runs `spec` on both engines with the same answers, holds one run against the other, and
/// returns it. Exchange tokens and the like are granted; `last` answers the other requests by
/// their number.
pub(crate) fn run(spec: &str, last: impl Fn(usize, &TokenRequest) -> Reply) -> Run {
    let answer = |asked: usize, request: &TokenRequest| match routine(request) {
        Some(reply) => (asked, reply),
        None => (asked + 1, last(asked, request)),
    };
    run_with(spec, &answer)
}

/// As [`run`], with an answer to each request.
pub(crate) fn run_with(spec: &str, answer: &dyn Fn(usize, &TokenRequest) -> (usize, Reply)) -> Run {
    let native = run_on(&NativeExchanger, spec, answer).unwrap();
    let guest = run_on(component(), spec, answer).unwrap();
    assert_eq!(native.requests.len(), guest.requests.len(), "{native:?}\n{guest:?}");
    for (native, guest) in native.requests.iter().zip(&guest.requests) {
        assert_eq!(native.body.expose().as_bytes(), guest.body.expose().as_bytes());
    }
    assert_eq!(native, guest);
    native
}

/// Runs `spec` on one engine. Time passes in pauses only.
pub(crate) fn run_on(
    exchanger: &dyn Exchanger,
    spec: &str,
    answer: &dyn Fn(usize, &TokenRequest) -> (usize, Reply),
) -> Result<Run, EngineError> {
    let started = exchanger.start(&Secret::from(spec), [7; 32], NOW)?;
    let (mut machine, mut step) = (started.machine, started.step);
    let (mut requests, mut pauses, mut prompts) = (vec![], vec![], vec![]);
    let (mut signed, mut files) = (vec![], vec![]);
    let correlation_id = machine.as_ref().map(|machine| machine.correlation_id().to_owned());
    let (mut now, mut asked) = (NOW, 0);
    let end = loop {
        assert!(requests.len() < 1000, "the exchange does not end");
        let event = match step {
            Step::Done(token) => break Ok(token),
            Step::Failed(problem) => break Err(problem),
            Step::Prompt(prompt) => {
                now = prompt.poll_at;
                prompts.push(prompt);
                Event::Woken
            }
            Step::ReadAssertion { file } => {
                files.push(file);
                Event::Assertion(Some(Secret::new(format!("{}\n", token("service-account")))))
            }
            Step::Send(request) => {
                let (next, reply) = answer(asked, &request);
                asked = next;
                requests.push(request);
                Event::Response(reply)
            }
            Step::Sign { key, input } => {
                signed.push((key, input));
                Event::Signature(Some(vec![1, 2, 3]))
            }
            Step::Wait { until } => {
                pauses.push(until - now);
                now = until;
                Event::Woken
            }
        };
        step = machine.as_mut().unwrap().resume(event, now)?;
    };
    Ok(Run { requests, pauses, prompts, signed, files, correlation_id, end })
}

/// The hops before the last.
pub(crate) fn routine(request: &TokenRequest) -> Option<Reply> {
    let has = |part: &str| request.body.expose().contains(part);
    if request.url.contains("/metadata/identity/") {
        Some(granted(&token("managed-identity")))
    } else if has("fmi_path=") {
        Some(granted(&token("t1-blueprint-exchange")))
    } else if has("AzureADTokenExchange") {
        Some(granted(&token("x2-agent-exchange")))
    } else if has("token-type%3Aid-jag") {
        Some(refused(
            200,
            &json!({"token_type": "N_A", "expires_in": 300, "access_token": token("id-jag"),
                "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag"}),
        ))
    } else {
        None
    }
}
