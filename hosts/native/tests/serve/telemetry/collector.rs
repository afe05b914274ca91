//! A collector on loopback (OTLP over HTTP) that keeps what it gets, as bytes and as spans.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value as Kind},
};
use prost::Message;
use serde_json::{Value, json};

pub(super) struct Collector {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Export>>>,
}

/// One request to the collector.
#[derive(Clone)]
pub(super) struct Export {
    pub(super) line: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// A span as a person reads it.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) name: String,
    /// `1` internal, `2` server, `3` client.
    pub(super) kind: i32,
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) state: String,
    pub(super) attributes: BTreeMap<String, Value>,
    /// `0` unset, `2` error.
    pub(super) status: i32,
    pub(super) resource: BTreeMap<String, Value>,
    pub(super) events: usize,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                kept.lock().unwrap().push(take(stream).unwrap());
            }
        });
        Self { url, requests }
    }

    pub(super) fn exports(&self) -> Vec<Export> {
        self.requests.lock().unwrap().clone()
    }

    /// Everything that came, by time. None of it may hold a token or a secret.
    pub(super) fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for export in self.exports() {
            for secret in ["eyJ", "lab-blueprint-secret", "hush"] {
                let found = export.body.windows(secret.len()).any(|it| it == secret.as_bytes());
                assert!(!found, "`{secret}` in {}", String::from_utf8_lossy(&export.body));
            }
            let request = ExportTraceServiceRequest::decode(export.body.as_slice()).unwrap();
            for of_resource in request.resource_spans {
                let resource = attributes(&of_resource.resource.unwrap().attributes);
                for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                    let start = span.start_time_unix_nano;
                    let span = Span {
                        name: span.name,
                        kind: span.kind,
                        trace: hex(&span.trace_id),
                        id: hex(&span.span_id),
                        parent: hex(&span.parent_span_id),
                        state: span.trace_state,
                        attributes: attributes(&span.attributes),
                        status: span.status.map_or(0, |status| status.code),
                        resource: resource.clone(),
                        events: span.events.len(),
                    };
                    spans.push((start, span));
                }
            }
        }
        spans.sort_by_key(|(start, _)| *start);
        spans.into_iter().map(|(_, span)| span).collect()
    }
}

impl Span {
    /// An attribute; `null` where there is none.
    pub(super) fn get(&self, name: &str) -> &Value {
        self.attributes.get(name).unwrap_or(&Value::Null)
    }
}

fn take(stream: TcpStream) -> std::io::Result<Export> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut field = String::new();
        reader.read_line(&mut field)?;
        let Some((name, value)) = field.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body)?;
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\
                  Connection: close\r\n\r\n";
    reader.into_inner().write_all(answer.as_bytes())?;
    Ok(Export { line: line.trim_end().to_owned(), headers, body })
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, Value> {
    pairs.iter().map(|pair| (pair.key.clone(), value(pair.value.as_ref()))).collect()
}

fn value(value_: Option<&AnyValue>) -> Value {
    match value_.and_then(|value| value.value.as_ref()) {
        Some(Kind::StringValue(text)) => json!(text),
        Some(Kind::BoolValue(truth)) => json!(truth),
        Some(Kind::IntValue(number)) => json!(number),
        Some(Kind::DoubleValue(number)) => json!(number),
        Some(Kind::ArrayValue(list)) => list.values.iter().map(|it| value(Some(it))).collect(),
        other => panic!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
