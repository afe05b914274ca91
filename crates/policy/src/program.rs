//! The program: flat tables of policies, clauses and expression nodes.

use crate::{CompileError, ProgramError, Value, ir};

mod bytes;
mod check;
mod index;
mod link;
mod lower;
mod policy;
mod row;
mod table;

pub use policy::{ClauseView, PolicyView};

pub(crate) use index::{Located, Matched, ScopeIndex};
use link::ContextReads;
pub(crate) use link::{LinkedClause, PATHS};
pub(crate) use row::{Node, NodeId, PolicyRow, StringId};
pub(crate) use table::Tables;

/// How deep an expression may nest, a chain of `&&` or of `||` counting as one level. Bounds the
/// evaluator's stack in every host.
pub const MAX_DEPTH: usize = 256;

/// A set of policies, ready to be asked.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) tables: Tables,
    /// The table of constants as values.
    pub(crate) constants: Vec<Value>,
    pub(crate) index: ScopeIndex,
    /// The table of clauses, with what the evaluator needs of it.
    clauses: Vec<LinkedClause>,
    shared_clauses: usize,
    paths: Vec<Option<u8>>,
    context_reads: ContextReads,
}

impl Program {
    /// Compiles policies. Their order is kept: it is the order of every report.
    ///
    /// # Errors
    /// When ids or attributes repeat, an expression nests too deeply, or the whole is too large.
    pub fn compile(policies: Vec<ir::Policy>) -> Result<Self, CompileError> {
        let tables = lower::lower(&policies)?;
        // Checking what was just built costs little and keeps one definition of a sound program.
        check::check(&tables).map_err(|_| CompileError::TooLarge)?;
        Ok(Self::link(tables))
    }

    /// The program as bytes: the same policies give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::encode(&self.tables)
    }

    /// Loads a program. Every index, tag, bound and depth is checked here, once, so that
    /// evaluation need not. The scope index is made anew rather than read: bytes cannot hide a
    /// policy from it.
    ///
    /// # Errors
    /// When the bytes are not what [`Program::to_bytes`] writes.
    // Inlined into a caller that is compiled for size, this loop would be too.
    #[inline(never)]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProgramError> {
        let tables = bytes::decode(bytes)?;
        check::check(&tables)?;
        Ok(Self::link(tables))
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.tables.policies.len()
    }

    /// Whether there is no policy at all.
    pub fn is_empty(&self) -> bool {
        self.tables.policies.is_empty()
    }

    /// Whether some policy reads this attribute of the context, or the context as a whole. What
    /// none reads need not be there: neither the outcome nor its explanation can tell.
    pub fn reads_context(&self, attribute: &str) -> bool {
        self.context_reads.attribute(&self.tables, attribute)
    }

    /// How many slots [`LinkedClause::slot`] numbers.
    pub(crate) fn shared_clauses(&self) -> usize {
        self.shared_clauses
    }

    /// The number, below [`PATHS`], of the path that an attribute node reads.
    #[inline]
    pub(crate) fn path(&self, id: NodeId) -> Option<u8> {
        self.paths.get(id.0 as usize).copied().flatten()
    }

    /// The clauses of a policy.
    pub(crate) fn clauses_of(&self, policy: &PolicyRow) -> &[LinkedClause] {
        let start = policy.clauses.start as usize;
        let end = start.saturating_add(policy.clauses.count as usize);
        self.clauses.get(start..end).unwrap_or_default()
    }

    fn link(tables: Tables) -> Self {
        let constants = link::constants(&tables);
        let index = ScopeIndex::new(&tables, &constants);
        let (clauses, shared_clauses) = link::clauses(&tables);
        let paths = link::paths(&tables);
        let context_reads = link::context_reads(&tables);
        Self { tables, constants, index, clauses, shared_clauses, paths, context_reads }
    }
}

impl PartialEq for Program {
    /// Two programs are equal when their bytes are.
    fn eq(&self, other: &Self) -> bool {
        self.tables == other.tables
    }
}

impl Eq for Program {}

#[cfg(test)]
mod tests;
