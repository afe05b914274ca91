//! What can go wrong: while compiling, loading and evaluating.

use thiserror::Error;

use crate::{ir::ExtensionFunction, value::ValueType};

/// Why policies do not become a program.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Two policies have the same id.
    #[error("two policies have the id `{policy}`")]
    DuplicateId {
        /// The id.
        policy: String,
    },
    /// A record names the same attribute twice.
    #[error("policy `{policy}` has a record with two attributes named `{name}`")]
    DuplicateAttribute {
        /// The policy's id.
        policy: String,
        /// The attribute.
        name: String,
    },
    /// A condition is nested too deeply ([`crate::MAX_DEPTH`]).
    #[error("policy `{policy}` nests expressions more than {limit} levels deep")]
    TooDeep {
        /// The policy's id.
        policy: String,
        /// The limit.
        limit: usize,
    },
    /// The policies together exceed what the program's tables can number.
    #[error("the policies are too large for one program")]
    TooLarge,
}

/// Why bytes are not a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// A table row refers outside its bounds, has an unknown tag, or is referred to twice.
    #[error("the policy program has an invalid row {row} in its table of {table}")]
    InvalidRow {
        /// The table.
        table: &'static str,
        /// The row, from 0.
        row: usize,
    },
    /// A string is not UTF-8 or its bounds are wrong.
    #[error("the policy program has an invalid string")]
    InvalidString,
    /// The bytes do not begin as a program does.
    #[error("these bytes are not a policy program")]
    NotAProgram,
    /// What follows the header, or the text behind the tables, is longer or shorter than the
    /// header says.
    #[error("the policy program's header wants {wanted} bytes where there are {seen}")]
    WrongLength {
        /// Length by the header, in bytes; of the tables, the least they can have.
        wanted: u64,
        /// Length found, in bytes.
        seen: u64,
    },
    /// Another version of the format.
    #[error("the policy program has format version {seen}, this build reads {wanted}")]
    WrongVersion {
        /// The version this build reads and writes.
        wanted: u32,
        /// The version found.
        seen: u32,
    },
}

/// Why entities do not make a layer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntityError {
    /// One layer defines an entity twice.
    #[error("entity `{entity}` is defined twice")]
    DefinedTwice {
        /// The entity.
        entity: String,
    },
    /// An entity would be in itself.
    #[error("entity `{entity}` is its own ancestor")]
    OwnAncestor {
        /// The entity.
        entity: String,
    },
}

/// Why an expression has no value. In Cedar the policy is then skipped; in Vicar it denies.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// `.name` of a record or entity that has no such attribute.
    #[error("{of} has no attribute `{name}`")]
    AttributeMissing {
        /// The entity, or "the record".
        of: String,
        /// The attribute.
        name: String,
    },
    /// An attribute or tag of an entity that nobody defined.
    #[error("entity `{entity}` is not known")]
    EntityMissing {
        /// The entity.
        entity: String,
    },
    /// An extension function refused its arguments.
    #[error("`{function}` failed: {message}")]
    ExtensionFailed {
        /// The function.
        function: ExtensionFunction,
        /// Why.
        message: String,
    },
    /// The program's tables are inconsistent. A program that compiled or loaded never gives
    /// this; it exists so that a defect denies instead of aborting.
    #[error("the policy program is inconsistent")]
    InvalidProgram,
    /// A result does not fit a 64-bit integer.
    #[error("`{expression}` overflows a 64-bit integer")]
    Overflow {
        /// The operation with its operands.
        expression: String,
    },
    /// `.getTag(name)` of an entity that has no such tag.
    #[error("{of} has no tag `{name}`")]
    TagMissing {
        /// The entity.
        of: String,
        /// The tag.
        name: String,
    },
    /// An operand has the wrong type.
    #[error("expected {}, got {seen}", AnyOf(.wanted))]
    TypeError {
        /// The types that would do.
        wanted: &'static [ValueType],
        /// The type it has.
        seen: ValueType,
    },
    /// An extension function has too many or too few arguments.
    #[error("`{function}` takes {wanted} arguments, got {seen}")]
    WrongNumberOfArguments {
        /// The function.
        function: ExtensionFunction,
        /// How many it takes, the receiver of a method included.
        wanted: usize,
        /// How many it got.
        seen: usize,
    },
}

/// Types as "a, b or c".
struct AnyOf<'a>(&'a [ValueType]);

impl core::fmt::Display for AnyOf<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let last = self.0.len().saturating_sub(1);
        for (index, wanted) in self.0.iter().enumerate() {
            match index {
                0 => {}
                index if index == last => formatter.write_str(" or ")?,
                _ => formatter.write_str(", ")?,
            }
            wanted.fmt(formatter)?;
        }
        Ok(())
    }
}
