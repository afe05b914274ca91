//! The filter in a scripted proxy: the real module, and its native twin.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bundles;
mod failures;
mod keys;
mod requests;
mod session;
mod support;
mod vouched;
