//! A real Envoy with everything around it: configuration, an upstream that echoes, a key server
//! that misbehaves on demand, clients for whole and for broken HTTP, and load.
//!
//! What it is: real processes and real sockets on loopback, ports chosen by the system, everything
//! gone when the values are dropped. What it never does: stand in for Envoy, or for the filter.

pub mod admin;
pub mod bundle;
pub mod client;
pub mod configuration;
pub mod delivery;
pub mod envoy;
mod failure;
pub mod filter;

pub mod key_server;
pub mod load;
pub mod raw;
mod runtime;

pub mod tokens;
pub mod upstream;

pub use failure::Failure;
