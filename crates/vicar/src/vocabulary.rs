//! The Cedar vocabulary: how an identity and a surface are said in Cedar.
//!
//! One place for both sides: [`schema`] is what policies are validated against when a bundle is
//! built, and the rest makes the entities and the context that they meet when they run. A test of
//! the compiler holds the two together by having Cedar validate what is made here.

#[cfg(feature = "exchange")]
pub(crate) mod exchange;
pub mod names;
pub(crate) mod offered;
mod schema;
pub(crate) mod shape;
pub(crate) mod subject;
pub(crate) mod typed;
pub(crate) mod world;

pub use schema::schema;
