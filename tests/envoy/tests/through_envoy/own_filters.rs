//! The surroundings themselves, proved with Envoy's own filters.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::Duration,
};

use serde_json::json;
use vicar_envoy_tests::{
    client::Request,
    configuration::{
        JwtKeys, Listener, allow_claim, as_extension, bootstrap, bootstrap_by_lds, cluster,
        discovered, jwt_authn, rbac, to_cluster, to_envoy, typed,
    },
    delivery::ResourceFile,
    envoy::{Envoy, Options},
    key_server::{Behaviour, KeyServer},
    load::{Load, Pace, Until},
    raw,
    tokens::{self, AUDIENCE, ISSUER},
    upstream::Upstream,
};

#[test]
fn tokens_of_the_harness_pass_envoys_own_filters_and_others_do_not() {
    let upstream = Upstream::start().unwrap();
    let keys = tokens::keys().unwrap();
    let guards = vec![
        jwt_authn(ISSUER, AUDIENCE, JwtKeys::Inline(&keys), false),
        allow_claim("azp", "invoice-agent"),
    ];
    let listener = Listener::new("guarded", guards, to_cluster("upstream"));
    let envoy = Envoy::start(
        &bootstrap(&[listener.to_json()], &[cluster("upstream", upstream.address())]),
        &Options::default(),
    )
    .unwrap();
    let address = envoy.listener("guarded").unwrap();
    let status = |request: Request| request.send(address).unwrap().status;
    let good = tokens::token(json!({})).unwrap();
    let stranger = tokens::token(json!({ "azp": "stranger" })).unwrap();

    assert_eq!(status(Request::get("/orders")), 401);
    assert_eq!(status(Request::get("/orders").bearer(&stranger)), 403);
    assert_eq!(status(Request::get("/orders").bearer(&good)), 200);
    assert_eq!(status(Request::get("/orders").bearer(&good).http2()), 200);
    assert_eq!(upstream.count(), 2);

    let chunked = Request::post("/orders?a=b", "")
        .bearer(&good)
        .header("x-twice", "1")
        .header("x-twice", "2")
        .chunks(vec![b"on".to_vec(), b"ce".to_vec()]);
    let seen = chunked.send(address).unwrap().json();
    assert_eq!(seen["body"], "once");
    assert_eq!(seen["target"], "/orders?a=b");
    let twice = seen["headers"].as_array().unwrap().iter().filter(|h| h[0] == "x-twice").count();
    assert_eq!(twice, 2);

    let odd = Request::get("/").header("authorization", b"Bearer \xa1\xb1");
    assert_eq!(status(odd), 401);
    let broken = raw::exchange(address, &[b"GET / HTTP/1.1\r\n\r\n"], Duration::from_secs(2));
    assert_eq!(raw::status(&broken.unwrap()), Some(400));
}

#[test]
fn a_key_server_misbehaves_as_told_and_recovers() {
    let good = tokens::keys().unwrap();
    let server = KeyServer::start(Behaviour::Good(good.clone())).unwrap();
    let ask = || Request::get("/keys").patience(Duration::from_secs(1)).send(server.address());

    assert_eq!(ask().unwrap().text(), good);
    server.behave(Behaviour::Says(200, "text/html", b"<p>sorry".to_vec()));
    assert_eq!(ask().unwrap().text(), "<p>sorry");
    server.behave(Behaviour::Redirects("http://localhost/elsewhere".to_owned()));
    assert_eq!(ask().unwrap().status, 302);
    server.behave(Behaviour::Huge);
    assert!(ask().unwrap().body.len() > 10_000_000);
    server.behave(Behaviour::Cut(good.clone()));
    assert!(ask().is_err());
    server.behave(Behaviour::Silent);
    assert!(ask().is_err());
    server.behave(Behaviour::Slow(Duration::from_millis(100), good.clone()));
    assert_eq!(ask().unwrap().text(), good);
    server.go_down();
    assert!(ask().is_err());
    server.come_up().unwrap();
    assert_eq!(ask().unwrap().text(), good);
    assert_eq!(server.asked(), 8);
}

#[test]
fn listeners_and_extensions_from_files_change_without_a_dropped_request() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |action: &str| as_extension(&rbac_all(action));
    let rules = ResourceFile::new(folder.path(), "rules.json", &[rule("ALLOW")]).unwrap();
    let filter = discovered(RBAC, &rules.source(), &typed("filters.http.rbac.v3.RBAC"));
    let listener =
        |status| Listener::new("changing", vec![filter.clone()], to_envoy(status)).to_json();
    let listeners = ResourceFile::new(folder.path(), "listeners.json", &[listener(200)]).unwrap();
    let envoy =
        Envoy::start(&bootstrap_by_lds(&listeners.source(), &[]), &Options::default()).unwrap();
    let address = envoy.listener("changing").unwrap();

    let stopped = Arc::new(AtomicBool::new(false));
    let until = Until::Stopped(Arc::clone(&stopped));
    let requests = vec![Request::get("/")];
    let load = std::thread::spawn(move || {
        Load { address, connections: 4, requests, until, pace: Pace::Answered }.run()
    });
    sleep(Duration::from_millis(300));
    listeners.replace(&[listener(202)]).unwrap();
    envoy.admin().wait_for("listener_manager.lds.update_success", 2, PATIENCE).unwrap();
    // Connections of the old listener are closed one by one, each after an answer.
    sleep(Duration::from_millis(2500));
    rules.replace(&[rule("DENY")]).unwrap();
    sleep(Duration::from_millis(500));
    stopped.store(true, Ordering::Relaxed);
    let outcome = load.join().unwrap().unwrap();

    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);
    let seen: Vec<u16> = outcome.statuses.keys().copied().collect();
    assert_eq!(seen, [200, 202, 403]);
}

fn rbac_all(action: &str) -> serde_json::Value {
    rbac(action, &json!({ "any": true }))
}

const RBAC: &str = "envoy.filters.http.rbac";
const PATIENCE: Duration = Duration::from_secs(10);
