//! Bodies of `/DownstreamApi` pass as they come, in both directions, and end in time.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use reqwest::blocking::{Body, RequestBuilder};
use serde_json::{Value, json};

use super::world::{Answer, INVOICE, World};

const PATIENCE: Duration = Duration::from_secs(20);

/// An API on loopback that does what a test wants with each connection.
fn api(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that breaks off is what some tests are about.
            let _ = serve(stream);
        }
    });
    url
}

fn world(url: &str, more: &[(&str, &str)]) -> World {
    let mut all = vec![
        ("DownstreamApis__Tools__BaseUrl", url),
        ("Vicar__DownstreamApis__Tools__AllowLocalAddresses", "true"),
    ];
    all.extend_from_slice(more);
    World::with(&all)
}

fn call(world: &World, method: reqwest::Method) -> RequestBuilder {
    let url = format!("{}/DownstreamApi/Tools?AgentIdentity={INVOICE}", world.url);
    world.client.request(method, url).bearer_auth(world.dana())
}

/// Reads until the text holds `end`.
fn read_until(from: &mut impl Read, end: &str) -> io::Result<String> {
    let (mut text, mut bytes) = (String::new(), [0; 1024]);
    while !text.contains(end) {
        match from.read(&mut bytes)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => text.push_str(&String::from_utf8_lossy(&bytes[..read])),
        }
    }
    Ok(text)
}

const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn an_answer_passes_as_it_comes() {
    let (go, gone): (Sender<()>, Receiver<()>) = channel();
    let gone = std::sync::Mutex::new(gone);
    let url = api(move |mut stream| {
        read_until(&mut stream, "\r\n\r\n")?;
        write!(stream, "{CHUNKED}5\r\nfirst\r\n")?;
        // The rest does not come before the caller has the beginning.
        gone.lock().unwrap().recv_timeout(PATIENCE).map_err(io::Error::other)?;
        write!(stream, "6\r\nsecond\r\n0\r\n\r\n")
    });
    let world = world(&url, &[]);
    let mut answer = call(&world, reqwest::Method::GET).send().unwrap();
    let mut text = read_until(&mut answer, "first").unwrap();
    assert!(!text.contains("second"));
    go.send(()).unwrap();
    answer.read_to_string(&mut text).unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&body["statusCode"], &body["content"]), (&json!(200), &json!("firstsecond")));
}

/// Gives its second part when the first has arrived.
struct InTwoParts {
    arrived: Receiver<()>,
    given: usize,
}

impl Read for InTwoParts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let part: &[u8] = match self.given {
            0 => b"first",
            1 => {
                self.arrived.recv_timeout(PATIENCE).map_err(io::Error::other)?;
                b"second"
            }
            _ => b"",
        };
        self.given += 1;
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    }
}

#[test]
fn a_body_passes_as_it_comes() {
    let (seen, arrived) = channel();
    let url = api(move |mut stream| {
        let begun = read_until(&mut stream, "first")?;
        assert!(!begun.contains("second"));
        seen.send(()).map_err(io::Error::other)?;
        read_until(&mut stream, "second")?;
        write!(stream, "{EMPTY}")
    });
    let world = world(&url, &[]);
    let body = Body::new(InTwoParts { arrived, given: 0 });
    let request = call(&world, reqwest::Method::PUT).header("content-type", "text/plain");
    let answer = Answer::of(request.body(body).send().unwrap());
    assert_eq!(answer.body["statusCode"], 200, "{answer:?}");
}

#[test]
fn an_api_that_never_ends_is_left() {
    let silent = api(|mut stream| {
        read_until(&mut stream, "\r\n\r\n")?;
        thread::sleep(PATIENCE);
        Ok(())
    });
    let started = Instant::now();
    let world_of = |url: &str| world(url, &[("Vicar__DownstreamSeconds", "1")]);
    let world = world_of(&silent);
    let answer = Answer::of(call(&world, reqwest::Method::GET).send().unwrap());
    assert_eq!(answer.problem(), (502, "downstream_unavailable"), "{answer:?}");

    let trickling = api(|mut stream| {
        read_until(&mut stream, "\r\n\r\n")?;
        write!(stream, "{CHUNKED}")?;
        loop {
            write!(stream, "1\r\nx\r\n")?;
            thread::sleep(Duration::from_millis(50));
        }
    });
    let world = world_of(&trickling);
    let answer = call(&world, reqwest::Method::GET).send().unwrap();
    assert_eq!(answer.status(), 200);
    // Half an answer never looks like a whole one.
    assert!(answer.text().is_err());
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let silent = api(|mut stream| {
        read_until(&mut stream, "\r\n\r\n")?;
        thread::sleep(PATIENCE);
        Ok(())
    });
    let mut world = world(&silent, &[("Vicar__DrainSeconds", "1")]);
    let request = call(&world, reqwest::Method::GET);
    let asking = thread::spawn(move || request.send().is_ok_and(|it| it.status() == 200));
    thread::sleep(Duration::from_millis(700));
    let sidecar = world.sidecar.take().unwrap();
    let started = Instant::now();
    world.runtime.block_on(sidecar.stop());
    let taken = started.elapsed();
    assert!(taken >= Duration::from_millis(900) && taken < Duration::from_secs(5), "{taken:?}");
    drop(asking);
}

#[test]
fn redirects_are_followed_within_one_origin_where_allowed() {
    let url = api(|mut stream| {
        loop {
            let head = read_until(&mut stream, "\r\n\r\n")?.to_lowercase();
            assert!(head.contains("authorization: bearer eyj"), "{head}");
            match head.starts_with("get /v1/there ") {
                true => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere")?,
                false => write!(
                    stream,
                    "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/there\r\n\
                     Content-Length: 0\r\n\r\n"
                )?,
            }
        }
    });
    for (follow, status, content) in [("false", 307, Value::Null), ("true", 200, json!("there"))] {
        let world = world(&url, &[("Sidecar__AllowOutboundRedirects", follow)]);
        let answer = Answer::of(call(&world, reqwest::Method::GET).send().unwrap());
        assert_eq!(answer.body["statusCode"], status, "{answer:?}");
        assert_eq!(answer.body["content"], content, "{answer:?}");
    }
}
