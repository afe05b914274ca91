//! The runtime's limits, tried with a guest that misbehaves on demand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use vicar_native::engine::{Engine, EngineError, Limits, Verification, WasmEngine, configuration};
use vicar_native::pack::{self, PackError, World};
use wit_component::StringEncoding;

const LIMITS: Limits = Limits { memory: 2 << 20, deadline: Duration::from_millis(50) };

#[test]
fn a_guest_over_its_deadline_is_stopped() {
    let engine = hostile();
    let started = Instant::now();
    let stopped = engine.inspect("loop", None);
    assert_eq!(stopped, Err(EngineError::Deadline { limit: LIMITS.deadline }));
    assert!(started.elapsed() >= LIMITS.deadline, "stopped too early");
    assert!(started.elapsed() < Duration::from_secs(5), "stopped too late");
    assert_eq!(stopped.unwrap_err().to_string(), "the guest was stopped after 50 ms");
}

#[test]
fn a_guest_over_its_memory_is_stopped() {
    let stopped = hostile().inspect("grow", None);
    assert_eq!(stopped, Err(EngineError::Memory { limit: LIMITS.memory }));
    assert_eq!(stopped.unwrap_err().to_string(), "the guest was stopped at 2 MiB of memory");
}

#[test]
fn a_guest_that_traps_or_recurses_is_an_error() {
    for text in ["unreachable", "recurse"] {
        let trapped = hostile().inspect(text, None);
        assert!(matches!(trapped, Err(EngineError::Trapped(_))), "{text}: {trapped:?}");
    }
}

#[test]
fn a_gate_whose_instance_was_discarded_starts_again() {
    let engine = hostile();
    let mut gate = engine.load(b"bundle").unwrap();
    assert_eq!(gate.set_keys("entra", b"{}").unwrap(), "entra");
    for text in ["loop", "grow", "unreachable", "recurse"] {
        gate.verify(text, 0).unwrap_err();
        let admitted = gate.verify("hello", 0);
        assert_eq!(admitted, Ok(Verification::Admitted("hello".to_owned())), "after {text}");
    }
}

#[test]
fn a_guest_that_traps_at_load_gives_no_gate() {
    let refused = hostile().load(b"unreachable").map(drop);
    assert!(matches!(refused, Err(EngineError::Trapped(_))), "{refused:?}");
}

#[test]
fn a_guest_larger_than_its_memory_is_not_started() {
    let small = Limits { memory: 1024, ..LIMITS };
    let engine = WasmEngine::compile(&component(HOSTILE), small).unwrap();
    assert_eq!(engine.inspect("", None), Err(EngineError::Memory { limit: 1024 }));
}

#[test]
fn a_component_of_another_world_is_refused() {
    for other in ["(component)", r#"(component (import "clock" (func)))"#] {
        let component = wat::parse_str(other).unwrap();
        let refused = WasmEngine::compile(&component, LIMITS).map(drop);
        assert!(matches!(refused, Err(EngineError::Component(_))), "{refused:?}");
    }
}

#[test]
fn bytes_that_are_not_a_component_are_refused() {
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"not wasm"] {
        let refused = WasmEngine::compile(bytes, LIMITS).map(drop);
        assert!(matches!(refused, Err(EngineError::Component(_))), "{refused:?}");
    }
}

#[test]
fn portable_code_runs_here() {
    let component = component(HOSTILE);
    let code = pack::precompile(&component, TARGET).unwrap();
    #[expect(unsafe_code, reason = "the code was compiled two lines above")]
    // SAFETY: the bytes are pack::precompile's.
    let engine = unsafe { WasmEngine::from_precompiled(&code, LIMITS) }.unwrap();
    assert_eq!(engine.inspect("hello", None).unwrap(), "hello");
}

#[test]
fn code_for_a_target_that_does_not_exist_is_refused() {
    assert!(configuration::portable("pdp11-unknown-none").is_err());
}

#[test]
fn a_guest_that_imports_a_clock_is_not_packed() {
    let core = HOSTILE.replacen("(module", r#"(module (import "env" "clock" (func))"#, 1);
    let refused = pack::component(&embed(&core), World::Vicar).unwrap_err();
    assert!(matches!(refused, PackError::Forbidden { .. }), "{refused}");
}

fn hostile() -> WasmEngine {
    WasmEngine::compile(&component(HOSTILE), LIMITS).unwrap()
}

fn component(text: &str) -> Vec<u8> {
    pack::component(&embed(text), World::Vicar).unwrap()
}

/// A core module with the world in it, as `wit-bindgen` leaves one.
fn embed(text: &str) -> Vec<u8> {
    let mut core = wat::parse_str(text).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) =
        resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("vicar")).unwrap();
    wit_component::embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    core
}

const HOSTILE: &str = include_str!("data/hostile.wat");

const TARGET: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};
