//! The WIT component that the native runner loads: `wit/vicar.wit` over the gate.
//!
//! What it is: a translation between the component's world and the `vicar` crate, and nothing
//! more. What it never does: import anything but `vicar:gate/signatures`, or decide.

mod bindings;
mod exports;
mod verifier;
