//! native

pub mod verifier;
