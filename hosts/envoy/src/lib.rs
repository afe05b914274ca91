//! The Envoy filter as a proxy-wasm module (ABI 0.2.1).
//!
//! What it is: the host calls in use (`proxy`), the callbacks the proxy makes ([`exports`]), and
//! nothing else; the logic is `vicar-envoy-filter`'s. What it never does: panic on what a proxy
//! answers, or take bytes for text.

use vicar_guest as _;

pub mod exports;

mod imports;
mod proxy;
