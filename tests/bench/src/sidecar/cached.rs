//! A header from the cache: what the sidecar does all day.

use std::{collections::BTreeMap, error::Error, net::SocketAddr, time::Duration};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vicar_envoy_tests::{
    client::Request,
    load::{Load, Outcome, Pace, Until},
};

use super::{
    Bench,
    lab::{asking, sent},
    process::Sidecar,
};
use crate::report::{Section, shown};

/// How requests come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    /// 64 connections, each as fast as it gets answers.
    Closed,
    /// 64 connections, [`RATE`] requests a second.
    Open,
    /// One connection, as fast as it gets answers.
    One,
}

const LOADS: [Shape; 3] = [Shape::Closed, Shape::Open, Shape::One];

impl Shape {
    const fn connections(self) -> usize {
        match self {
            Self::One => 1,
            _ => CONNECTIONS,
        }
    }

    const fn pace(self) -> Pace {
        match self {
            Self::Open => Pace::PerSecond(RATE),
            _ => Pace::Answered,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Closed => "64 connections, as fast as answers come",
            Self::Open => "64 connections, 20,000 a second",
            Self::One => "one connection, as fast as answers come",
        }
    }
}

/// One measurement.
struct Measured {
    /// A second.
    throughput: f64,
    /// Milliseconds.
    median: f64,
    /// Milliseconds.
    slow: f64,
    /// Microseconds of the sidecar's processor time for each request.
    processor: f64,
}

pub(crate) fn run(bench: &Bench<'_>) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("A cached `/AuthorizationHeader` of `vicar serve`");
    let sidecar = Sidecar::start(bench.vicar, &bench.lab)?;
    let subjects =
        [(NOTHING, Request::get("/healthz")), (CACHED, asking(0, &bench.lab.sign_in()?))];
    let mut asked = 0;
    let mut measured: BTreeMap<(&str, Shape), Vec<Measured>> = BTreeMap::new();
    for round in 0..=bench.rounds {
        for load in LOADS {
            for (name, request) in &subjects {
                let (outcome, result) = once(&sidecar, request, load)?;
                if *name == CACHED {
                    asked += outcome.answers();
                }
                // The first round fills the cache and starts the threads.
                if round > 0 {
                    measured.entry((*name, load)).or_default().push(result);
                }
            }
        }
    }
    let of = |name, load, value: fn(&Measured) -> f64| {
        median(measured.get(&(name, load)).into_iter().flatten().map(value).collect())
    };
    let limit = generators_limit()?.throughput();
    section.value("the load generator alone, 64 connections", shown(limit, "/s"));
    for (name, _) in &subjects {
        for load in LOADS {
            section.value(
                format!("{name}: {}", load.name()),
                format!(
                    "{}, p50 {}, p99 {}, CPU {}",
                    shown(of(name, load, |m| m.throughput), "/s"),
                    shown(of(name, load, |m| m.median), " ms"),
                    shown(of(name, load, |m| m.slow), " ms"),
                    shown(of(name, load, |m| m.processor), " us"),
                ),
            );
        }
    }
    section.at_least(
        format!("{CACHED}: throughput at 64 connections"),
        of(CACHED, Shape::Closed, |m| m.throughput),
        20_000.0,
        "/s",
    );
    section.at_most(
        format!("{CACHED}: p50 at 64 connections, 20,000 a second"),
        of(CACHED, Shape::Open, |m| m.median),
        0.3,
        " ms",
    );
    section.value(
        format!("throughput: {CACHED} / {NOTHING}"),
        shown(
            of(CACHED, Shape::Closed, |m| m.throughput)
                / of(NOTHING, Shape::Closed, |m| m.throughput),
            "x",
        ),
    );
    section.value(
        format!("CPU added to {NOTHING}"),
        shown(
            of(CACHED, Shape::Closed, |m| m.processor)
                - of(NOTHING, Shape::Closed, |m| m.processor),
            " us",
        ),
    );
    let lines = sidecar.stop()?;
    section.value("audit lines / answers", format!("{lines} / {asked}"));
    if lines != asked {
        return Err(format!("{asked} answers left {lines} audit lines").into());
    }
    Ok(section)
}

fn once(
    sidecar: &Sidecar,
    request: &Request,
    load: Shape,
) -> Result<(Outcome, Measured), Box<dyn Error>> {
    let before = sidecar.processor_time()?;
    let outcome = sent(Load {
        address: sidecar.address(),
        connections: load.connections(),
        requests: vec![request.clone()],
        until: Until::Elapsed(TIME),
        pace: load.pace(),
    })?;
    let spent = sidecar.processor_time()?.saturating_sub(before);
    let measured = Measured {
        throughput: outcome.throughput(),
        median: outcome.percentile(0.5).as_secs_f64() * 1e3,
        slow: outcome.percentile(0.99).as_secs_f64() * 1e3,
        processor: spent.as_secs_f64() * 1e6 / outcome.answers().max(1) as f64,
    };
    Ok((outcome, measured))
}

/// The generator against a server that says the same to everything: what neither can be faster than.
fn generators_limit() -> Result<Outcome, Box<dyn Error>> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::bind("127.0.0.1:0").await else { return };
            let Ok(address) = listener.local_addr() else { return };
            let _ = tell.send(address);
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(say(stream));
            }
        });
    });
    let address: SocketAddr = told.recv()?;
    sent(Load {
        address,
        connections: CONNECTIONS,
        requests: vec![Request::get("/healthz")],
        until: Until::Elapsed(TIME),
        pace: Pace::Answered,
    })
}

/// One answer for each request; the generator sends the next only then.
async fn say(mut stream: tokio::net::TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = stream.read(&mut buffer).await {
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nHealthy").await.is_err() {
            return;
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

const NOTHING: &str = "`/healthz`";
const CACHED: &str = "cached header";
const CONNECTIONS: usize = 64;
const RATE: u32 = 20_000;
const TIME: Duration = Duration::from_millis(1500);
