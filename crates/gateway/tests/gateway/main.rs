//! The gateway from the outside: requests in, steps out, with a verifier that takes `genuine` for a
//! signature.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set itself up has failed"
)]

mod fixture;
mod passing;
mod play;
mod properties;
mod records;
mod scenarios;
