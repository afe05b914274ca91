//! What `wasmtime` generates from `wit/exchange/exchange.wit`.
//!
//! Its types derive `Debug` and hold secrets: they stay in `wasm.rs`, and none is ever printed.

wasmtime::component::bindgen!({
    world: "vicar-exchange",
    path: "../../wit/exchange",
    ownership: Borrowing { duplicate_if_necessary: true },
});
