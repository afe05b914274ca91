//! Garbage at full speed: memory stays flat and the virtual machine alive.

use std::env;

use hyper::Method;
use serde_json::json;
use vicar_envoy_tests::{
    client::Request,
    load::{Load, Pace, Until},
    tokens::{self, signed},
};
use vicar_native::mint::KeyNumber;
use vicar_token::Algorithm;

use crate::surroundings::{Guarded, SEARCH, mcp, orders, token};

/// How many requests, unless `VICAR_GARBAGE` says otherwise; `make soak-envoy` sends 100,000.
const COUNT: u64 = 10_000;

#[test]
fn garbage_leaves_memory_flat_and_the_machine_alive() {
    let count =
        env::var("VICAR_GARBAGE").ok().and_then(|count| count.parse().ok()).unwrap_or(COUNT);
    eprintln!("{count} garbage requests; `make soak-envoy` sends 100,000");
    let guarded = Guarded::alone();
    let send = |count| {
        let load = Load {
            address: guarded.address(),
            connections: 16,
            requests: garbage(),
            until: Until::Sent(count),
            pace: Pace::Answered,
        };
        load.run().unwrap()
    };
    // What is allocated once is allocated now: caches, connections, the module's own heap.
    send(count / 5);
    let before = guarded.envoy.resident_bytes().unwrap();
    let outcome = send(count);
    let after = guarded.envoy.resident_bytes().unwrap();

    let passed: u64 = outcome.statuses.iter().filter(|(s, _)| **s < 400).map(|(_, n)| n).sum();
    assert_eq!(passed, 0, "{:?}", outcome.statuses);
    let failed: u64 = outcome.statuses.iter().filter(|(s, _)| **s >= 500).map(|(_, n)| n).sum();
    assert_eq!(failed, 0, "{:?}", outcome.statuses);
    let mebibytes = |bytes: u64| bytes / (1 << 20);
    eprintln!(
        "{} answers {:?}, {:.0} a second; memory {} MiB before, {} MiB after",
        outcome.answers(),
        outcome.statuses,
        outcome.throughput(),
        mebibytes(before),
        mebibytes(after),
    );
    assert!(after < before + (16 << 20), "memory grew by {} MiB", mebibytes(after - before));
    guarded.is_alive();
}

/// Requests of which none is any good, each wrong in another way.
fn garbage() -> Vec<Request> {
    let good = token();
    let mut requests = vec![
        orders(),
        orders().header("authorization", b"Bearer \xa1\xb1\xff"),
        orders().header("authorization", "Basic ZGFuYTpwdw=="),
        orders().bearer(&"a".repeat(20_000)),
        orders().bearer(&".".repeat(2_000)),
        orders().bearer("e30.e30."),
        orders().bearer(&good).bearer(&good),
        Request::get("/v1/%00%ff/%2e%2e/orders").host("api.example").bearer(&good),
        Request::get("/").host("nowhere.example").bearer(&good),
        Request::new(Method::DELETE, "/v1/orders").host("api.example").bearer(&good),
        mcp("{").bearer(&good),
        mcp(&"[".repeat(30_000)).bearer(&good),
        mcp(&format!("[{SEARCH}]")).bearer(&good),
        mcp(&SEARCH.replace("search", "\\u0000\\ud800")).bearer(&good),
        mcp("").chunks(vec![vec![0xff; 1000]; 100]).bearer(&good),
        mcp(SEARCH).header("content-encoding", "br").bearer(&good),
    ];
    // Tokens that parse and do not verify, each another one: nothing of them may be kept.
    for number in 0..400 {
        let kid = format!("stranger-{number}");
        let claims = json!({ "sub": format!("nobody-{number}"), "padding": "x".repeat(number) });
        let forged = signed(Algorithm::Rs256, KeyNumber::STRANGER, &kid, claims.clone());
        requests.push(orders().bearer(&forged.unwrap()));
        let damaged = tokens::token(claims).unwrap();
        let (head, _) = damaged.rsplit_once('.').unwrap();
        requests.push(orders().bearer(&format!("{head}.{}", "A".repeat(342))));
    }
    requests
}
