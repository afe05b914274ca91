//! The exchange as a WIT component: `wit/exchange/exchange.wit` over the machines of
//! `vicar-exchange`.
//!
//! What it is: a translation between the component's world and that crate, and nothing more. What
//! it never does: import anything, or decide.

use vicar_guest as _;

mod bindings;
mod exports;
mod step;
