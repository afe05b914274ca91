//! What `wit-bindgen` generates from `wit/vicar.wit`.

#![expect(unsafe_code, reason = "the canonical ABI passes raw pointers; all of it is generated")]

#[cfg(not(feature = "alone"))]
wit_bindgen::generate!({
    world: "vicar",
    path: "../../wit",
    generate_unused_types: false,
});

#[cfg(feature = "alone")]
wit_bindgen::generate!({
    world: "vicar-alone",
    path: "../../wit",
    generate_unused_types: false,
});

export!(Component with_types_in self);

/// The type that the exports are implemented on.
pub(crate) struct Component;
