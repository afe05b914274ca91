//! A fixed, fast hash of entity uids.
//!
//! Fixed, because the same bundle must behave the same in each host and the core has no source
//! of randomness. That is safe here: every table keyed by it holds what an operator wrote (scope
//! uids, the directory) or the few entities of one token, whose number the token's size bounds.

use crate::EntityUid;

/// The hash of a uid.
#[inline]
pub(crate) fn entity(uid: &EntityUid) -> u64 {
    let state = absorb(SEED, uid.entity_type.as_bytes());
    let state = absorb(state, uid.id.as_bytes());
    // The multiplications carry upwards only: fold the high half into the bits a table uses.
    state ^ (state >> 32)
}

fn absorb(mut state: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = mix(state, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    // The length keeps `("a", "bc")` and `("ab", "c")` apart, and "a" from "a\0".
    mix(state, u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56))
}

fn mix(state: u64, word: u64) -> u64 {
    (state.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER)
}

const SEED: u64 = 0x243f_6a88_85a3_08d3;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// An open-addressing table from hashes to row numbers; the caller compares the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Row number + 1, or 0. A power of two long, at most half full.
    slots: Vec<u32>,
}

impl Table {
    /// A table over rows `0..hashes.len()`.
    pub(crate) fn new(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let mut table = Self::with_room_for(hashes.len());
        for (row, hash) in (0..).zip(hashes) {
            table.insert(hash, row);
        }
        table
    }

    /// An empty table for at most so many rows.
    pub(crate) fn with_room_for(rows: usize) -> Self {
        Self { slots: vec![0; (rows * 2).next_power_of_two().max(2)] }
    }

    /// Adds a row. One more than there is room for would be lost: the caller keeps count.
    pub(crate) fn insert(&mut self, hash: u64, row: u32) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == 0 {
                *slot = row + 1;
                break;
            }
            at = (at + 1) & mask;
        }
    }

    /// The first row under `hash` that is `wanted`.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut wanted: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            match self.slots.get(at)?.checked_sub(1) {
                None => return None,
                Some(row) if wanted(row) => return Some(row),
                Some(_) => at = (at + 1) & mask,
            }
        }
    }
}
