//! Sorting, compiled once.
//!
//! The library's sorts are compiled anew for each type, some six kilobytes each: that is a tenth
//! of a WebAssembly guest. Here row numbers are sorted through one compiled sort, and the items
//! moved after.

use std::cmp::Ordering;

/// Sorts, stable: items that compare equal keep their order.
pub(crate) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    if items.is_sorted_by(|left, right| compare(left, right).is_le()) {
        return;
    }
    let mut rows: Vec<u32> = (0..items.len() as u32).collect();
    sort_rows(
        &mut rows,
        &|left, right| match (items.get(left as usize), items.get(right as usize)) {
            (Some(left_item), Some(right_item)) => compare(left_item, right_item),
            _ => Ordering::Equal,
        },
    );
    let mut taken: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(rows.into_iter().filter_map(|row| taken.get_mut(row as usize)?.take()));
}

/// Sorts by the items' own order.
pub(crate) fn sort<T: Ord>(items: &mut Vec<T>) {
    sort_by(items, T::cmp);
}

/// Sorts numbers.
pub(crate) fn sort_numbers(numbers: &mut [u32]) {
    if !numbers.is_sorted() {
        sort_rows(numbers, &|left, right| left.cmp(&right));
    }
}

fn sort_rows(rows: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    // This one is quick on runs that are in order already, as what a compiler wrote mostly is.
    rows.sort_by(|left, right| compare(*left, *right));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{sort, sort_by, sort_numbers};

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(items in proptest::collection::vec((0_u8..8, any::<u8>()), 0..64)) {
            let (mut ours, mut theirs) = (items.clone(), items.clone());
            sort_by(&mut ours, |left, right| left.0.cmp(&right.0));
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs);
            sort(&mut ours);
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn it_sorts_numbers(mut numbers in proptest::collection::vec(any::<u32>(), 0..64)) {
            let mut expected = numbers.clone();
            expected.sort_unstable();
            sort_numbers(&mut numbers);
            prop_assert_eq!(numbers, expected);
        }
    }
}
