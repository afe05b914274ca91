//! Requests through the filter in a real Envoy: what passes, what is stopped, and with which words.

use std::time::Duration;

use crate::surroundings::{Guarded, SEARCH, mcp, orders, token};
use hyper::Method;
use serde_json::{Value, json};
use vicar_envoy_tests::{
    bundle,
    client::Request,
    configuration::{JwtKeys, Listener, bootstrap, cluster, cluster_http2, jwt_authn, to_cluster},
    envoy::{Envoy, Options},
    filter::Filter,
    raw,
    tokens::{self, signed},
    upstream::{Reply, Upstream},
};
use vicar_native::mint::KeyNumber;
use vicar_token::Algorithm;

#[test]
fn a_permitted_request_passes_with_our_headers_and_none_of_the_clients() {
    let (guarded, good) = (Guarded::shared(), token());
    let request = orders()
        .bearer(&good)
        .header("x-vicar-actor", "administrator")
        .header("x-vicar-anything", "forged")
        .header("x_vicar_actor", "administrator")
        .header("x_user", "root")
        .header("X-User", "root")
        .header("x-harmless", "stays");
    for request in [request.clone(), request.http2()] {
        let response = guarded.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        let headers = headers_of(&response.json());
        let values = |name: &str| -> Vec<&str> {
            headers.iter().filter(|(known, _)| known == name).map(|(_, v)| v.as_str()).collect()
        };
        assert_eq!(values("x-vicar-actor"), ["issuer/invoice-agent"]);
        assert_eq!(values("x-vicar-subject"), ["issuer/dana"]);
        assert_eq!(values("x-acting-for"), ["issuer/dana"]);
        assert_eq!(values("x-vicar-anything"), [""; 0]);
        assert_eq!(values("x-user"), [""; 0]);
        // An application behind WSGI or CGI could not tell these from ours.
        assert_eq!(values("x_vicar_actor"), [""; 0]);
        assert_eq!(values("x_user"), [""; 0]);
        assert_eq!(values("x-harmless"), ["stays"]);
        assert_eq!(values("authorization"), [format!("Bearer {good}")]);
    }
}

#[test]
fn a_deny_says_what_would_help() {
    let guarded = Guarded::shared();
    let nothing = guarded.send(&orders());
    assert_eq!(nothing.status, 401);
    assert_eq!(nothing.header("www-authenticate"), r#"Bearer realm="tests""#);
    assert_eq!(nothing.header("content-type"), "application/problem+json");
    assert_eq!(nothing.header("cache-control"), "no-store");
    assert_eq!(nothing.json()["reason"], "token_missing");

    let scope = Request::post("/v1/orders", "{}").host("api.example").bearer(&token());
    let scope = guarded.send(&scope);
    assert_eq!(scope.status, 403);
    let challenge = scope.header("www-authenticate");
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="orders.write""#), "{challenge}");
    assert_eq!(scope.json()["reason"], "scope_insufficient");

    let expired = tokens::token(json!({ "iat": 1_000_000, "nbf": 1_000_000, "exp": 1_000_600 }));
    let expired = guarded.send(&orders().bearer(&expired.unwrap()));
    assert_eq!(expired.status, 401);
    assert_eq!(expired.json()["reason"], "token_expired");
    assert!(expired.header("www-authenticate").contains(r#"error="invalid_token""#));

    let head = guarded.send(&Request::new(Method::HEAD, "/v1/orders").host("api.example"));
    assert_eq!((head.status, head.body.len()), (401, 0));
}

#[test]
fn the_issuers_token_is_verified_and_forged_ones_are_not() {
    let guarded = Guarded::shared();
    let status = |token: &str| guarded.send(&orders().bearer(token)).status;
    assert_eq!(status(&token()), 200);
    let stranger =
        signed(Algorithm::Rs256, KeyNumber::STRANGER, "issuer-RS256", json!({})).unwrap();
    assert_eq!(status(&stranger), 401);
    let mut cut = token();
    cut.truncate(cut.len() - 8);
    assert_eq!(status(&cut), 401);
}

#[test]
fn a_request_names_one_token_in_one_place() {
    let guarded = Guarded::shared();
    let good = token();
    let cases = [
        ("two fields", orders().bearer(&good).bearer(&good)),
        ("two tokens", orders().header("authorization", format!("Bearer {good},Bearer {good}"))),
        ("another scheme", orders().header("authorization", "Basic ZGFuYTpwdw==")),
        ("no scheme", orders().header("authorization", &good)),
        ("no text", orders().header("authorization", b"Bearer \xa1\xb1")),
        ("empty", orders().header("authorization", "")),
        ("in the query", Request::get(&format!("/v1/orders?access_token={good}")).host(API)),
        ("in the query too", Request::get("/v1/orders?access_token=x").host(API).bearer(&good)),
        ("very long", orders().bearer(&"a".repeat(50_000))),
    ];
    for (name, request) in cases {
        for request in [request.clone(), request.clone().http2()] {
            let response = guarded.send(&request.header("x-mark", "one token"));
            assert!((400..=401).contains(&response.status), "{name}: {}", response.status);
            assert!(!response.text().contains(&good), "{name} repeats the token");
        }
    }
    // Sixty kilobytes of header are Envoy's own limit.
    let enormous = orders().bearer(&"a".repeat(100_000)).send(guarded.address());
    assert!(enormous.is_err_and_closed_or(431));
    assert_eq!(guarded.upstream.marked("one token"), 0);
    guarded.is_alive();
}

#[test]
fn a_tool_call_is_judged_by_its_body_however_it_comes() {
    let guarded = Guarded::shared();
    let good = token();
    let piece = |size: usize| SEARCH.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
    let cases = [
        mcp(SEARCH).bearer(&good),
        mcp("").chunks(piece(SEARCH.len())).bearer(&good),
        mcp("").chunks(piece(1)).bearer(&good),
        mcp("").chunks(piece(20)).bearer(&good).http2(),
    ];
    for request in cases {
        let response = guarded.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.json()["body"], SEARCH);
    }
}

#[test]
fn a_denied_tool_call_gets_a_json_rpc_error() {
    let guarded = Guarded::shared();
    let mcp = |message: &str| mcp(message).header("x-mark", "denied call");
    let pay = r#"{"jsonrpc":"2.0","id":"p-1","method":"tools/call","params":{"name":"close","arguments":{}}}"#;
    let response = guarded.send(&mcp(pay).bearer(&token()));
    assert!([200, 403].contains(&response.status), "{}", response.text());
    let error = response.json();
    assert_eq!(error["id"], "p-1", "{error}");
    assert_eq!(error["error"]["data"]["reason"], "scope_insufficient");
    let rich = tokens::token(json!({ "scope": "ledger.pay" })).unwrap();
    let above = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pay","arguments":{"amount":101}}}"#;
    let response = guarded.send(&mcp(above).bearer(&rich));
    assert_eq!(response.status, 200, "no other token would help");
    assert_eq!(response.json()["error"]["data"]["reason"], "forbidden");
    assert_eq!(guarded.upstream.marked("denied call"), 0);
    let within = above.replace("101", "100");
    assert_eq!(guarded.send(&mcp(&within).bearer(&rich)).json()["body"], within);
}

#[test]
fn bodies_that_cannot_be_judged_are_refused() {
    let guarded = Guarded::shared();
    let good = token();
    let large =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","x":"{}"}}"#, "y".repeat(70_000));
    let pieces: Vec<Vec<u8>> = large.as_bytes().chunks(5000).map(<[u8]>::to_vec).collect();
    let cases = [
        ("too large", mcp(&large), 413),
        ("too large in chunks", mcp("").chunks(pieces), 413),
        ("no JSON", mcp("{"), 400),
        ("no UTF-8", Request::post("/mcp", b"{\"a\":\"\xff\"}".to_vec()).host("mcp.example"), 400),
        ("a batch", mcp(&format!("[{SEARCH}]")), 400),
        ("a member twice", mcp(&SEARCH.replacen("{", r#"{"method":"ping","#, 1)), 400),
        ("deep", mcp(&"[".repeat(20_000)), 400),
        ("compressed", mcp(SEARCH).header("content-encoding", "gzip"), 415),
        (
            "a form",
            Request::new(Method::POST, "/mcp")
                .host("mcp.example")
                .header("content-type", "application/x-www-form-urlencoded")
                .body("a=b"),
            415,
        ),
        ("nothing", mcp(""), 403),
    ];
    for (name, request, status) in cases {
        for request in [request.clone(), request.clone().http2()] {
            let request = request.bearer(&good).header("x-mark", "not to be judged");
            let response = guarded.send(&request);
            assert_eq!(response.status, status, "{name}: {}", response.text());
        }
    }
    assert_eq!(guarded.upstream.marked("not to be judged"), 0);
    // Nobody without a good token makes the filter keep a body.
    let unknown = guarded.send(&mcp(&large));
    assert_eq!(unknown.status, 401);
    guarded.is_alive();
}

#[test]
fn lists_hold_only_what_may_be_called() {
    let guarded = Guarded::shared();
    let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#;
    let request = mcp(list).bearer(&token());
    let names = |message: &Value| -> Vec<String> {
        let tools = message["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    for request in [request.clone(), request.clone().http2()] {
        let response = guarded.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(names(&response.json()), ["search"]);
        assert_eq!(response.json()["result"]["tools"][0]["description"], "a");

        let events = guarded.send(&request.clone().header("x-upstream", "events")).text();
        let data: Vec<Value> = events
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        assert_eq!(names(&data[0]), ["search"], "{events}");
        assert_eq!(data[1]["method"], "notifications/progress", "{events}");

        let broken = guarded.send(&request.header("x-upstream", "broken"));
        assert!(!broken.text().contains("tools\":"), "{}", broken.text());
    }
}

#[test]
fn an_event_stream_that_ends_with_trailers_is_not_cut_off() {
    let upstream = Upstream::answering(|_| {
        let event = |id| {
            format!(
                r#"data: {{"jsonrpc":"2.0","id":{id},"result":{{"tools":[{{"name":"search"}},{{"name":"pay"}}]}}}}"#
            )
        };
        let mut reply = Reply::ok("text/event-stream", format!("{}\n\n", event(7)));
        // The second never gets the empty line that would end it.
        reply.chunks.push(event(8).into_bytes());
        reply.trailer = true;
        reply
    })
    .unwrap();
    let filter = Filter::new(&bundle::of_tests().unwrap()).keys("issuer", &tokens::keys().unwrap());
    let filters = vec![filter.to_json().unwrap()];
    let listener = Listener::new("trailers", filters, to_cluster("upstream")).to_json();
    let clusters = [cluster_http2("upstream", upstream.address())];
    let envoy = Envoy::start(&bootstrap(&[listener], &clusters), &Options::default()).unwrap();
    let address = envoy.listener("trailers").unwrap();
    let request = mcp(r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#).bearer(&token());
    for request in [request.clone(), request.http2()] {
        let events = request.send(address).unwrap().text();
        assert!(events.contains("search") && !events.contains("pay"), "{events}");
        assert_eq!(events.matches("data:").count(), 1, "{events}");
    }
    assert_eq!(envoy.admin().statistic("wasmcustom.vicar.stopped").unwrap(), 0, "{}", envoy.log());
}

#[test]
fn tokens_that_jwt_authn_verified_are_judged() {
    let upstream = Upstream::start().unwrap();
    let place = json!({ "payload": "payload", "header": "header", "issuer": "issuer" });
    let filter = Filter::new(&bundle::of_tests().unwrap())
        .set("mode", json!("trust_jwt_authn"))
        .set("jwt_authn", place);
    let keys = tokens::keys().unwrap();
    let mut verifier = jwt_authn(tokens::ISSUER, tokens::AUDIENCE, JwtKeys::Inline(&keys), false);
    verifier["typed_config"]["providers"]["issuer"]["header_in_metadata"] = json!("header");
    let vicar = filter.to_json().unwrap();
    let behind = |name: &str, filters: Vec<Value>| {
        Listener::new(name, filters, to_cluster("upstream")).to_json()
    };
    let listeners =
        [behind("vouched", vec![verifier, vicar.clone()]), behind("alone", vec![vicar])];
    let clusters = [cluster("upstream", upstream.address())];
    let envoy = Envoy::start(&bootstrap(&listeners, &clusters), &Options::default()).unwrap();
    let send =
        |listener: &str, request: Request| request.send(envoy.listener(listener).unwrap()).unwrap();
    let passed = send("vouched", orders().bearer(&token()));
    assert_eq!(passed.status, 200, "{}", passed.text());
    assert_eq!(send("vouched", orders()).status, 401);
    let create = Request::post("/v1/orders", "{}").host(API).bearer(&token());
    let denied = send("vouched", create);
    assert_eq!((denied.status, &denied.json()["reason"]), (403, &json!("scope_insufficient")));
    // Nobody verified: a token by itself is believed nothing.
    let unverified = send("alone", orders().bearer(&token()));
    assert_eq!((unverified.status, &unverified.json()["reason"]), (401, &json!("token_missing")));
    assert_eq!(upstream.count(), 1);
}

#[test]
fn language_models_are_judged_by_the_model() {
    let guarded = Guarded::shared();
    let ask = |model: &str| {
        let body = json!({ "model": model, "messages": [] }).to_string();
        let request = Request::post("/llm/v1/chat/completions", body).host("llm.example");
        guarded.send(&request.bearer(&token()))
    };
    assert_eq!(ask("small").status, 200, "{}", ask("small").text());
    assert_eq!(ask("large").status, 403);
    assert_eq!(ask("unheard-of").status, 403);
}

#[test]
fn routes_say_how_they_are_guarded() {
    let guarded = Guarded::shared();
    let get = |path: &str| Request::get(path).host(API).header("x-vicar-actor", "forged");
    let observed = guarded.send(&get("/v1/observed"));
    assert_eq!(observed.status, 200, "{}", observed.text());
    let open = guarded.send(&get("/v1/open"));
    assert_eq!(open.status, 200);
    for response in [observed, open] {
        let headers = headers_of(&response.json());
        assert!(!headers.contains(&("x-vicar-actor".to_owned(), "forged".to_owned())));
    }
    let pinned = guarded.send(&get("/v1/pinned").bearer(&token()));
    assert_eq!(pinned.status, 403);
    assert_eq!(pinned.json()["reason"], "section_mismatch");
}

#[test]
fn other_filters_and_the_access_log_know_what_was_decided() {
    let guarded = Guarded::shared();
    let mallory = tokens::token(json!({ "sub": "mallory" })).unwrap();
    let request = Request::get("/v1/orders?for=mallory").host(API).bearer(&mallory);
    assert_eq!(guarded.send(&request).status, 403, "the RBAC filter behind ours denies");
    let line = log_entry(&guarded, "issuer/mallory");
    let entry: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(entry["verdict"], "allow", "{entry}");
    assert_eq!(entry["reason"], "permitted");
    assert_eq!(entry["policies"], "routes-by-scope");

    guarded.send(&Request::get("/v1/nowhere-to-be-found").host(API).bearer(&token()));
    let line = log_entry(&guarded, "/v1/nowhere-to-be-found");
    let entry: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(entry["verdict"], "deny", "{entry}");
    let details = format!("vicar_{}", entry["reason"].as_str().unwrap());
    assert!(entry["details"].as_str().unwrap().contains(&details), "{entry}");
}

#[test]
fn each_decision_leaves_one_audit_line_without_a_token() {
    let guarded = Guarded::shared();
    let token = tokens::token(json!({ "sub": "audited" })).unwrap();
    guarded.send(&orders().bearer(&token));
    let begin = std::time::Instant::now();
    let record = loop {
        let log = guarded.envoy.log();
        let lines = log.lines().filter(|line| line.contains("vicar_audit"));
        let lines: Vec<&str> = lines.filter(|line| line.contains("audited")).collect();
        if let Some(line) = lines.last() {
            assert_eq!(lines.len(), 1, "{lines:?}");
            break line.get(line.find(r#"{"vicar_audit""#).unwrap()..).unwrap().to_owned();
        }
        assert!(begin.elapsed() < PATIENCE, "no audit line:\n{log}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut records = serde_json::Deserializer::from_str(&record).into_iter::<Value>();
    let record = records.next().unwrap().unwrap();
    assert_eq!(record["vicar_audit"], 1);
    assert_eq!(record["reason"], "permitted");
    assert_eq!(record["request"]["path"], "/v1/orders");
    // A deny of the same caller is one line more.
    guarded.send(&Request::post("/v1/orders", "{}").host(API).bearer(&token));
    let begin = std::time::Instant::now();
    loop {
        let log = guarded.envoy.log();
        let lines = log.lines().filter(|line| line.contains("vicar_audit"));
        match lines.filter(|line| line.contains("audited")).count() {
            2 => break,
            1 => assert!(begin.elapsed() < PATIENCE, "the deny left no line"),
            count => panic!("{count} lines for two decisions"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let signature = token.rsplit('.').next().unwrap();
    assert!(!guarded.envoy.log().contains(signature));
}

#[test]
fn metrics_tell_reason_verifier_and_cache() {
    let guarded = Guarded::shared();
    let known = tokens::token(json!({ "sub": "counted" })).unwrap();
    for _ in 0..3 {
        guarded.send(&orders().bearer(&known));
    }
    guarded.send(&orders());
    // Counted where the request is, handed to the proxy with the next tick.
    for (metric, least) in [
        ("requests.allowed", 3),
        ("requests.denied", 1),
        ("reason.permitted", 3),
        ("reason.token_missing", 1),
        ("issuer.issuer", 3),
        ("mode.user", 3),
        ("token_cache.misses", 1),
        ("token_cache.hits", 2),
        // RS256 is one of those that Envoy's own library verifies.
        ("verifier.host", 1),
    ] {
        let name = format!("wasmcustom.vicar.{metric}");
        guarded.envoy.admin().wait_for(&name, least, Duration::from_secs(15)).unwrap();
    }
    let page = guarded.envoy.admin().page("/stats/prometheus").unwrap();
    assert!(page.contains("vicar_decision_microseconds_bucket"));
}

#[test]
fn nothing_switches_protocols_unseen() {
    let guarded = Guarded::shared();
    let good = token();
    let send = |head: &str| {
        raw::status(&raw::exchange(guarded.address(), &[head.as_bytes()], PATIENCE).unwrap())
    };
    let upgrade = format!(
        "GET /v1/orders HTTP/1.1\r\nhost: api.example\r\nx-mark: upgrade\r\n\
         authorization: Bearer {good}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    assert_eq!(send(&upgrade), Some(403));
    let connect = "CONNECT api.example:443 HTTP/1.1\r\nhost: api.example:443\r\n\r\n";
    assert!(send(connect).is_none_or(|status| status >= 400));
    assert_eq!(guarded.upstream.marked("upgrade"), 0);
}

#[test]
fn malformed_http_never_passes_and_never_ends_the_machine() {
    let guarded = Guarded::alone();
    let before = guarded.upstream.count();
    let good = token();
    let body = format!("content-type: application/json\r\nauthorization: Bearer {good}\r\n");
    let long = "x".repeat(9000);
    let cases: Vec<(&str, String)> = vec![
        ("no host", format!("GET /v1/orders HTTP/1.1\r\nauthorization: Bearer {good}\r\n\r\n")),
        (
            "HTTP/1.0",
            format!("GET /v1/orders HTTP/1.0\r\nhost: a\r\nauthorization: Bearer {good}\r\n\r\n"),
        ),
        ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n".to_owned()),
        ("bare line feeds", "GET /v1/orders HTTP/1.1\nhost: api.example\n\n".to_owned()),
        (
            "two lengths",
            format!(
                "POST /mcp HTTP/1.1\r\nhost: mcp.example\r\n{body}content-length: 3\r\ncontent-length: 5\r\n\r\n{{}}"
            ),
        ),
        (
            "length and chunks",
            format!(
                "POST /mcp HTTP/1.1\r\nhost: mcp.example\r\n{body}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ),
        (
            "a chunk that lies",
            format!(
                "POST /mcp HTTP/1.1\r\nhost: mcp.example\r\n{body}transfer-encoding: chunked\r\n\r\nzz\r\n"
            ),
        ),
        ("a long header name", format!("GET /v1/orders HTTP/1.1\r\nhost: a\r\n{long}: 1\r\n\r\n")),
        (
            "a zero in a header",
            "GET /v1/orders HTTP/1.1\r\nhost: a\r\nx: a\u{0}b\r\n\r\n".to_owned(),
        ),
        (
            "two hosts",
            format!(
                "GET /v1/orders HTTP/1.1\r\nhost: api.example\r\nhost: b\r\nauthorization: Bearer {good}\r\n\r\n"
            ),
        ),
        (
            "a dot segment",
            format!(
                "GET /v1/../v1/orders/%2e%2e/x HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {good}\r\n\r\n"
            ),
        ),
    ];
    for (name, bytes) in cases {
        let answer =
            raw::exchange(guarded.address(), &[bytes.as_bytes()], Duration::from_secs(3)).unwrap();
        let status = raw::status(&answer);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{name}: {status:?}");
    }
    assert_eq!(guarded.upstream.count(), before);
    guarded.is_alive();
}

/// A client that goes away in the middle of a body leaves nothing behind.
#[test]
fn a_body_that_never_ends_is_not_passed() {
    let guarded = Guarded::shared();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: mcp.example\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\nx-mark: endless\r\ncontent-length: 500\r\n\r\n{SEARCH}",
        token()
    );
    let answer = raw::exchange(guarded.address(), &[head.as_bytes()], Duration::from_millis(500));
    assert_eq!(raw::status(&answer.unwrap()), None);
    assert_eq!(guarded.upstream.marked("endless"), 0);
    guarded.is_alive();
}

/// The access-log entry that holds `text`.
fn log_entry(guarded: &Guarded, text: &str) -> String {
    let begin = std::time::Instant::now();
    loop {
        let log = guarded.envoy.standard_out();
        if let Some(line) = log.lines().find(|line| line.contains(text)) {
            return line.to_owned();
        }
        assert!(begin.elapsed() < PATIENCE, "no access-log entry with `{text}`:\n{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn headers_of(seen: &Value) -> Vec<(String, String)> {
    serde_json::from_value(seen["headers"].clone()).unwrap()
}

/// Whether a request was refused before it was read whole.
trait Refused {
    fn is_err_and_closed_or(&self, status: u16) -> bool;
}

impl<E> Refused for Result<vicar_envoy_tests::client::Response, E> {
    fn is_err_and_closed_or(&self, status: u16) -> bool {
        self.as_ref().map_or(true, |response| response.status == status)
    }
}

const API: &str = "api.example";
const PATIENCE: Duration = Duration::from_secs(5);
