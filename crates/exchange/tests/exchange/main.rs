//! The exchange through its public interface, against data files.

mod answers;
mod arbitrary;
mod assertions;
mod cache;
mod common;
mod credentials;
mod device;
mod masked;
mod outcomes;
mod passing;
mod refusals;
mod specs;
mod wire;
