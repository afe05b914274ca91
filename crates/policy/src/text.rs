//! Equality and order of short texts.

use std::cmp::Ordering;

/// Whether two texts are the same.
///
/// Names and ids are short, and on wasm32 the library's comparison is a call that goes byte by
/// byte; this compares words, in place.
#[inline]
pub fn same(left: &str, right: &str) -> bool {
    equal(left.as_bytes(), right.as_bytes())
}

/// Whether two long byte strings are the same, compared as [`same`] does.
#[inline(never)]
pub fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    equal(left, right)
}

#[inline]
fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let Some((left_last, right_last)) = left.last_chunk().zip(right.last_chunk()) else {
        return same_within_word(left, right);
    };
    let (left_blocks, left_rest) = left.as_chunks::<32>();
    let (right_blocks, right_rest) = right.as_chunks::<32>();
    // The last word may overlap the one before it.
    word(left_last) == word(right_last)
        && left_blocks.iter().zip(right_blocks).all(same_block)
        && left_rest.as_chunks().0.iter().zip(right_rest.as_chunks().0).all(same_word)
}

/// The order of two texts, by their bytes; compares words as [`same`] does.
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let (left_words, left_rest) = left.as_bytes().as_chunks::<8>();
    let (right_words, right_rest) = right.as_bytes().as_chunks::<8>();
    for (left, right) in left_words.iter().zip(right_words) {
        let order = u64::from_be_bytes(*left).cmp(&u64::from_be_bytes(*right));
        if order.is_ne() {
            return order;
        }
    }
    match left_words.len().cmp(&right_words.len()) {
        Ordering::Equal => left_rest.cmp(right_rest),
        _ => left.as_bytes().cmp(right.as_bytes()),
    }
}

/// Four words without a branch between them: a token is long.
#[inline]
fn same_block((left, right): (&[u8; 32], &[u8; 32])) -> bool {
    let words = left.as_chunks().0.iter().zip(right.as_chunks().0);
    words.fold(0, |differ, (left, right)| differ | (word(left) ^ word(right))) == 0
}

#[inline]
fn same_word((left, right): (&[u8; 8], &[u8; 8])) -> bool {
    word(left) == word(right)
}

/// For two texts of one length under eight bytes.
#[inline]
fn same_within_word(left: &[u8], right: &[u8]) -> bool {
    match (
        left.first_chunk::<4>(),
        right.first_chunk::<4>(),
        left.last_chunk::<4>(),
        right.last_chunk::<4>(),
    ) {
        (Some(left_first), Some(right_first), Some(left_last), Some(right_last)) => {
            u32::from_le_bytes(*left_first) == u32::from_le_bytes(*right_first)
                && u32::from_le_bytes(*left_last) == u32::from_le_bytes(*right_last)
        }
        _ => left.iter().zip(right).all(|(left, right)| left == right),
    }
}

#[inline]
fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{order, same};

    #[test]
    fn every_byte_of_every_length_counts() {
        for length in 0..40 {
            let left = "a".repeat(length);
            assert!(same(&left, &left.clone()));
            assert!(!same(&left, &"a".repeat(length + 1)));
            for at in 0..length {
                let mut right = left.clone();
                right.replace_range(at..=at, "b");
                assert!(!same(&left, &right), "byte {at} of {length}");
                assert!(!same(&right, &left), "byte {at} of {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_equality(left in "[ab]{0,20}", right in "[ab]{0,20}") {
            prop_assert_eq!(same(&left, &right), left == right);
        }

        #[test]
        fn it_is_the_order_of_the_bytes(
            common in "[aü]{0,12}",
            left in "[abü]{0,12}",
            right in "[abü]{0,12}",
        ) {
            let (left, right) = (format!("{common}{left}"), format!("{common}{right}"));
            prop_assert_eq!(order(&left, &right), left.cmp(&right));
        }
    }
}
