//! What the tests share: specs and token bodies from data files, and a host on paper.

use std::{collections::BTreeMap, path::Path};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vicar_exchange::{
    Carriage, Event, Exchanged, HttpRequest, HttpResponse, Machine, Problem, Randomness, Secret,
    Spec, Step, step::DevicePrompt,
};
use vicar_token::base64url;

/// The time at which every test begins: within the life of all token bodies.
pub(crate) const NOW: u64 = 1_790_000_500;

/// Reads a data file of this crate.
pub(crate) fn data<T: DeserializeOwned>(name: &str) -> T {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name))
}

#[expect(clippy::disallowed_methods, reason = "tests read their data files")]
fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The claims of a named token body: this crate's, or one of `vicar-identity`'s.
pub(crate) fn claims(name: &str) -> Map<String, Value> {
    let mut own: BTreeMap<String, Map<String, Value>> = data("tokens.json");
    own.remove(name).unwrap_or_else(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../identity/tests/data/tokens.json");
        let mut shared: BTreeMap<String, Map<String, Value>> = read(&path);
        shared.remove(name).unwrap_or_else(|| panic!("no token body `{name}`"))
    })
}

/// A token body with `changes`: null removes a claim.
pub(crate) fn changed(name: &str, changes: &Map<String, Value>) -> Map<String, Value> {
    let mut claims = claims(name);
    for (claim, value) in changes {
        match value {
            Value::Null => claims.remove(claim),
            value => claims.insert(claim.clone(), value.clone()),
        };
    }
    claims
}

/// A token of these claims with a signature that nobody checks here.
pub(crate) fn jwt(claims: &Map<String, Value>) -> String {
    jwt_of_type("JWT", claims)
}

pub(crate) fn jwt_of_type(header_type: &str, claims: &Map<String, Value>) -> String {
    let header = json!({"alg": "RS256", "typ": header_type, "kid": "k1"});
    let part = |value: String| base64url::encode(value.as_bytes());
    let claims = part(serde_json::to_string(claims).unwrap());
    format!("{}.{claims}.AAAA", part(header.to_string()))
}

pub(crate) fn token(name: &str) -> String {
    match name {
        "id-jag" => jwt_of_type("oauth-id-jag+jwt", &claims(name)),
        _ => jwt(&claims(name)),
    }
}

/// What stands for tokens in data files.
const PLACEHOLDERS: [(&str, &str); 9] = [
    ("<Actor>", "actor"),
    ("<IdJag>", "id-jag"),
    ("<IdToken>", "id-token-v2"),
    ("<ManagedIdentity>", "managed-identity"),
    ("<ServiceAccount>", "service-account"),
    ("<Subject>", "subject"),
    ("<T1>", "t1-blueprint-exchange"),
    ("<Tc>", "tc-user-for-blueprint"),
    ("<X2>", "x2-agent-exchange"),
];

pub(crate) fn filled(text: &str) -> String {
    PLACEHOLDERS.iter().fold(text.to_owned(), |text, (placeholder, name)| {
        if text.contains(placeholder) { text.replace(placeholder, &token(name)) } else { text }
    })
}

/// A named spec as JSON, its tokens filled in.
pub(crate) fn spec_json(name: &str) -> Value {
    let mut specs: BTreeMap<String, Value> = data("specs.json");
    let spec = specs.remove(name).unwrap_or_else(|| panic!("no spec `{name}`"));
    serde_json::from_str(&filled(&spec.to_string())).unwrap()
}

pub(crate) fn spec(name: &str) -> Spec {
    serde_json::from_value(spec_json(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A named spec with another value somewhere; `at` is a JSON pointer.
pub(crate) fn spec_with(name: &str, at: &str, value: Value) -> Value {
    let mut spec = spec_json(name);
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
pub(crate) fn granted(token: &str) -> HttpResponse {
    let body = json!({"token_type": "Bearer", "expires_in": 3899, "access_token": token});
    HttpResponse::json(200, body.to_string())
}

/// An error answer.
pub(crate) fn refused(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::json(status, body.to_string())
}

/// What happened in one exchange.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) requests: Vec<HttpRequest>,
    /// How long each pause was.
    pub(crate) pauses: Vec<u64>,
    pub(crate) prompts: Vec<DevicePrompt>,
    pub(crate) signed: Vec<String>,
    pub(crate) end: Result<Box<Exchanged>, Box<Problem>>,
    pub(crate) now: u64,
}

impl Run {
    /// `ok`, or the reason's code.
    pub(crate) fn outcome(&self) -> &'static str {
        match &self.end {
            Ok(_) => "ok",
            Err(problem) => problem.reason().code,
        }
    }

    pub(crate) fn problem(&self) -> &Problem {
        self.end.as_ref().expect_err("a problem")
    }
}

/// Runs an exchange: exchange tokens and the like are granted, `last` answers what was asked for.
pub(crate) fn run(spec: Spec, mut last: impl FnMut(usize) -> Reply) -> Run {
    let mut asked = 0;
    run_with(spec, |request| match routine(request) {
        Some(reply) => Ok(reply),
        None => {
            asked += 1;
            last(asked - 1)
        }
    })
}

/// Runs an exchange with an answer to each request. Time passes in pauses only.
pub(crate) fn run_with(spec: Spec, mut answer: impl FnMut(&HttpRequest) -> Reply) -> Run {
    let (mut machine, mut step) = Machine::start(spec, Randomness::new([7; 32]), NOW);
    let (mut requests, mut pauses, mut prompts, mut signed) = (vec![], vec![], vec![], vec![]);
    let mut now = NOW;
    for _ in 0..1000 {
        let event = match step {
            Step::Done(exchanged) => {
                return Run { requests, pauses, prompts, signed, end: Ok(exchanged), now };
            }
            Step::Failed(problem) => {
                return Run { requests, pauses, prompts, signed, end: Err(problem), now };
            }
            Step::Prompt(prompt) => {
                now = prompt.poll_at;
                prompts.push(prompt);
                Event::Woken
            }
            Step::ReadAssertion { .. } => {
                Event::Assertion(Some(Secret::new(format!("{}\n", token("service-account")))))
            }
            Step::Send(request) => {
                let reply = answer(&request);
                requests.push(request);
                Event::Response(reply)
            }
            Step::Sign { input, .. } => {
                signed.push(input);
                Event::Signature(Some(vec![1, 2, 3]))
            }
            Step::Wait { until } => {
                assert!(until > now, "a pause takes time");
                pauses.push(until - now);
                now = until;
                Event::Woken
            }
        };
        step = machine.resume(event, now);
    }
    panic!("the exchange does not end");
}

/// The hops before the last.
pub(crate) fn routine(request: &HttpRequest) -> Option<HttpResponse> {
    let body = request.body();
    let has = |part: &str| body.expose().contains(part);
    if request.url.contains("/metadata/identity/") {
        Some(granted(&token("managed-identity")))
    } else if has("fmi_path=") {
        Some(granted(&token("t1-blueprint-exchange")))
    } else if has("AzureADTokenExchange") {
        Some(granted(&token("x2-agent-exchange")))
    } else if has("token-type%3Aid-jag") {
        let body = json!({"token_type": "N_A", "expires_in": 300, "access_token": token("id-jag"),
            "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag"});
        Some(HttpResponse::json(200, body.to_string()))
    } else {
        None
    }
}
