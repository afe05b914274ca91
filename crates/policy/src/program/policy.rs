//! The program's policies, to read.

use std::fmt;

use super::{
    Program,
    row::{ActionRow, ClauseRow, ConstantId, NodeId, PolicyRow, ScopeRow, SourceRow, StringId},
};
use crate::{
    EntityUid, Value,
    ir::{ActionScope, ClauseKind, Effect, EntityScope, SourceSpan},
};

/// A policy of a program.
#[derive(Clone, Copy)]
pub struct PolicyView<'p> {
    program: &'p Program,
    index: u32,
    row: &'p PolicyRow,
}

/// A clause of a policy.
#[derive(Clone, Copy)]
pub struct ClauseView<'p> {
    program: &'p Program,
    row: &'p ClauseRow,
}

impl Program {
    /// The policies in program order.
    pub fn policies(&self) -> impl ExactSizeIterator<Item = PolicyView<'_>> {
        self.tables.policies.iter().enumerate().map(|(index, row)| PolicyView {
            program: self,
            index: index as u32,
            row,
        })
    }

    /// The policy at a position, as an [`crate::Outcome`] names it.
    pub fn policy(&self, index: u32) -> Option<PolicyView<'_>> {
        self.tables.policy(index).map(|row| PolicyView { program: self, index, row })
    }
}

impl<'p> PolicyView<'p> {
    /// Its position in the program.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Its id.
    pub fn id(&self) -> &'p str {
        self.program.tables.text(self.row.id)
    }

    /// `permit` or `forbid`.
    pub fn effect(&self) -> Effect {
        self.row.effect
    }

    /// Whether it reads `Group` membership.
    pub fn reads_groups(&self) -> bool {
        self.row.reads_groups
    }

    /// Its annotations as name and value, in the compiler's order.
    pub fn annotations(&self) -> impl ExactSizeIterator<Item = (&'p str, &'p str)> + use<'p> {
        let tables = &self.program.tables;
        tables
            .pairs(self.row.annotations)
            .iter()
            .map(|[name, value]| (tables.text(StringId(*name)), tables.text(StringId(*value))))
    }

    /// The value of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&'p str> {
        self.annotations().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Where it stands.
    pub fn source(&self) -> SourceSpan {
        span(self.program, self.row.source)
    }

    /// Scope of `principal`.
    pub fn principal(&self) -> EntityScope {
        self.scope(self.row.principal)
    }

    /// Scope of `action`.
    pub fn action(&self) -> ActionScope {
        match self.row.action {
            ActionRow::Any => ActionScope::Any,
            ActionRow::Equal(uid) => ActionScope::Equal(self.uid(uid)),
            ActionRow::In(list) => {
                let uids = self.program.tables.list(list);
                ActionScope::In(uids.iter().map(|uid| self.uid(ConstantId(*uid))).collect())
            }
        }
    }

    /// Scope of `resource`.
    pub fn resource(&self) -> EntityScope {
        self.scope(self.row.resource)
    }

    /// Its clauses in the order they are evaluated.
    pub fn clauses(&self) -> impl ExactSizeIterator<Item = ClauseView<'p>> + use<'p> {
        let program = self.program;
        program.tables.clauses(self.row).iter().map(move |row| ClauseView { program, row })
    }

    fn scope(&self, scope: ScopeRow) -> EntityScope {
        let text = |id| self.program.tables.text(id).to_owned();
        match scope {
            ScopeRow::Any => EntityScope::Any,
            ScopeRow::Equal(uid) => EntityScope::Equal(self.uid(uid)),
            ScopeRow::In(uid) => EntityScope::In(self.uid(uid)),
            ScopeRow::Is(entity_type) => EntityScope::Is(text(entity_type)),
            ScopeRow::IsIn(entity_type, uid) => EntityScope::IsIn(text(entity_type), self.uid(uid)),
        }
    }

    fn uid(&self, id: ConstantId) -> EntityUid {
        match self.program.constants.get(id.0 as usize) {
            Some(Value::Entity(uid)) => uid.clone(),
            _ => EntityUid::new("", ""),
        }
    }
}

impl<'p> ClauseView<'p> {
    /// `when` or `unless`.
    pub fn kind(&self) -> ClauseKind {
        self.row.kind
    }

    /// Its source text.
    pub fn text(&self) -> &'p str {
        self.program.tables.text(self.row.text)
    }

    /// Where it stands.
    pub fn source(&self) -> SourceSpan {
        span(self.program, self.row.source)
    }

    pub(crate) fn expression(&self) -> NodeId {
        self.row.expression
    }
}

impl fmt::Debug for PolicyView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("PolicyView").field(&self.id()).finish()
    }
}

impl fmt::Debug for ClauseView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ClauseView").field(&self.text()).finish()
    }
}

fn span(program: &Program, source: SourceRow) -> SourceSpan {
    SourceSpan {
        file: program.tables.text(source.file).to_owned(),
        line: source.line,
        column: source.column,
    }
}
