//! What `wasmtime` generates from `wit/vicar.wit`.

wasmtime::component::bindgen!({
    world: "vicar",
    path: "../../wit",
    ownership: Borrowing { duplicate_if_necessary: true },
    imports: { default: trappable },
    with: { "vicar:gate/signatures.key": super::signatures::PreparedKey },
});
