//! Compiled Cedar: a policy program in flat tables, its evaluator, and what it saw.
//!
//! What it is: all of Cedar's expression semantics over a program that `vicar-compiler` lowers
//! from Cedar source. What it never does: parse Cedar, know what a token is, or differ from
//! Cedar's answer (the differential tests of `vicar-compiler` are its judge), but for one
//! declared strictness: where Cedar skips a policy that errors, [`Outcome::decision`] denies.
//!
//! ```
//! use vicar_policy::{Decision, Entities, EntityUid, Program, Record, Request, ir};
//!
//! let program = Program::compile(vec![ir::Policy {
//!     id: "everyone-reads".into(),
//!     effect: ir::Effect::Permit,
//!     principal: ir::EntityScope::Any,
//!     action: ir::ActionScope::Equal(EntityUid::new("Action", "read")),
//!     resource: ir::EntityScope::Any,
//!     clauses: vec![],
//!     annotations: vec![],
//!     source: ir::SourceSpan { file: "a.cedar".into(), line: 1, column: 1 },
//!     reads_groups: false,
//! }])?;
//! let context = Record::default();
//! let request = Request {
//!     principal: &EntityUid::new("Agent", "invoice-agent"),
//!     action: &EntityUid::new("Action", "read"),
//!     resource: &EntityUid::new("Tool", "ledger/search"),
//!     context: (&context).into(),
//! };
//! let outcome = program.evaluate(&request, &Entities::default());
//! assert_eq!(outcome.decision, Decision::Allow);
//! assert_eq!(program, Program::from_bytes(&program.to_bytes())?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod context;
pub mod entity;
pub mod error;
pub mod explain;
pub mod ir;
pub mod outcome;
pub mod program;
pub mod text;
pub mod value;

mod evaluate;
mod extension;
mod hash;
mod named;
mod order;
mod pattern;
#[cfg(test)]
mod test_support;

pub use context::Context;
pub use entity::{Entities, Entity, EntityDefinition, EntityStore, EntityUid};
pub use error::{CompileError, EntityError, EvaluationError, ProgramError};
pub use explain::{
    ClauseFinding, ClauseState, NearMiss, PolicyFinding, PolicyResult, Reading, Seen,
};
pub use named::Named;
pub use outcome::{Decision, Evaluation, Outcome, Request};
pub use program::{ClauseView, MAX_DEPTH, PolicyView, Program};
pub use value::{Record, Set, Value};
