//! The gate from the outside, its signatures judged by a verifier that takes `genuine` for one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set itself up has failed"
)]

mod answers;
mod cache;
mod exchange;
mod fixture;
mod gateways;
mod refusals;
mod vocabulary;
