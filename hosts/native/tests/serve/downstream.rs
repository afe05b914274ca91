use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use reqwest::Method;
use serde_json::json;

use super::world::{Answer, INVOICE, World};

/// An API on loopback that keeps what it gets.
pub(crate) struct Api {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Api {
    pub(crate) fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that breaks off is what some tests are about.
                let _ = serve(stream, &answer, &kept);
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn world(&self, more: &[(&str, &str)]) -> World {
        let mut all = vec![
            ("DownstreamApis__Tools__BaseUrl", self.url.as_str()),
            ("Vicar__DownstreamApis__Tools__AllowLocalAddresses", "true"),
        ];
        all.extend_from_slice(more);
        World::with(&all)
    }
}

fn serve(mut stream: TcpStream, answer: &[u8], kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length: Option<usize> = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next()?.trim().parse().ok());
            let whole = match length {
                Some(length) => body.len() >= length,
                None if head.contains("chunked") => body.ends_with("0\r\n\r\n"),
                None => true,
            };
            if whole {
                break;
            }
        }
        let read = stream.read(&mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&bytes[..read]);
    }
    kept.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
    stream.write_all(answer)?;
    stream.flush()
}

pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=b\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn call(world: &World, method: Method, query: &str, body: Option<&str>) -> Answer {
    let url = format!("{}/DownstreamApi/Tools?AgentIdentity={INVOICE}{query}", world.url);
    let mut request = world.client.request(method, url).bearer_auth(world.dana());
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    Answer::of(request.header("cookie", "secret=1").header("x-agent-id", "me").send().unwrap())
}

#[test]
fn an_answer_is_wrapped_as_microsofts_sidecar_does() {
    let api = Api::start(ok(r#"{"a":"ü\"\n"}"#));
    let world = api.world(&[("DownstreamApis__Tools__RelativePath", "orders?x=1")]);
    let answer = call(&world, Method::POST, "", None);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["statusCode"], 200);
    assert_eq!(answer.body["headers"]["Content-Type"], json!(["application/json"]));
    assert!(answer.body["headers"].get("Set-Cookie").is_none());
    assert_eq!(answer.body["content"], r#"{"a":"ü\"\n"}"#);
    let request = api.requests().remove(0).to_lowercase();
    assert!(request.starts_with("get /v1/orders?x=1 http/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: bearer eyj"), "{request}");
    // Of the caller's fields none goes along.
    assert!(!request.contains("cookie") && !request.contains("x-agent-id"), "{request}");
    assert!(!request.contains(&world.dana().to_lowercase()));
}

#[test]
fn bodies_go_along_by_length_and_in_chunks() {
    let api = Api::start(ok("{}"));
    let world = api.world(&[]);
    let answer = call(&world, Method::PUT, "", Some(r#"{"n":1}"#));
    assert_eq!(answer.body["statusCode"], 200, "{answer:?}");
    let request = api.requests().remove(0);
    assert!(request.starts_with("PUT /v1 "), "{request}");
    assert!(request.to_lowercase().contains("content-type: application/json"));
    assert!(request.ends_with("\r\n\r\n{\"n\":1}"), "{request}");
    // Where POST says nothing of the upstream's method, a body cannot go along with GET.
    let answer = call(&world, Method::POST, "", Some("{}"));
    assert_eq!(answer.problem(), (400, "request_body_refused"));
    let answer = call(&world, Method::POST, "&optionsOverride.HttpMethod=PATCH", Some("{}"));
    assert_eq!(answer.body["statusCode"], 200, "{answer:?}");
    assert!(api.requests()[1].starts_with("PATCH "));
    // A reader has no length in advance.
    let body = reqwest::blocking::Body::new(std::io::repeat(b'x').take(100_000));
    let url = format!("{}/DownstreamApi/Tools?AgentIdentity={INVOICE}", world.url);
    let answer =
        world.client.put(url).bearer_auth(world.dana()).header("content-type", "text/plain");
    let answer = Answer::of(answer.body(body).send().unwrap());
    assert_eq!(answer.body["statusCode"], 200, "{answer:?}");
    assert!(api.requests()[2].len() > 100_000);
}

#[test]
fn chunked_and_empty_answers_are_whole() {
    let api = Api::start(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
         1\r\n\u{00}\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    let answer = call(&api.world(&[]), Method::GET, "", None);
    assert_eq!(answer.body["content"], "\u{0}abc", "{answer:?}");
    let api = Api::start("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    let answer = call(&api.world(&[]), Method::DELETE, "", None);
    assert_eq!((&answer.body["statusCode"], &answer.body["content"]), (&json!(204), &json!(null)));
}

#[test]
fn limits_hold_both_ways() {
    let api = Api::start(ok(&"x".repeat(5000)));
    let world =
        api.world(&[("Vicar__MaxResponseBytes", "1000"), ("Vicar__MaxRequestBytes", "1000")]);
    assert_eq!(call(&world, Method::GET, "", None).problem(), (502, "downstream_unavailable"));
    let long = format!("\"{}\"", "y".repeat(2000));
    assert_eq!(call(&world, Method::PUT, "", Some(&long)).problem(), (413, "request_too_large"));
    let body = reqwest::blocking::Body::new(std::io::repeat(b'x').take(5_000_000));
    let url = format!("{}/DownstreamApi/Tools?AgentIdentity={INVOICE}", world.url);
    let answer =
        world.client.put(url).bearer_auth(world.dana()).header("content-type", "text/plain");
    // The refusal may find the connection closed by a body nobody reads.
    if let Ok(answer) = answer.body(body).send() {
        assert_eq!(Answer::of(answer).problem(), (413, "request_too_large"));
    }
}

#[test]
fn an_answer_beyond_the_limit_breaks_off() {
    let body = "x".repeat(3000);
    let api = Api::start(format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
         1\r\na\r\nbb8\r\n{body}\r\n0\r\n\r\n"
    ));
    let world = api.world(&[("Vicar__MaxResponseBytes", "1000")]);
    let url = format!("{}/DownstreamApi/Tools?AgentIdentity={INVOICE}", world.url);
    let answer = world.client.get(url).bearer_auth(world.dana()).send();
    // Half an answer never looks like a whole one.
    assert!(answer.and_then(reqwest::blocking::Response::text).is_err());
}

#[test]
fn redirects_are_not_followed() {
    let api = Api::start(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/steal\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
    );
    for follow in ["false", "true"] {
        let world = api.world(&[("Sidecar__AllowOutboundRedirects", follow)]);
        let answer = call(&world, Method::GET, "", None);
        assert_eq!(answer.body["statusCode"], 302, "{answer:?}");
    }
}

#[test]
fn calls_stay_below_the_base_address() {
    let api = Api::start(ok("{}"));
    let world = api.world(&[]);
    for path in ["..%2F..%2Fadmin", "https%3A%2F%2Fevil.example%2F", "%2F%2Fevil.example", "a%5Cb"]
    {
        let query = format!("&optionsOverride.RelativePath={path}");
        let answer = call(&world, Method::GET, &query, None);
        assert_eq!(answer.problem(), (400, "downstream_path_refused"), "{path}");
    }
    for name in ["Authorization", "Host", "Cookie", "Transfer-Encoding", "Metadata", "Proxy-X"] {
        let query = format!("&optionsOverride.ExtraHeaderParameters.{name}=x");
        let answer = call(&world, Method::GET, &query, None);
        assert_eq!(answer.problem(), (403, "override_refused"), "{name}");
    }
    assert!(api.requests().is_empty());
    let query = "&optionsOverride.RelativePath=a/b&optionsOverride.ExtraHeaderParameters.X-Team=red\
                 &optionsOverride.ExtraQueryParameters.q=1%262&optionsOverride.AcceptHeader=text/plain";
    assert_eq!(call(&world, Method::GET, query, None).status, 200);
    let request = api.requests().remove(0);
    assert!(request.starts_with("GET /v1/a/b?q=1%262 "), "{request}");
    let request = request.to_lowercase();
    assert!(request.contains("x-team: red") && request.contains("accept: text/plain"), "{request}");
}

#[test]
fn local_addresses_are_not_called_unless_configured() {
    let api = Api::start(ok("{}"));
    let port = api.url.split(':').nth(2).unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "localhost",
        "LocalHost",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "169.254.169.254",
        "[64:ff9b::7f00:1]",
    ] {
        let world = World::with(&[
            ("DownstreamApis__Tools__BaseUrl", &format!("http://{host}:{port}")),
            ("Vicar__DownstreamApis__Tools__AllowHttp", "true"),
        ]);
        let answer = call(&world, Method::GET, "", None);
        assert_eq!(answer.problem(), (502, "downstream_address_refused"), "{host}");
    }
    assert!(api.requests().is_empty());
}

#[test]
fn a_refused_token_is_not_kept() {
    let api = Api::start(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer error=\"insufficient_claims\", \
         claims=\"e30=\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let world = api.world(&[]);
    let answer = call(&world, Method::GET, "", None);
    assert_eq!(answer.body["statusCode"], 401);
    assert!(answer.body["headers"]["WWW-Authenticate"][0].as_str().unwrap().contains("claims="));
    assert_eq!(world.token_requests().len(), 2);
    call(&world, Method::GET, "", None);
    // T1 is kept; the refused one was had anew.
    let forms = world.token_requests();
    let t1 = forms.iter().filter(|form| form.contains_key("fmi_path")).count();
    assert_eq!((t1, forms.len()), (1, 3));
}
