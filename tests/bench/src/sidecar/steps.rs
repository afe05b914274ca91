//! The steps of an exchange without any network: answers from the data files of `vicar-exchange`.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vicar_exchange::{Event, HttpResponse, Secret};
use vicar_native::exchange::{Exchanger, NativeExchanger, Step, WasmExchanger};
use vicar_token::base64url;

use super::Bench;
use crate::{
    measure::nanoseconds,
    report::{Section, shown},
};

pub(crate) fn run(bench: &Bench<'_>) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("The steps of T1 and T2 alone, no network");
    let component = WasmExchanger::compile(&fs::read(bench.component)?, WasmExchanger::LIMITS)?;
    let mut specs: BTreeMap<String, Value> = data("crates/exchange/tests/data/specs.json")?;
    let spec = specs.remove("on-behalf-of").ok_or("no such spec")?.to_string();
    let spec = Secret::new(spec.replace("<Tc>", &token("tc-user-for-blueprint")?));
    let answers = [token("t1-blueprint-exchange")?, token("obo-api-v2")?].map(|token| {
        let body = json!({"token_type": "Bearer", "expires_in": 3899, "access_token": token});
        HttpResponse::json(200, body.to_string())
    });
    for (name, exchanger) in
        [("native", &NativeExchanger as &dyn Exchanger), ("component", &component)]
    {
        let start = time(|| exchanger.start(&spec, [7; 32], NOW).map(drop).map_err(Into::into))?;
        let whole = time(|| exchange(exchanger, &spec, &answers))?;
        section.value(format!("{name}: start"), shown(start / 1e3, " us"));
        section.at_most(format!("{name}: start and two answers"), whole / 1e6, 1.0, " ms");
    }
    Ok(section)
}

fn time(work: impl Fn() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    // What fails once fails each time: nothing here has a state.
    work()?;
    Ok(nanoseconds(1, || drop(work())))
}

fn exchange(
    exchanger: &dyn Exchanger,
    spec: &Secret,
    answers: &[HttpResponse; 2],
) -> Result<(), Box<dyn Error>> {
    let started = exchanger.start(spec, [7; 32], NOW)?;
    let mut machine = started.machine.ok_or("the spec cannot be read")?;
    let mut step = started.step;
    for answer in answers {
        let Step::Send(_) = step else { return Err(format!("no request: {step:?}").into()) };
        step = machine.resume(Event::Response(Ok(answer.clone())), NOW)?;
    }
    match step {
        Step::Done(_) => Ok(()),
        other => Err(format!("no token: {other:?}").into()),
    }
}

/// A named token body, with a signature that nobody checks: T1 and T2 are for others to verify.
fn token(name: &str) -> Result<String, Box<dyn Error>> {
    let mut bodies: BTreeMap<String, Map<String, Value>> =
        data("crates/identity/tests/data/tokens.json")?;
    let claims = bodies.remove(name).ok_or_else(|| format!("no token body `{name}`"))?;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "k1"});
    let part = |value: String| base64url::encode(value.as_bytes());
    Ok(format!("{}.{}.AAAA", part(header.to_string()), part(json!(claims).to_string())))
}

fn data<T: DeserializeOwned>(name: &str) -> Result<T, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Within the life of the token bodies.
const NOW: u64 = 1_790_000_500;
