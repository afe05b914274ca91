//! Keys that are fetched, from a server that does its worst.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use vicar_envoy_tests::{
    bundle,
    client::Response,
    configuration::{Listener, bootstrap, cluster, to_cluster},
    envoy::{Envoy, Options},
    filter::Filter,
    key_server::{Behaviour, KeyServer},
    tokens::{self, keys_of, signed},
    upstream::Upstream,
};
use vicar_native::mint::KeyNumber;
use vicar_token::Algorithm;

use crate::surroundings::orders;

/// One guarded listener for each key server, each in a virtual machine of its own.
struct Fetching {
    envoy: Envoy,
    upstream: Upstream,
}

impl Fetching {
    fn start(servers: &[(&str, &KeyServer)], concurrency: u32) -> Self {
        let upstream = Upstream::start().unwrap();
        let bundle = bundle::of_tests().unwrap();
        let mut clusters = vec![cluster("upstream", upstream.address())];
        let mut listeners = Vec::new();
        for (name, server) in servers {
            clusters.push(cluster(name, server.address()));
            let filter = Filter::new(&bundle)
                .vm_id(name)
                .fetched_keys("issuer", name)
                .set("key_wait_seconds", json!(2));
            let filters = vec![filter.to_json().unwrap()];
            listeners.push(Listener::new(name, filters, to_cluster("upstream")).to_json());
        }
        let options = Options { concurrency, ..Options::default() };
        let envoy = Envoy::start(&bootstrap(&listeners, &clusters), &options).unwrap();
        Self { envoy, upstream }
    }

    fn send(&self, listener: &str, token: &str) -> Response {
        orders().bearer(token).send(self.envoy.listener(listener).unwrap()).unwrap()
    }

    /// Asks until this token passes.
    fn wait_until_passes(&self, listener: &str, token: &str, patience: Duration) -> Duration {
        let begin = Instant::now();
        loop {
            let response = self.send(listener, token);
            if response.status == 200 {
                return begin.elapsed();
            }
            assert!(
                begin.elapsed() < patience,
                "{listener} answers {} after {patience:?}: {}\n{}",
                response.status,
                response.text(),
                self.envoy.log()
            );
            sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn whatever_a_key_server_does_nothing_passes_and_all_recovers_by_itself() {
    let good = tokens::keys().unwrap();
    let lies: [(&str, Behaviour); 9] = [
        ("cut", Behaviour::Cut(good.clone())),
        ("empty", Behaviour::Good(r#"{"keys":[]}"#.to_owned())),
        ("failing", Behaviour::Says(500, "application/json", good.clone().into_bytes())),
        ("huge", Behaviour::Huge),
        ("of-another", Behaviour::Good(keys_of(KeyNumber::STRANGER, "issuer-RS256").unwrap())),
        ("redirecting", Behaviour::Redirects("http://127.0.0.1/keys".to_owned())),
        ("silent", Behaviour::Silent),
        ("slow", Behaviour::Slow(Duration::from_secs(3), good.clone())),
        ("web-page", Behaviour::Says(200, "text/html", b"<p>Sign in".to_vec())),
    ];
    let mut servers: Vec<(&str, KeyServer)> =
        lies.into_iter().map(|(name, lie)| (name, KeyServer::start(lie).unwrap())).collect();
    servers.push(("down", KeyServer::start(Behaviour::Good(good.clone())).unwrap()));
    servers.last().unwrap().1.go_down();
    let lent: Vec<(&str, &KeyServer)> = servers.iter().map(|(name, s)| (*name, s)).collect();
    let fetching = Fetching::start(&lent, 1);
    let token = tokens::token(json!({})).unwrap();

    for (name, _) in &servers {
        let response = fetching.send(name, &token);
        // Keys of another's are keys: the signature does not fit them, or its key is not there.
        let wanted = if ["of-another", "empty"].contains(name) { [401, 503] } else { [503, 503] };
        assert!(
            wanted.contains(&response.status),
            "{name}: {} {}",
            response.status,
            response.text()
        );
        if response.status == 503 {
            assert!(!response.header("retry-after").is_empty(), "{name}");
            assert_eq!(response.json()["reason"], "keys_unavailable", "{name}");
        }
    }
    assert_eq!(fetching.upstream.count(), 0);

    for (name, server) in &servers {
        server.behave(Behaviour::Good(good.clone()));
        if *name == "down" {
            server.come_up().unwrap();
        }
    }
    // A key of the same name with another's key is what the issuer says, until the next fetch.
    for (name, _) in servers.iter().filter(|(name, _)| *name != "of-another") {
        fetching.wait_until_passes(name, &token, Duration::from_secs(75));
    }
    let reloads = fetching.envoy.admin().statistics("vm_reload").unwrap();
    assert_eq!(reloads.values().sum::<u64>(), 0);
}

#[test]
fn a_new_key_is_learnt_by_all_workers_and_strangers_do_not_hammer_the_issuer() {
    let server = KeyServer::start(Behaviour::Good(tokens::keys().unwrap())).unwrap();
    let fetching = Fetching::start(&[("issuer", &server)], 2);
    let old = tokens::token(json!({})).unwrap();
    fetching.wait_until_passes("issuer", &old, Duration::from_secs(20));
    let at_start = server.asked();
    assert!(at_start <= 4, "{at_start} fetches at start");

    // The issuer rotates: the old keys stay for a while, as good issuers do it.
    let (mut both, new): (Value, Value) = (
        serde_json::from_str(&tokens::keys().unwrap()).unwrap(),
        serde_json::from_str(&keys_of(KeyNumber::from_one(2).unwrap(), "next").unwrap()).unwrap(),
    );
    both["keys"].as_array_mut().unwrap().push(new["keys"][0].clone());
    server.behave(Behaviour::Good(both.to_string()));
    let number = KeyNumber::from_one(2).unwrap();
    let rotated = signed(Algorithm::Rs256, number, "next", json!({})).unwrap();
    fetching.wait_until_passes("issuer", &rotated, Duration::from_secs(40));
    // A connection of its own for each request: both workers get their share.
    for _ in 0..20 {
        fetching.wait_until_passes("issuer", &rotated, Duration::from_secs(5));
        assert_eq!(fetching.send("issuer", &old).status, 200);
    }
    let for_one_key = server.asked() - at_start;
    assert!(for_one_key <= 1, "{for_one_key} fetches for one new key");

    let before = server.asked();
    for number in 0..50 {
        let kid = format!("no-such-key-{number}");
        let unknown = signed(Algorithm::Rs256, KeyNumber::STRANGER, &kid, json!({})).unwrap();
        let response = fetching.send("issuer", &unknown);
        assert!([401, 503].contains(&response.status), "{}", response.status);
    }
    assert!(server.asked() <= before + 1, "{} fetches for strangers", server.asked() - before);

    // The last good keys stay when the server fails.
    server.go_down();
    assert_eq!(fetching.send("issuer", &old).status, 200);
}
