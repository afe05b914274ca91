//! What the WebAssembly guests share: their allocator.
//!
//! What it is: talc, which is smaller than the allocator that Rust brings for wasm32 and, for the
//! many short-lived allocations of a call, a little faster. A guest takes it in with
//! `use vicar_guest as _;`; on every other target the crate is empty.

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
