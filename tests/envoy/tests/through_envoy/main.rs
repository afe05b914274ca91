//! Requests through a real Envoy.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod corpus;
mod deploy;
mod garbage;
mod keys;
mod own_filters;
mod requests;
mod signatures;
mod surroundings;
mod updates;
