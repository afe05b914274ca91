use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use super::world::{INVOICE, World};

#[test]
fn it_becomes_ready_and_counts() {
    let world = World::start();
    let deadline = Instant::now() + Duration::from_secs(10);
    while world.ask_nobody("/readyz").status != 200 {
        assert!(Instant::now() < deadline, "not ready: {:?}", world.ask_nobody("/readyz"));
        thread::sleep(Duration::from_millis(20));
    }
    world
        .ask(&format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}"), &world.dana())
        .claims();
    world.ask_nobody("/some/thing/with/a/token/eyJ");
    let text = world.get("/metrics").send().unwrap().text().unwrap();
    for line in [
        r#"vicar_requests_total{endpoint="AuthorizationHeader",status="200"} 1"#,
        r#"vicar_requests_total{endpoint="other",status="404"} 1"#,
        r#"vicar_tokens_total{source="exchange",reason="permitted"} 1"#,
        "vicar_cached_keys 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("eyJ") && text.ends_with("# EOF\n"));
}

#[test]
fn without_keys_it_is_not_ready() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", nobody.local_addr().unwrap());
    let world = World::with(&[("AzureAd__Instance", &address)]);
    let answer = world.ask_nobody("/readyz");
    assert_eq!(answer.problem(), (503, "sidecar_not_ready"));
    assert_eq!(world.ask_nobody("/healthz").status, 200);
    let answer = world.ask("/Validate", &world.dana());
    assert_eq!(answer.problem(), (503, "keys_unavailable"));
}

#[test]
fn other_machines_are_turned_away_but_for_probes() {
    let world = World::with(&[("ASPNETCORE_URLS", "http://+:0")]);
    let port = world.sidecar.as_ref().unwrap().addresses[0].port();
    let Some(address) = outward_address() else {
        panic!("this machine has no address but loopback: the test cannot tell peers apart");
    };
    let status = |address: SocketAddr, path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let other = SocketAddr::from((address, port));
    assert_eq!(status(other, "/healthz"), "200");
    assert_eq!(status(other, "/Validate"), "403");
    assert_eq!(status(other, "/metrics"), "403");
    // Over IPv4 the listener of both families sees a mapped address.
    let own = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    assert_eq!(status(own, "/Validate"), "401");
}

/// An address of this machine that is not loopback; nothing is sent.
fn outward_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() => Some(*address.ip()),
        _ => None,
    }
}

#[test]
fn a_request_under_way_ends_well_when_the_sidecar_stops() {
    let mut world = World::start();
    let dana = world.dana();
    world.fault(&serde_json::json!({"kind": "latency", "milliseconds": 1500, "path": "/token"}));
    let url = format!("{}/AuthorizationHeader/Tools?AgentIdentity={INVOICE}", world.url);
    let client = world.client.clone();
    let asking = thread::spawn(move || client.get(url).bearer_auth(dana).send().unwrap().status());
    thread::sleep(Duration::from_millis(500));
    let sidecar = world.sidecar.take().unwrap();
    let started = Instant::now();
    world.runtime.block_on(sidecar.stop());
    assert!(started.elapsed() > Duration::from_millis(500));
    assert_eq!(asking.join().unwrap(), 200);
    assert!(world.get("/healthz").send().is_err(), "nobody listens any more");
}
