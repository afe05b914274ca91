//! The gate: the one question every host asks.
//!
//! What it is: token, identity and policy put together. A [`Gate`] holds a bundle and the
//! issuers' keys; a host describes a request as a [`Call`] and gets a [`Verdict`] with the words
//! to explain it. What it never does: open a socket, read a clock, or know which host asks.

mod admitted;
mod cache;
pub mod call;
mod canonical;
mod challenge;
mod decision;
mod gate;
pub mod inspect;
mod judge;
mod path;
pub mod reason;
mod refine;
mod refusal;
mod resolve;
mod rules;
pub mod verdict;
pub mod vocabulary;

pub use admitted::Admitted;
pub use call::{Call, Operation};
pub use decision::Decision;
pub use gate::{Gate, KeysError, LoadError};
pub use inspect::{Inspection, inspect};
pub use judge::Question;
pub use refusal::Refusal;
pub use verdict::Verdict;
