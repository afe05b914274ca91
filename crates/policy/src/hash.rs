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
    finish(absorb(state, uid.id.as_bytes()))
}

/// The hash of a name.
#[inline]
pub(crate) fn name(name: &str) -> u64 {
    finish(absorb(SEED, name.as_bytes()))
}

fn finish(state: u64) -> u64 {
    // Multiplications carry upwards only, and a table uses the low bits: fold the high half into
    // them, twice, so that the last byte read reaches all of them.
    let state = (state ^ (state >> 32)).wrapping_mul(MULTIPLIER);
    state ^ (state >> 32)
}

fn absorb(mut state: u64, bytes: &[u8]) -> u64 {
    for word in bytes.as_chunks::<8>().0 {
        state = mix(state, u64::from_le_bytes(*word));
    }
    // The last bytes in one read, even if it overlaps: the length, mixed in below, keeps apart
    // what would read alike, also `("a", "bc")` and `("ab", "c")`.
    let last = match (bytes.last_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(word), ..) => u64::from_le_bytes(*word),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32)
        }
        _ => bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    };
    mix(state, last ^ ((bytes.len() as u64) << 56))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Table, entity};
    use crate::EntityUid;

    #[test]
    fn similar_uids_have_different_hashes() {
        let uids = ["", "a", "ab", "abc", "abcd", "abcde", "abcdefgh", "abcdefghi", "a\0", "\0"]
            .into_iter()
            .flat_map(|entity_type| {
                ["", "a", "ba", "abc", "12345678", "123456789", "1234567812345678"]
                    .map(|id| EntityUid::new(entity_type, id))
            })
            .chain((0..2_000).map(|id| EntityUid::new("Tool", format!("ledger/{id}"))))
            .collect::<Vec<_>>();
        let hashes: BTreeSet<u64> = uids.iter().map(entity).collect();
        assert_eq!(hashes.len(), uids.len());
        // The low bits, which a table uses, are spread as well.
        let low: BTreeSet<u64> = uids.iter().map(|uid| entity(uid) & 0xfff).collect();
        assert!(low.len() > 1_400, "{} of 4096 low parts are used", low.len());
    }

    #[test]
    fn rows_with_one_hash_are_told_apart() {
        let table = Table::new([7, 7, 7].into_iter());
        assert_eq!(table.find(7, |row| row == 2), Some(2));
        assert_eq!(table.find(7, |_| false), None);
        assert_eq!(table.find(6, |_| true), None);
        assert_eq!(Table::default().find(7, |_| true), None);
    }
}
