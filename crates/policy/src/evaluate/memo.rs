//! What is worked out once per request: clauses that several policies share, and attributes
//! that several clauses read.

use std::cell::Cell;

use crate::{Value, program::PATHS};

/// What shared clauses came to. Errors are not kept: they are rare, and evaluating again gives
/// the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    /// Which evaluation an entry belongs to, so that none needs to be cleared.
    generation: u32,
    /// Per slot: the generation, and whether the clause is met in the lowest bit.
    entries: Vec<u32>,
}

impl Memo {
    /// Forgets everything and makes room for so many slots.
    pub(super) fn start(&mut self, slots: usize) {
        self.generation += 1;
        if self.generation > u32::MAX >> 1 {
            self.generation = 1;
            self.entries.clear();
        }
        self.entries.resize(slots, 0);
    }

    /// What was kept in a slot since the start.
    pub(super) fn recall(&self, slot: u32) -> Option<bool> {
        let entry = *self.entries.get(slot as usize)?;
        (entry >> 1 == self.generation).then_some(entry & 1 == 1)
    }

    /// Keeps a truth in a slot.
    pub(super) fn keep(&mut self, slot: u32, is_met: bool) {
        if let Some(entry) = self.entries.get_mut(slot as usize) {
            *entry = (self.generation << 1) | u32::from(is_met);
        }
    }
}

/// The attributes found so far, by the number of their path ([`crate::Program::path`]).
#[derive(Debug)]
pub(crate) struct Paths<'a>([Cell<Option<&'a Value>>; PATHS]);

impl<'a> Paths<'a> {
    pub(super) fn new() -> Self {
        Self([const { Cell::new(None) }; PATHS])
    }

    #[inline]
    pub(super) fn recall(&self, path: Option<u8>) -> Option<&'a Value> {
        self.0.get(usize::from(path?))?.get()
    }

    #[inline]
    pub(super) fn keep(&self, path: Option<u8>, value: &'a Value) {
        if let Some(cell) = path.and_then(|path| self.0.get(usize::from(path))) {
            cell.set(Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Memo;

    #[test]
    fn an_evaluation_does_not_see_the_last_one() {
        let mut memo = Memo::default();
        memo.start(2);
        assert_eq!(memo.recall(0), None);
        memo.keep(0, true);
        memo.keep(1, false);
        assert_eq!(
            (memo.recall(0), memo.recall(1), memo.recall(2)),
            (Some(true), Some(false), None)
        );
        memo.start(2);
        assert_eq!((memo.recall(0), memo.recall(1)), (None, None));
    }

    #[test]
    fn generations_begin_again_without_old_entries() {
        let mut memo = Memo { generation: 0, entries: vec![] };
        memo.start(1);
        memo.keep(0, true);
        memo.generation = u32::MAX >> 1;
        memo.start(1);
        assert_eq!((memo.generation, memo.recall(0)), (1, None));
    }
}
