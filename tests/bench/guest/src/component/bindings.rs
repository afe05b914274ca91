//! What `wit-bindgen` generates from `wit/duel.wit` and Vicar's own `wit/vicar.wit`.

#![expect(unsafe_code, reason = "the canonical ABI passes raw pointers; all of it is generated")]

wit_bindgen::generate!({
    world: "vicar:bench/duel",
    path: ["../../../wit", "wit"],
    generate_all,
    pub_export_macro: false,
});

export!(Component with_types_in self);

/// The type that the exports are implemented on.
pub(crate) struct Component;
