//! A running lab over real HTTPS: every flow and every fault, through an HTTP client that knows
//! nothing of it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is a test"
)]

mod client;
mod control;
mod discovery;
mod faults;
mod federation;
mod flows;
mod graph;
mod platform;
mod reading;
