//! What the `vicar` command is made of, for its tests and for the hosts beside it.
//!
//! What it is: the gate in wasmtime or natively behind one interface ([`engine`]), the command
//! line (`cli`), exchanges of tokens behind one interface as well ([`exchange`]), the sidecar
//! (`serve`), the runner of bundles' tests ([`test_runner`]), test tokens ([`mint`]), what a
//! cluster publishes ([`oidc`]), what checks find ([`finding`]), and the carrier of requests
//! ([`http`]). What it never does: decide; that is the core's.

pub mod bundle_source;
pub mod call;
#[cfg(feature = "wasm")]
pub mod cli;
pub mod engine;
pub mod exchange;
pub mod failure;
pub mod finding;
pub mod http;
pub mod input;
pub mod mint;
pub mod oidc;
pub mod output_file;
#[cfg(feature = "wasm")]
pub mod pack;
#[cfg(test)]
mod reasons_page;
pub mod serve;
pub mod sidecar_reason;
pub mod terminal;
pub mod test_runner;
pub mod verifier;
