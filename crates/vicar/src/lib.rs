//! The gate: the one question every host asks.
//!
//! What it is: token, identity and policy put together. A [`Gate`] holds a bundle and the
//! issuers' keys; a host describes a request as a [`Call`] and gets a [`Verdict`] with the words
//! to explain it. An [`ExchangeGate`] does the same for exchanges of tokens, before anything is
//! sent. What it never does: open a socket, read a clock, or know which host asks.

mod admitted;
mod cache;
pub mod call;
mod canonical;
mod challenge;
mod decision;
#[cfg(feature = "exchange")]
pub mod exchange;
mod gate;
pub mod inspect;
mod judge;
mod offer;
mod path;
mod protected_resource;
pub mod reason;
mod refine;
mod refusal;
mod resolve;
mod rules;
mod ruling;
mod section;
pub mod verdict;
pub mod vocabulary;
mod vouched;
mod wanted_key;

pub use admitted::Admitted;
pub use call::{Call, Operation};
pub use decision::Decision;
#[cfg(feature = "exchange")]
pub use exchange::{ExchangeCall, ExchangeDecision, ExchangeGate, PermittedExchange};
pub use gate::{Gate, KeysError, LoadError};
pub use inspect::{Inspection, inspect};
pub use judge::Question;
pub use protected_resource::ProtectedResource;
pub use refusal::Refusal;
pub use ruling::{Proven, Ruling};
pub use section::{Section, SectionKind};
pub use verdict::Verdict;
pub use vouched::VouchedToken;
pub use wanted_key::WantedKey;
