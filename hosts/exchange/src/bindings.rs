//! What `wit-bindgen` generates from `wit/exchange/exchange.wit`.

#![expect(unsafe_code, reason = "the canonical ABI passes raw pointers; all of it is generated")]

wit_bindgen::generate!({
    world: "vicar-exchange",
    path: "../../wit/exchange",
    generate_unused_types: false,
});

export!(Component with_types_in self);

/// The type that the exports are implemented on.
pub(crate) struct Component;
