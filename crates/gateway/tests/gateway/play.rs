//! Plays a scenario against a gateway and writes down what a host would be told.

use std::fmt::Write;

use serde::Deserialize;
use vicar_gateway::{
    Answer, FieldList, Gateway, Head, Observed, Request, ResponseStep, RouteSettings, Settings,
    Step, Vouched,
};

use crate::{
    fixture::{Genuine, NOW, claims, gateway, keys, shadow_gateway, token},
    records::conforms,
};

/// One request, and what comes after it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// Whether the bundle itself only observes.
    #[serde(default)]
    shadow: bool,
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    route: RouteSettings,
    /// `POST https://host/path`, or nothing for a request without pseudo-header fields.
    request: Option<String>,
    /// `name: value`; `$name` is a token of `tests/data/tokens.yaml`, `\xNN` a byte.
    #[serde(default)]
    headers: Vec<String>,
    /// The body in chunks; nothing for a request that ends with its head.
    body: Option<Vec<String>>,
    /// A token whose claims a component in front has verified.
    vouched: Option<VouchedClaims>,
    /// Keys that come while the request waits; nothing when the host gives up.
    keys: Option<Keys>,
    response: Option<Response>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VouchedClaims {
    token: String,
    issuer: Option<String>,
    header: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    issuer: String,
    id: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    body: Vec<String>,
}

/// A head with everything a scenario says.
struct WholeHead<'a> {
    list: FieldList<'a>,
    vouched: Option<Vouched<'a>>,
}

impl Head for WholeHead<'_> {
    fn field(&self, name: &str) -> vicar_gateway::Field<'_> {
        self.list.field(name)
    }

    fn end_of_stream(&self) -> bool {
        self.list.end_of_stream
    }

    fn vouched(&self) -> Option<Vouched<'_>> {
        self.vouched.clone()
    }
}

/// The steps of a scenario, as text.
pub(crate) fn play(scenario: &Scenario) -> String {
    let settings = scenario.settings.clone();
    let mut gateway = if scenario.shadow { shadow_gateway(settings) } else { gateway(settings) };
    let mut log = String::new();
    let fields = request_fields(scenario);
    let fields: Vec<(&[u8], &[u8])> =
        fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
    let head = WholeHead {
        list: FieldList { fields: &fields, end_of_stream: scenario.body.is_none() },
        vouched: scenario.vouched.as_ref().map(|vouched| Vouched {
            issuer: vouched.issuer.as_deref().map(Into::into),
            header: vouched.header.as_deref().map(|header| header.as_bytes().into()),
            claims: serde_json::to_vec(&claims(&vouched.token)).unwrap().into(),
        }),
    };
    let (mut request, mut step) = gateway.begin(&head, &scenario.route, NOW);
    loop {
        write_step(&mut log, &step);
        step = match step {
            Step::NeedKeys(_) => match &scenario.keys {
                Some(Keys { issuer, id }) => {
                    gateway.gate_mut().set_keys(issuer, keys(id).as_bytes()).unwrap();
                    let step = request.keys_changed(&mut gateway, NOW);
                    match step {
                        Step::NeedKeys(_) => request.give_up(&mut gateway, NOW),
                        other => other,
                    }
                }
                None => request.give_up(&mut gateway, NOW),
            },
            Step::NeedBody { .. } => feed(&mut gateway, &mut request, scenario),
            _ => break,
        };
    }
    assert_eq!(request.passes(), matches!(step, Step::Allow(_)), "{}", scenario.name);
    if let (Step::Allow(allow), Some(response)) = (&step, &scenario.response) {
        assert!(allow.filters_response, "{} has a response that nobody filters", scenario.name);
        write_response(&mut log, &mut gateway, &mut request, response);
    }
    log
}

fn feed(gateway: &mut Gateway<Genuine>, request: &mut Request, scenario: &Scenario) -> Step {
    let chunks = scenario.body.as_deref().unwrap_or_default();
    for (index, chunk) in chunks.iter().enumerate() {
        let last = index + 1 == chunks.len();
        match request.body(gateway, &bytes(chunk), last, NOW) {
            Step::NeedBody { .. } if !last => {}
            step => return step,
        }
    }
    request.body(gateway, b"", true, NOW)
}

fn request_fields(scenario: &Scenario) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields = Vec::new();
    if let Some(line) = &scenario.request {
        let (method, target) = line.split_once(' ').expect("a method and an address");
        let (scheme, rest) = target.split_once("://").expect("a scheme");
        let (host, path) = rest.split_at(rest.find('/').expect("a path"));
        for (name, value) in
            [(":method", method), (":scheme", scheme), (":authority", host), (":path", path)]
        {
            fields.push((name.as_bytes().to_vec(), bytes(value)));
        }
    }
    fields.extend(scenario.headers.iter().map(|header| field(header)));
    fields
}

fn field(header: &str) -> (Vec<u8>, Vec<u8>) {
    // A pseudo-header field begins with the colon.
    let colons: Vec<_> = header.match_indices(':').map(|(at, _)| at).collect();
    let at = *colons.iter().find(|at| **at > 0).expect("a header");
    let (name, value) = header.split_at(at);
    let value = value.trim_start_matches(':').trim_start_matches(' ');
    (name.as_bytes().to_vec(), bytes(&with_tokens(value)))
}

fn with_tokens(text: &str) -> String {
    let mut pieces = text.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !(c.is_ascii_lowercase() || c == '-'));
        let (name, rest) = piece.split_at(end.unwrap_or(piece.len()));
        out.push_str(&token(name));
        out.push_str(rest);
    }
    out
}

/// Text with `\xNN` as the byte.
fn bytes(text: &str) -> Vec<u8> {
    let mut pieces = text.split("\\x");
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        out.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

fn write_step(log: &mut String, step: &Step) {
    match step {
        Step::Allow(allow) => {
            writeln!(log, "allow").unwrap();
            for name in &allow.remove {
                writeln!(log, "  - {name}").unwrap();
            }
            for (name, value) in &allow.set {
                writeln!(log, "  + {name}: {value}").unwrap();
            }
            let state: Vec<String> =
                allow.state.pairs().map(|(name, value)| format!("{name}={value}")).collect();
            writeln!(log, "  state: {}", state.join(" ")).unwrap();
            if allow.filters_response {
                writeln!(log, "  filters the response").unwrap();
            }
            write_end(log, &allow.observed, allow.record.as_deref());
        }
        Step::Deny(deny) => {
            write!(log, "deny ").unwrap();
            write_answer(log, &deny.answer);
            write_end(log, &deny.observed, deny.record.as_deref());
        }
        Step::Hold => writeln!(log, "hold").unwrap(),
        Step::NeedBody { limit } => writeln!(log, "need body of at most {limit} bytes").unwrap(),
        Step::NeedKeys(wanted) => {
            writeln!(log, "need keys of {}: {:?}", wanted.issuer, wanted.key_id).unwrap();
        }
        Step::Pass => writeln!(log, "pass").unwrap(),
        Step::Serve(answer) => {
            write!(log, "serve ").unwrap();
            write_answer(log, answer);
        }
    }
}

fn write_answer(log: &mut String, answer: &Answer) {
    writeln!(log, "{} {}", answer.status, answer.details).unwrap();
    for (name, value) in &answer.headers {
        writeln!(log, "  {name}: {value}").unwrap();
    }
    writeln!(log, "  {}", answer.body).unwrap();
}

fn write_end(log: &mut String, observed: &Observed, record: Option<&str>) {
    writeln!(
        log,
        "  observed: {} {} issuer={:?} mode={:?} verifier={:?} cached={}",
        observed.outcome.name(),
        observed.reason,
        observed.issuer(),
        observed.mode(),
        observed.verifier,
        observed.cached
    )
    .unwrap();
    if let Some(record) = record {
        conforms(record);
        writeln!(log, "  record: {record}").unwrap();
    }
}

fn write_response(
    log: &mut String,
    gateway: &mut Gateway<Genuine>,
    request: &mut Request,
    response: &Response,
) {
    let mut fields = vec![(b":status".to_vec(), response.status.to_string().into_bytes())];
    fields.extend(response.headers.iter().map(|header| field(header)));
    let fields: Vec<(&[u8], &[u8])> =
        fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
    let head = FieldList { fields: &fields, end_of_stream: response.body.is_empty() };
    let step = request.response_head(&head);
    write_response_step(log, "head", &step);
    if matches!(step, ResponseStep::Pass | ResponseStep::Replace(_)) {
        return;
    }
    for (index, chunk) in response.body.iter().enumerate() {
        let last = index + 1 == response.body.len();
        let step = request.response_body(gateway, &bytes(chunk), last, NOW);
        write_response_step(log, "body", &step);
    }
}

fn write_response_step(log: &mut String, what: &str, step: &ResponseStep) {
    match step {
        ResponseStep::Pass => writeln!(log, "response {what}: pass").unwrap(),
        ResponseStep::Buffer { limit } => {
            writeln!(log, "response {what}: buffer at most {limit} bytes").unwrap();
        }
        ResponseStep::Stream => writeln!(log, "response {what}: stream").unwrap(),
        ResponseStep::Body(body) => {
            let text = String::from_utf8_lossy(body);
            writeln!(log, "response {what}: {text:?}").unwrap();
        }
        ResponseStep::Replace(answer) => {
            write!(log, "response {what}: replace ").unwrap();
            write_answer(log, answer);
        }
    }
}
