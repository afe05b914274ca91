//! The gate: the one question every host asks.

pub mod call;
