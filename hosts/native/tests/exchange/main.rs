//! The exchange in both its forms: native and component give the same requests, byte for byte,
//! and the same ends; and both get tokens of a lab over HTTPS.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod conformance;
mod guest;
mod lab;
mod paper;
