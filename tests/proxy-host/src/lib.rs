//! A proxy made of paper: the proxy-wasm ABI 0.2.1, scripted call by call.
//!
//! What it is: [`World`], all that a proxy knows of its requests, workers and servers, where every
//! host call can be made to fail; and two machines in it: [`Module`], the filter's real `.wasm` in
//! wasmtime, and [`Native`], the same logic without the ABI. What it never does: route a request,
//! or wait.

pub mod machine;
pub mod module;
pub mod native;
pub mod world;

mod signatures;

pub use machine::Machine;
pub use module::Module;
pub use native::Native;
pub use world::{Exchange, Failure, Handle, Reply, World};
