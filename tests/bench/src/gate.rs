//! The whole way: from raw strings to a verdict, and the verification of new tokens.

use std::{error::Error, path::Path, process::Command};

use vicar_native::engine::{Engine, GateEngine, Limits, NativeEngine, Verification, WasmEngine};
use vicar_token::Algorithm;

use crate::{
    fixture::{ALGORITHMS, ISSUER, NOW, bundle, bundle_over, call, keys, token, token_for},
    measure::nanoseconds,
    report::{Section, shown},
};

/// The core behind each of its hosts.
pub(crate) struct Engines {
    native: NativeEngine,
    host_verifies: WasmEngine,
    guest_verifies: WasmEngine,
}

impl Engines {
    pub(crate) fn new(component: &Path, alone: &Path) -> Result<Self, Box<dyn Error>> {
        let wasm = |path: &Path| -> Result<_, Box<dyn Error>> {
            Ok(WasmEngine::compile(&std::fs::read(path)?, Limits::default())?)
        };
        Ok(Self {
            native: NativeEngine,
            host_verifies: wasm(component)?,
            guest_verifies: wasm(alone)?,
        })
    }

    fn all(&self) -> [(&'static str, &dyn Engine); 3] {
        [
            ("native", &self.native),
            ("wasmtime, host verifies", &self.host_verifies),
            ("wasmtime alone", &self.guest_verifies),
        ]
    }
}

fn gate(engine: &dyn Engine, policies: usize) -> Result<Box<dyn GateEngine>, Box<dyn Error>> {
    let mut gate = engine.load(&bundle(policies)?)?;
    gate.set_keys(ISSUER, keys()?.as_bytes())?;
    Ok(gate)
}

/// Raw strings to a decision, the token known.
pub(crate) fn warm(engines: &Engines) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("From raw strings to a verdict, token cached");
    let good = token(Algorithm::Rs256, 0)?;
    let bare = token_for(Algorithm::Rs256, 1, "profile openid")?;
    for (name, engine) in [engines.all()[0], engines.all()[1]] {
        for policies in [20, 2000] {
            let mut gate = gate(engine, policies)?;
            let (call, denied) = (call(&good, "tool-7"), call(&bare, "tool-7"));
            for (call, wanted) in [(&call, "permitted"), (&denied, "scope_insufficient")] {
                let answer = gate.decide(call, NOW)?;
                if answer.reason != wanted {
                    return Err(format!("a warm call is {}, not {wanted}", answer.reason).into());
                }
            }
            let mut failed = false;
            let decide = nanoseconds(1, || failed |= gate.decide(&call, NOW).is_err());
            let deny = nanoseconds(1, || failed |= gate.decide(&denied, NOW).is_err());
            let explain = nanoseconds(1, || failed |= gate.explain(&call, NOW).is_err());
            if failed {
                return Err("a warm call failed".into());
            }
            let what = format!("{name}, {policies} policies");
            if name == "native" {
                section.value(format!("{what}: decide"), shown(decide / 1e3, " us"));
            } else {
                section.at_most(format!("{what}: decide"), decide / 1e3, 3.0, " us");
            }
            section.value(
                format!("{what}: decide, denied with what would cure it"),
                shown(deny / 1e3, " us"),
            );
            section.value(
                format!("{what}: explain (whole verdict as JSON)"),
                shown(explain / 1e3, " us"),
            );
        }
    }
    Ok(section)
}

/// New tokens: parse, verify, identify, prepare.
pub(crate) fn cold(engines: &Engines) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("Verifying a new token (parse, signature, claims, identity)");
    for algorithm in ALGORITHMS {
        let tokens: Vec<String> =
            (0..TOKENS).map(|number| token(algorithm, number)).collect::<Result<_, _>>()?;
        let mut times = Vec::new();
        for (name, engine) in engines.all() {
            times.push(verify_all(engine, &tokens)?);
            section.value(
                format!("{}, {name}", algorithm.name()),
                shown(times.last().copied().unwrap_or_default() / 1e3, " us"),
            );
        }
        if let [native, host, _] = times.as_slice() {
            section.value(
                format!("{}: host verifies / native", algorithm.name()),
                shown(host / native, "x"),
            );
        }
    }
    Ok(section)
}

/// Nanoseconds a token, each seen once: the fastest of a few passes over new gates.
fn verify_all(engine: &dyn Engine, tokens: &[String]) -> Result<f64, Box<dyn Error>> {
    let mut fastest = f64::INFINITY;
    for _ in 0..PASSES {
        let mut gate = gate(engine, 20)?;
        let start = std::time::Instant::now();
        for token in tokens {
            if let Verification::Refused(refusal) = gate.verify(token, NOW)? {
                return Err(format!("a token of the benchmark is refused: {refusal}").into());
            }
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / tokens.len() as f64);
    }
    Ok(fastest)
}

/// A bundle of 2,000 policies; and one that has as many tools, each of which is an entity.
pub(crate) fn load(engines: &Engines) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("Loading a bundle of 2,000 policies");
    for (what, bundle) in [("200 tools", bundle_over(2000, 200)?), ("2,000 tools", bundle(2000)?)] {
        section.value(format!("{what}: bundle file"), format!("{} KB", bundle.len() / 1000));
        let file = nanoseconds(1, || {
            let _ = std::hint::black_box(vicar_bundle::Bundle::load(&bundle));
        });
        let name = format!("{what}: native, the file alone (digest, contents, program)");
        section.value(name, shown(file / 1e6, " ms"));
        for (name, engine) in [engines.all()[0], engines.all()[1]] {
            let mut failed = false;
            let time = nanoseconds(1, || failed |= engine.load(&bundle).is_err());
            if failed {
                return Err("the bundle of 2,000 policies is refused".into());
            }
            section.at_most(format!("{what}: {name}"), time / 1e6, 5.0, " ms");
        }
    }
    Ok(section)
}

/// `vicar decide`, a process each time.
pub(crate) fn start(vicar: &Path) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("`vicar decide`, from process start to exit");
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("bundle.json"), bundle(20)?)?;
    std::fs::write(file("keys.json"), keys()?)?;
    std::fs::write(file("token"), token(Algorithm::Rs256, 0)?)?;
    for engine in ["wasm", "native"] {
        let run = || {
            Command::new(vicar)
                .arg("decide")
                .arg(format!("@{}", file("token").display()))
                .args(["--engine", engine, "--now", &NOW.to_string()])
                .arg("--bundle")
                .arg(file("bundle.json"))
                .arg("--keys")
                .arg(file("keys.json"))
                .args(["--method", "POST", "--url", "https://tools.example/mcp"])
                .args(["--tool", "tool-7"])
                .output()
        };
        let output = run()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`vicar decide` failed: {message}").into());
        }
        let time = nanoseconds(1, || {
            let _ = run();
        });
        section.at_most(format!("--engine {engine}"), time / 1e6, 50.0, " ms");
    }
    Ok(section)
}

/// As many as a gate's cache does not hold twice over.
const TOKENS: usize = 600;
const PASSES: usize = 3;
