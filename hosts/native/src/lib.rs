//! native

pub mod engine;
pub mod pack;
pub mod verifier;
