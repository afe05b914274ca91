//! The component's walls.

use std::fs;

use serde_json::json;
use vicar_exchange::{Event, HttpResponse, Secret};
use vicar_native::{
    engine::{EngineError, Limits},
    exchange::{Exchanger, Step, WasmExchanger},
    pack::Imports,
};

use crate::paper::{NOW, component, granted, repository, spec, spec_with, token};

fn send(spec: &str) -> (Box<dyn vicar_native::exchange::ExchangeMachine>, Step) {
    let started = component().start(&Secret::from(spec), [7; 32], NOW).unwrap();
    (started.machine.unwrap(), started.step)
}

#[test]
fn an_answer_larger_than_the_guest_ends_this_exchange_only() {
    let greedy =
        spec_with("client-credentials", "/limits", json!({"max_answer_bytes": 1_u64 << 30}));
    let (mut machine, step) = send(&greedy.to_string());
    assert!(matches!(step, Step::Send(_)));
    let (mut other, _) = send(&spec("client-credentials").to_string());
    let body = vec![b'x'; WasmExchanger::LIMITS.memory];
    let answer = || Event::Response(Ok(HttpResponse::json(200, body.clone())));
    let limit = WasmExchanger::LIMITS.memory;
    assert_eq!(machine.resume(answer(), NOW), Err(EngineError::Memory { limit }));
    assert!(matches!(machine.resume(Event::Woken, NOW), Err(EngineError::Trapped(_))));
    let done = other.resume(Event::Response(granted(&token("app-api-v2"))), NOW).unwrap();
    assert!(matches!(done, Step::Done(_)), "{done:?}");
}

#[test]
fn a_guest_without_room_to_start_is_an_error() {
    let path = repository().join("dist/vicar-exchange.component.wasm");
    let bytes = fs::read(path).unwrap();
    let small = Limits { memory: 1024, ..WasmExchanger::LIMITS };
    let exchanger = WasmExchanger::compile(&bytes, small).unwrap();
    let refused = exchanger.start(&Secret::from("{}"), [7; 32], NOW).map(drop);
    assert_eq!(refused, Err(EngineError::Memory { limit: 1024 }));
}

#[test]
fn nothing_a_step_shows_is_a_secret() {
    for name in ["autonomous", "on-behalf-of", "token-exchange", "refresh"] {
        let (_, step) = send(&spec(name).to_string());
        let Step::Send(request) = &step else { panic!("{step:?}") };
        assert!(request.body.expose().contains("s3cr3t"), "{name}: the body holds the secret");
        let told = format!("{step:?}");
        assert!(told.contains("***") && !told.contains("s3cr3t"), "{name}: {told}");
        assert!(request.shown.iter().any(|(_, value)| value == "***"), "{name}: {told}");
    }
}

#[test]
fn the_component_imports_nothing_and_no_other_is_taken() {
    let read = |name: &str| fs::read(repository().join("dist").join(name)).unwrap();
    let own = read("vicar-exchange.component.wasm");
    Imports::of("component", &own).unwrap().only(&[]).unwrap();
    assert!(own.len() < 700 * 1024, "{} bytes", own.len());
    let gate = read("vicar.component.wasm");
    let refused = WasmExchanger::compile(&gate, WasmExchanger::LIMITS).map(drop);
    assert!(matches!(refused, Err(EngineError::Component(_))), "{refused:?}");
}
