//! Runs exchanges: the logic behind a seam, the network around it, a cache in front of it.
//!
//! What it is: [`Exchanger`] is whatever knows the flows (the native [`MachineExchanger`] or a
//! guest); a [`Runner`] carries out what it asks for; a [`Broker`] keeps the tokens, one flight a
//! key. What it never does: decide whether an exchange is permitted; that is asked before.

pub mod broker;
pub mod carrier;
pub mod exchanger;
pub mod machine;
pub mod runner;
pub mod signing;
pub mod step;

pub use broker::{Broker, Obtained, Source};
pub use carrier::Carrier;
pub use exchanger::{Exchange, Exchanger};
pub use machine::MachineExchanger;
pub use runner::Runner;
pub use signing::{SigningKey, SigningKeyError, SigningKeys};
pub use step::{Challenge, Errand, Granted, Refused, Request, Step, TokenServiceAnswer, Whose};
