use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::world::{INVOICE, World, variables};

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
    assert_ne!(status(other, "/readyz"), "403");
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

#[test]
fn every_address_of_the_description_is_answered() {
    let world = World::start();
    let document = world.ask_nobody("/openapi.json");
    assert_eq!(document.status, 200);
    let shipped = include_str!("../../../../docs/sidecar.openapi.json");
    assert_eq!(document.body, serde_json::from_str::<Value>(shipped).unwrap());
    for (path, operations) in document.body["paths"].as_object().unwrap() {
        let address = format!("{}{}", world.url, path.replace("{api}", "Tools"));
        for method in ["get", "post", "put", "patch", "delete"] {
            let name = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer =
                super::world::Answer::of(world.client.request(name, &address).send().unwrap());
            let described = operations.get(method).is_some();
            assert_ne!(answer.body["reason"], "no_such_address", "{method} {path}");
            assert_eq!(answer.status != 405, described, "{method} {path}");
        }
    }
}

#[test]
fn the_description_is_whole() {
    let document: Value =
        serde_json::from_str(include_str!("../../../../docs/sidecar.openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let routes = include_str!("../../src/serve/routes.rs");
    let written = |text: &str| text.split('"').nth(1).unwrap_or_default().to_owned();
    let routes: Vec<String> = routes.split(".route(").skip(1).map(written).collect();
    assert!(routes.len() > 10);
    for route in &routes {
        assert!(paths.contains_key(route), "{route} is not described");
    }
    assert_eq!(paths.len(), routes.len());
    for (path, operations) in paths {
        for (name, operation) in operations.as_object().unwrap() {
            // A reference in place of an operation has no meaning in OpenAPI.
            let whole = name == "parameters" || operation["responses"].is_object();
            assert!(whole, "{name} {path}");
        }
    }
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let found = document.pointer(reference.strip_prefix('#').unwrap());
            assert!(found.is_some(), "{reference} leads nowhere");
        }
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(members) => pending.extend(members.values()),
            _ => {}
        }
    }
    let world = World::start();
    let dana = world.dana();
    for parameter in document["components"]["parameters"].as_object().unwrap().values() {
        let name = parameter["name"].as_str().unwrap();
        let path = format!("/AuthorizationHeader/Tools?{name}=x");
        let unknown = world.ask(&path, &dana).body["reason"] == "parameter_unknown";
        assert_eq!(unknown, parameter["in"] == "path", "{name}");
    }
}

/// The process itself: variables in, audit lines out, an end on SIGTERM.
#[test]
fn the_command_serves_until_it_is_terminated() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &world.lab.ca_pem).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    // Some of it in a file, some of it in the environment.
    let (written, environment): (BTreeMap<_, _>, BTreeMap<_, _>) =
        variables(&world.lab.origin).into_iter().partition(|(name, _)| name.starts_with("Down"));
    let file = folder.path().join("vicar.yaml");
    std::fs::write(&file, serde_json::to_string(&written).unwrap()).unwrap();
    let mut process = std::process::Command::new(assert_cmd::cargo::cargo_bin!("vicar"))
        .args(["serve", "--config", file.to_str().unwrap()])
        .env_clear()
        .envs(environment)
        .env("ASPNETCORE_URLS", &url)
        .env("SSL_CERT_FILE", &ca)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !world.client.get(format!("{url}/readyz")).send().is_ok_and(|it| it.status() == 200) {
        assert!(Instant::now() < deadline, "not ready");
        thread::sleep(Duration::from_millis(20));
    }
    let address = format!("{url}/AuthorizationHeader/Tools?AgentIdentity={INVOICE}");
    let answer = world.client.get(address).bearer_auth(world.dana()).send().unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().unwrap());
    let kill = std::process::Command::new("kill").arg(process.id().to_string()).status().unwrap();
    assert!(kill.success());
    let (mut lines, mut log) = (String::new(), String::new());
    process.stdout.take().unwrap().read_to_string(&mut lines).unwrap();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(process.wait().unwrap().success(), "{log}");
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let line: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["exchange"]["actor"], INVOICE);
    for line in log.lines() {
        let _: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    }
    for text in [&lines, &log] {
        assert!(!text.contains("eyJ") && !text.contains("lab-blueprint-secret"), "{text}");
    }
}
