//! Traces of the command itself, as a collector receives them.

mod collector;
mod process;

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    downstream::{Api, ok},
    world::{BLUEPRINT, DANA, INVOICE, TRAVEL, World},
};
use collector::{Collector, Span};
use process::{Process, refused};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const HOLDS_NO_TRACE: [&str; 2] = ["traceparent", "tracestate"];

fn traceparent() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

fn tools() -> String {
    format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}")
}

/// Spans of a name, in the order of their beginning.
fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[track_caller]
fn the<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = named(spans, name);
    assert_eq!(found.len(), 1, "{name} in {spans:#?}");
    found[0]
}

#[test]
fn a_call_of_an_api_is_one_trace_from_the_caller_to_the_api() {
    let (world, collector, api) = (World::start(), Collector::start(), Api::start(ok("{}")));
    let process = Process::start(
        &world,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=of%20the%20collector"),
            ("OTEL_SERVICE_NAME", "invoices-sidecar"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
            ("DownstreamApis__Tools__BaseUrl", &api.url),
            ("Vicar__DownstreamApis__Tools__AllowLocalAddresses", "true"),
        ],
    );
    let path = format!(
        "/DownstreamApi/Tools?AgentIdentity={INVOICE}&optionsOverride.RelativePath=hush%3Fq=hush"
    );
    let request = process.get(&world, &path).header("traceparent", traceparent());
    let answer = request.header("tracestate", "vendor=1").header("baggage", "a=hush").send();
    assert_eq!(answer.unwrap().status(), 200);
    let ended = process.end();

    let spans = collector.spans();
    assert_eq!(spans.len(), 5, "{spans:#?}");
    for span in &spans {
        assert_eq!((span.trace.as_str(), span.state.as_str()), (TRACE, "vendor=1"), "{span:?}");
        assert_eq!((span.events, span.status), (0, 0), "{span:?}");
        assert_eq!(span.resource["service.name"], "invoices-sidecar");
        assert_eq!(span.resource["service.version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(span.resource["deployment.environment.name"], "test");
    }
    let server = the(&spans, "GET /DownstreamApi/{api}");
    assert_eq!((server.kind, server.parent.as_str()), (2, CALLER));
    for (name, value) in [
        ("http.request.method", json!("GET")),
        ("http.route", json!("/DownstreamApi/{api}")),
        ("url.path", json!("/DownstreamApi/Tools")),
        ("url.scheme", json!("http")),
        ("server.address", json!("127.0.0.1")),
        ("http.response.status_code", json!(200)),
    ] {
        assert_eq!(server.get(name), &value, "{name}");
    }
    let exchange = the(&spans, "vicar.exchange");
    assert_eq!((exchange.kind, &exchange.parent), (1, &server.id));
    let [line] = ended.audit.as_slice() else { panic!("{:?}", ended.audit) };
    for (name, value) in [
        ("vicar.api", json!("Tools")),
        ("vicar.mode", json!("on_behalf_of")),
        ("vicar.actor", json!(INVOICE)),
        ("vicar.subject", json!(DANA)),
        ("vicar.reason", json!("permitted")),
        ("vicar.cached", json!(false)),
        ("vicar.policies", line["policies"].clone()),
        ("vicar.correlation_id", line["exchange"]["correlation_id"].clone()),
    ] {
        assert_eq!(exchange.get(name), &value, "{name}");
        assert!(!value.is_null() && value != json!([]), "{name}");
    }
    // Two to the token service: T1 as the blueprint, T2 as the agent.
    let hops = named(&spans, "POST");
    let clients: Vec<_> = hops.iter().map(|hop| hop.get("vicar.client")).collect();
    assert_eq!(clients, [BLUEPRINT, INVOICE]);
    let grants: Vec<_> = hops.iter().map(|hop| hop.get("vicar.grant_type")).collect();
    assert_eq!(grants, ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]);
    let lab = reqwest::Url::parse(&world.lab.origin).unwrap();
    for hop in hops {
        assert_eq!((hop.kind, &hop.parent), (3, &exchange.id));
        assert_eq!(hop.get("server.address"), lab.host_str().unwrap());
        assert_eq!(hop.get("server.port"), lab.port().unwrap());
        assert_eq!(hop.get("http.request.method"), "POST");
        assert_eq!(hop.get("http.response.status_code"), 200);
        assert!(hop.get("vicar.correlation_id").is_string(), "{hop:?}");
    }
    // And one to the API, which goes on with the trace.
    let call = the(&spans, "GET");
    assert_eq!((call.kind, &call.parent), (3, &server.id));
    assert_eq!(call.get("server.address"), "127.0.0.1");
    assert_eq!(call.get("http.response.status_code"), 200);
    let received = api.requests().remove(0).to_lowercase();
    assert!(received.contains(&format!("traceparent: 00-{TRACE}-{}-01\r\n", call.id)));
    assert!(received.contains("tracestate: vendor=1\r\n") && !received.contains("baggage"));

    assert_eq!(line["trace"], TRACE);
    let logged = ended.log.iter().find(|line| line["endpoint"] == "DownstreamApi").unwrap();
    assert_eq!((&logged["trace_id"], &logged["span_id"]), (&json!(TRACE), &json!(server.id)));
    for export in collector.exports() {
        assert_eq!(export.line, "POST /v1/traces HTTP/1.1");
        assert_eq!(export.headers["content-type"], "application/x-protobuf");
        assert_eq!(export.headers["x-api-key"], "of the collector");
    }
}

#[test]
fn a_kept_token_needs_no_hop_and_probes_are_no_spans() {
    let (world, collector) = (World::start(), Collector::start());
    let endpoint = format!("{}/of/traces", collector.url);
    let process = Process::start(&world, &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint)]);
    for _ in 0..2 {
        process.ask(&world, &tools()).claims();
    }
    process.ask(&world, "/metrics");
    process.end();
    let spans = collector.spans();
    let exchanges = named(&spans, "vicar.exchange");
    let cached: Vec<_> = exchanges.iter().map(|span| span.get("vicar.cached")).collect();
    assert_eq!(cached, [&json!(false), &json!(true)]);
    // Without a caller's trace each request begins one.
    assert_ne!(exchanges[0].trace, exchanges[1].trace);
    assert_eq!(exchanges[0].get("vicar.correlation_id"), exchanges[1].get("vicar.correlation_id"));
    assert_eq!(named(&spans, "POST").len(), 2);
    assert_eq!(named(&spans, "GET /AuthorizationHeader/{api}").len(), 2);
    assert_eq!(spans.len(), 6, "{spans:#?}");
    assert_eq!(spans[0].resource["service.name"], "vicar");
    assert!(collector.exports().iter().all(|it| it.line == "POST /of/traces HTTP/1.1"));
}

#[test]
fn refusals_and_failures_say_why_and_nothing_that_a_caller_wrote() {
    let (world, collector) = (World::start(), Collector::start());
    let process = Process::start(&world, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)]);
    let token = world.dana();
    process.ask(&world, &format!("/AuthorizationHeader/Tools?AgentIdentity={TRAVEL}"));
    process.ask(&world, &format!("/AuthorizationHeader/{token}?a={token}"));
    let percent = token.replace("eyJ", "%65yJ");
    process.ask(&world, &format!("/nowhere/{percent}?password=hush"));
    let method = reqwest::Method::from_bytes(b"HUSH").unwrap();
    let request = world.client.request(method, format!("{}{}", process.url, tools()));
    let state = format!("vendor={token}");
    let request = request.header("traceparent", traceparent()).header("tracestate", state);
    request.header("host", "hush.eyJ.example").send().unwrap();
    world.fault(&json!({ "kind": "html" }));
    assert_eq!(process.ask(&world, &tools()).status, 502);
    process.end();

    let spans = collector.spans();
    let of = |reason: &str, kind: i32| {
        let mut found = spans.iter().filter(|it| it.get("vicar.reason") == reason);
        found.find(|it| it.kind == kind).unwrap_or_else(|| panic!("{reason}: {spans:#?}"))
    };
    let forbidden = of("agent_not_allowed", 1);
    assert_eq!((forbidden.status, forbidden.get("vicar.actor")), (2, &json!(TRAVEL)));
    assert_eq!(forbidden.get("vicar.cached"), &Value::Null);
    assert_eq!(forbidden.get("vicar.subject"), DANA);
    // The caller's mistake, and so no error of the server's.
    assert_eq!(of("agent_not_allowed", 2).status, 0);
    for (reason, kind) in [("api_unknown", 2), ("no_such_address", 2)] {
        assert_eq!(of(reason, kind).get("url.path"), "(left out)");
    }
    let elsewhere = of("peer_refused", 2);
    assert_eq!(elsewhere.get("http.request.method"), "_OTHER");
    assert_eq!(elsewhere.get("server.address"), "(left out)");
    assert_eq!((elsewhere.trace.as_str(), elsewhere.state.as_str()), (TRACE, ""));
    let failed = of("sts_answer_malformed", 2);
    assert_eq!((failed.status, failed.get("error.type")), (2, &json!("sts_answer_malformed")));
    assert_eq!(of("sts_answer_malformed", 1).get("vicar.cached"), &json!(false));
    assert!(of("sts_answer_malformed", 1).get("vicar.correlation_id").is_string());
}

#[test]
fn a_hop_that_fails_is_an_error_and_no_token_service_hears_of_the_trace() {
    let (world, collector) = (World::start(), Collector::start());
    let refuses = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let identity = Api::start(refuses);
    let origin = identity.url.strip_suffix("/v1").unwrap();
    let kind = "SignedAssertionFromManagedIdentity";
    let process = Process::start(
        &world,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("AzureAd__ClientCredentials__0__SourceType", kind),
            ("AzureAd__ClientCredentials__0__ClientSecret", ""),
            ("Vicar__ManagedIdentityEmulator", origin),
        ],
    );
    let request = process.get(&world, &tools()).header("traceparent", traceparent());
    assert!(request.send().unwrap().status().as_u16() >= 400);
    process.end();
    let spans = collector.spans();
    let hop = named(&spans, "GET")[0];
    assert_eq!((hop.status, hop.kind), (2, 3));
    assert_eq!(hop.get("http.response.status_code"), 400);
    assert_eq!(hop.get("error.type"), "400");
    assert_eq!(hop.parent, the(&spans, "vicar.exchange").id);
    for request in identity.requests() {
        let request = request.to_lowercase();
        assert!(HOLDS_NO_TRACE.iter().all(|name| !request.contains(name)), "{request}");
        assert!(!request.contains(TRACE), "{request}");
    }
    assert!(!identity.requests().is_empty());
}

/// Answered without delay, ended without much, whatever the collector does.
fn goes_on_without(endpoint: &str) {
    let world = World::start();
    let process = Process::start(
        &world,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
        ],
    );
    process.ask(&world, &tools()).claims();
    let token = world.dana();
    let mut slowest = Duration::ZERO;
    for _ in 0..300 {
        let asked = Instant::now();
        let request = world.client.get(format!("{}{}", process.url, tools())).bearer_auth(&token);
        assert_eq!(request.send().unwrap().status(), 200);
        slowest = slowest.max(asked.elapsed());
    }
    // A request that waited for the collector would take its ten seconds.
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    let ended = process.end();
    assert_eq!(ended.audit.len(), 301);
    assert!(ended.took < Duration::from_secs(8), "{:?}", ended.took);
    let told = ended.log.iter().any(|line| {
        line["target"].as_str().is_some_and(|target| target.starts_with("opentelemetry"))
            || line["message"].as_str().is_some_and(|it| it.contains("spans"))
    });
    assert!(told, "{:#?}", ended.log.iter().rev().take(3).collect::<Vec<_>>());
}

#[test]
fn a_collector_that_is_not_there_is_nobodys_problem() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    goes_on_without(&endpoint);
}

#[test]
fn a_collector_that_never_answers_is_nobodys_problem() {
    // Connections are taken by the system, and nobody reads.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    goes_on_without(&format!("http://{}", silent.local_addr().unwrap()));
}

#[test]
fn what_is_not_sampled_is_not_exported_and_keeps_its_trace() {
    let (world, collector) = (World::start(), Collector::start());
    let process = Process::start(&world, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)]);
    // The caller decided against it.
    let parent = format!("00-{TRACE}-{CALLER}-00");
    let request = process.get(&world, &tools()).header("traceparent", parent);
    assert_eq!(request.send().unwrap().status(), 200);
    let ended = process.end();
    assert_eq!(ended.audit[0]["trace"], TRACE);
    assert_eq!(collector.spans().len(), 0);
}

#[test]
fn without_a_collector_the_callers_trace_goes_through() {
    let (world, collector, api) = (World::start(), Collector::start(), Api::start(ok("{}")));
    let process = Process::start(
        &world,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("OTEL_SDK_DISABLED", "true"),
            ("DownstreamApis__Tools__BaseUrl", &api.url),
            ("Vicar__DownstreamApis__Tools__AllowLocalAddresses", "true"),
        ],
    );
    let path = format!("/DownstreamApi/Tools?AgentIdentity={INVOICE}");
    let request = process.get(&world, &path).header("traceparent", traceparent());
    assert_eq!(request.send().unwrap().status(), 200);
    assert_eq!(process.ask(&world, &path).status, 200);
    // What the caller names for the API stands.
    let named = "&optionsOverride.ExtraHeaderParameters.traceparent=own";
    let request = process.get(&world, &format!("{path}{named}"));
    assert_eq!(request.header("traceparent", traceparent()).send().unwrap().status(), 200);
    let ended = process.end();
    let received = api.requests();
    assert!(received[0].contains(&format!("traceparent: {}\r\n", traceparent())));
    assert!(!received[1].contains("traceparent"), "{}", received[1]);
    assert!(received[2].contains("traceparent: own\r\n") && !received[2].contains(TRACE));
    let traces: Vec<_> = ended.audit.iter().map(|line| line.get("trace")).collect();
    assert_eq!(traces, [Some(&json!(TRACE)), None, Some(&json!(TRACE))]);
    let logged = ended.log.iter().filter(|line| line["trace_id"] == TRACE).count();
    assert_eq!(logged, 2);
    assert_eq!(collector.exports().len(), 0);
}

#[test]
fn what_cannot_be_exported_refuses_the_start() {
    let world = World::start();
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:hush@collector/"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
    ] {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        let (status, said) = refused(&world, &[endpoint, (name, value)]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(&format!("`{name}` is ")), "{said}");
        assert!(said.contains("configuration_unusable") && !said.contains("hush"), "{said}");
        assert!(said.contains("docs/telemetry.md"), "{said}");
    }
}
