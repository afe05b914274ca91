//! Configuration that changes under load, and configuration that is wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::Duration,
};

use serde_json::{Value, json};
use vicar_envoy_tests::{
    Failure, bundle,
    client::Request,
    configuration::{
        Listener, as_extension, bootstrap, bootstrap_by_lds, cluster, discovered, to_cluster,
        to_envoy,
    },
    delivery::ResourceFile,
    envoy::{Envoy, Options},
    filter::{self, Filter},
    load::{Load, Outcome, Pace, Until},
    tokens,
    upstream::{Reply, Upstream},
};

use crate::surroundings::{orders, token};

fn guard(more: &str) -> Filter {
    Filter::new(&bundle::of_tests().unwrap())
        .keys("issuer", &tokens::keys().unwrap())
        .set("gateway", json!({ "headers": [{ "name": more, "value": "reason" }] }))
}

fn under_load(address: std::net::SocketAddr, work: impl FnOnce()) -> Outcome {
    let stopped = Arc::new(AtomicBool::new(false));
    let until = Until::Stopped(Arc::clone(&stopped));
    // Every other request has to be stopped, before, during and after; an odd number of
    // connections sends both on each.
    let requests = vec![orders().bearer(&token()), orders()];
    let load = std::thread::spawn(move || {
        Load { address, connections: 5, requests, until, pace: Pace::Answered }.run()
    });
    sleep(Duration::from_millis(300));
    work();
    stopped.store(true, Ordering::Relaxed);
    load.join().unwrap().unwrap()
}

fn only_the_wanted_answers(outcome: &Outcome) {
    assert!(outcome.errors.is_empty(), "dropped: {:?}", outcome.errors);
    let seen: Vec<u16> = outcome.statuses.keys().copied().collect();
    assert_eq!(seen, [200, 401], "{:?}", outcome.statuses);
    let (passed, stopped) = (outcome.statuses[&200], outcome.statuses[&401]);
    assert!(passed.abs_diff(stopped) <= 8, "{:?}", outcome.statuses);
}

#[test]
fn a_listener_is_replaced_under_load_without_a_dropped_request() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Upstream::start().unwrap();
    let listener = |name: &str| {
        let filters = vec![guard(name).to_json().unwrap()];
        Listener::new("changing", filters, to_cluster("upstream")).to_json()
    };
    let file = ResourceFile::new(folder.path(), "listeners.json", &[listener("x-one")]).unwrap();
    let clusters = [cluster("upstream", upstream.address())];
    let envoy =
        Envoy::start(&bootstrap_by_lds(&file.source(), &clusters), &Options::default()).unwrap();
    let address = envoy.listener("changing").unwrap();
    let header = || {
        let seen = orders().bearer(&token()).send(address).unwrap().text();
        (seen.contains("x-one"), seen.contains("x-two"))
    };
    assert_eq!(header(), (true, false));
    let outcome = under_load(address, || {
        file.replace(&[listener("x-two")]).unwrap();
        envoy.admin().wait_for("listener_manager.lds.update_success", 2, PATIENCE).unwrap();
        sleep(Duration::from_secs(3));
    });
    only_the_wanted_answers(&outcome);
    assert_eq!(header(), (false, true));

    // A wrong configuration is refused, and the last good one stays.
    let mut broken = listener("x-three").to_string();
    broken = broken.replace("vicar_bundle", "vicar_bungle");
    let rejected = envoy.admin().statistic("listener_manager.lds.update_rejected").unwrap();
    file.replace(&[serde_json::from_str::<Value>(&broken).unwrap()]).unwrap();
    envoy.admin().wait_for("listener_manager.lds.update_rejected", rejected + 1, PATIENCE).unwrap();
    assert_eq!(header(), (false, true));
    assert_eq!(orders().send(address).unwrap().status, 401);
}

#[test]
fn an_extension_is_replaced_under_load_without_a_dropped_request() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Upstream::start().unwrap();
    let extension = |name: &str| as_extension(&guard(name).to_json().unwrap());
    let file = ResourceFile::new(folder.path(), "filters.json", &[extension("x-one")]).unwrap();
    let filters = vec![discovered("vicar", &file.source(), &filter::type_url())];
    let listener = Listener::new("changing", filters, to_cluster("upstream")).to_json();
    let clusters = [cluster("upstream", upstream.address())];
    let envoy = Envoy::start(&bootstrap(&[listener], &clusters), &Options::default()).unwrap();
    let address = envoy.listener("changing").unwrap();
    let names = || {
        let seen = orders().bearer(&token()).send(address).unwrap().text();
        (seen.contains("x-one"), seen.contains("x-two"))
    };
    assert_eq!(names(), (true, false));
    let outcome = under_load(address, || {
        file.replace(&[extension("x-two")]).unwrap();
        let begin = std::time::Instant::now();
        while names() != (false, true) {
            assert!(begin.elapsed() < PATIENCE, "{}", envoy.log());
            sleep(Duration::from_millis(50));
        }
        sleep(Duration::from_millis(300));
    });
    only_the_wanted_answers(&outcome);

    let broken = extension("x-three").to_string().replace("vicar_bundle", "vicar_bungle");
    file.replace(&[serde_json::from_str::<Value>(&broken).unwrap()]).unwrap();
    let rejected = "extension_config_discovery.http_filter.vicar.config_fail";
    envoy.admin().wait_for(rejected, 1, PATIENCE).unwrap();
    envoy.wait_for_line("configuration refused: `bundle`", PATIENCE).unwrap();
    assert_eq!(names(), (false, true));
    assert_eq!(orders().send(address).unwrap().status, 401);
}

#[test]
fn a_wrong_configuration_refuses_to_start_and_says_why() {
    let good = bundle::of_tests().unwrap();
    let cases = [
        ("an unknown member", Filter::new(&good).set("modus", json!("verify")), "modus"),
        ("no bundle of ours", Filter::new(b"{\"vicar_bundle\":1}"), "bundle"),
        ("an unknown issuer", Filter::new(&good).keys("nobody", r#"{"keys":[]}"#), "nobody"),
        (
            "a cluster that is not there",
            Filter::new(&good).fetched_keys("issuer", "missing-cluster"),
            "missing-cluster",
        ),
    ];
    for (name, filter, wanted) in cases {
        let filters = vec![filter.to_json().unwrap()];
        let listener = Listener::new("wrong", filters, to_envoy(200)).to_json();
        let may_come_later = wanted == "missing-cluster";
        match Envoy::start(&bootstrap(&[listener], &[]), &Options::default()) {
            Err(Failure::Ended(log)) if !may_come_later => {
                assert!(log.contains("configuration refused: "), "{name}:\n{log}");
                assert!(log.contains(wanted), "{name}:\n{log}");
            }
            Err(other) => panic!("{name}: {other}"),
            // A cluster may come later; until it does, nothing passes.
            Ok(envoy) => {
                assert!(may_come_later, "{name} started:\n{}", envoy.log());
                let address = envoy.listener("wrong").unwrap();
                let status = Request::get("/v1/orders").host("api.example").bearer(&token());
                assert_eq!(status.send(address).unwrap().status, 503, "{name}");
                envoy.wait_for_line(wanted, PATIENCE).unwrap();
            }
        }
    }
}

#[test]
fn a_bundle_is_fetched_and_its_digest_is_pinned() {
    let compiled = bundle::build("tests/envoy/bundle").unwrap().bundle;
    let (file, digest) = (compiled.to_bytes(), compiled.digest().to_string());
    let server = Upstream::answering(move |_| {
        vicar_envoy_tests::upstream::Reply::ok("application/json", file.clone())
    })
    .unwrap();
    let listener = |name: &str, digest: &str| {
        let source = json!({
            "cluster": "bundles", "uri": "http://127.0.0.1/tests.vicar", "digest": digest,
        });
        let filter = Filter::fetching(source).keys("issuer", &tokens::keys().unwrap()).vm_id(name);
        Listener::new(name, vec![filter.to_json().unwrap()], to_envoy(200)).to_json()
    };
    let other = format!("sha256:{}", "0".repeat(64));
    let listeners = [listener("pinned", &digest), listener("another", &other)];
    let clusters = [cluster("bundles", server.address())];
    let envoy = Envoy::start(&bootstrap(&listeners, &clusters), &Options::default()).unwrap();
    let status = |name: &str| {
        let request = orders().bearer(&token());
        request.send(envoy.listener(name).unwrap()).unwrap().status
    };
    let begin = std::time::Instant::now();
    while status("pinned") != 200 {
        assert!(begin.elapsed() < PATIENCE, "{}", envoy.log());
        sleep(Duration::from_millis(50));
    }
    assert_eq!(orders().send(envoy.listener("pinned").unwrap()).unwrap().status, 401);
    assert_eq!(status("another"), 503);
}

/// The bundle of the tests, and one that differs in the realm it tells.
#[test]
fn the_last_fetched_bundle_stays_until_the_next_one_is_there() {
    let compiled = ["tests", "second"].map(|realm| {
        let realm = format!("realm: {realm}");
        bundle::build_with("tests/envoy/bundle", "realm: tests", &realm).unwrap().bundle
    });
    let files = compiled.clone().map(|bundle| bundle.to_bytes());
    let served = Arc::new(AtomicBool::new(false));
    let there = Arc::clone(&served);
    let server = Upstream::answering(move |request| {
        let second = request.target.contains("second");
        let mut reply = Reply::ok("application/json", files[usize::from(second)].clone());
        if second && !there.load(Ordering::Relaxed) {
            reply.status = 404;
        }
        reply
    })
    .unwrap();
    let listener = |file: &str, digest: String| {
        let source = json!({
            "cluster": "bundles", "uri": format!("http://127.0.0.1/{file}"), "digest": digest,
        });
        let filter = Filter::fetching(source).keys("issuer", &tokens::keys().unwrap());
        Listener::new("changing", vec![filter.to_json().unwrap()], to_envoy(200)).to_json()
    };
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = compiled.map(|bundle| bundle.digest().to_string());
    let file =
        ResourceFile::new(folder.path(), "listeners.json", &[listener("first", first)]).unwrap();
    let clusters = [cluster("bundles", server.address())];
    let options = Options { concurrency: 2, ..Options::default() };
    let envoy = Envoy::start(&bootstrap_by_lds(&file.source(), &clusters), &options).unwrap();
    let address = envoy.listener("changing").unwrap();
    let realm = || orders().send(address).unwrap().header("www-authenticate").to_owned();
    let wait_for = |wanted: &str| {
        let begin = std::time::Instant::now();
        // Of both workers, several times.
        let mut seen = 0;
        while seen < 20 {
            seen = if realm() == format!("Bearer realm=\"{wanted}\"") { seen + 1 } else { 0 };
            assert!(begin.elapsed() < PATIENCE, "{wanted}: {}", envoy.log());
        }
    };
    wait_for("tests");
    let outcome = under_load(address, || {
        file.replace(&[listener("second", second)]).unwrap();
        envoy.admin().wait_for("listener_manager.lds.update_success", 2, PATIENCE).unwrap();
        envoy.wait_for_line("the last one stays at work", PATIENCE).unwrap();
        sleep(Duration::from_secs(3));
        // The next one is missing: the last one goes on judging.
        wait_for("tests");
        served.store(true, Ordering::Relaxed);
        wait_for("second");
    });
    only_the_wanted_answers(&outcome);
}

const PATIENCE: Duration = Duration::from_secs(10);
