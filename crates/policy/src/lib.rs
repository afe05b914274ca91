//! Compiled Cedar: a policy program in flat tables, its evaluator, and what it saw.
//!
//! What it is: all of Cedar's expression semantics over a program that `vicar-compiler` lowers
//! from Cedar source. What it never does: parse Cedar, know what a token is, or differ from
//! Cedar's answer (the differential tests of `vicar-compiler` are its judge), but for one
//! declared strictness: where Cedar skips a policy that errors, [`Outcome::decision`] denies.

pub mod entity;
pub mod ir;
pub mod value;

pub use entity::{Entities, Entity, EntityUid};
pub use value::{Record, Set, Value};
