//! The WIT component that the native runner loads: `wit/vicar.wit` over the gate.
//!
//! What it is: a translation between the component's world and the `vicar` crate, and nothing
//! more. What it never does: import anything but `vicar:gate/signatures`, or decide. With the
//! feature `alone` it imports nothing and verifies signatures itself.

use vicar_guest as _;

mod bindings;
mod exports;
#[cfg(not(feature = "alone"))]
mod host_verifier;

#[cfg(not(feature = "alone"))]
use host_verifier::HostVerifier as Verifier;
#[cfg(feature = "alone")]
use vicar_rustcrypto::RustCrypto as Verifier;
