//! Values found by name.

use std::sync::Arc;

use crate::{
    hash::{self, Table},
    text,
};

/// A fixed set of names with a value each, found in the same time however many there are.
///
/// The names must be an operator's: the hash is fixed, so a stranger who chose them could make
/// look-ups slow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named<T> {
    entries: Vec<(Arc<str>, T)>,
    table: Table,
}

impl<T> Named<T> {
    /// The value under `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        let row = self.table.find(hash::name(name), |row| {
            self.entries.get(row as usize).is_some_and(|(known, _)| text::same(known, name))
        })?;
        self.entries.get(row as usize).map(|(_, value)| value)
    }

    /// The values, in the order they were given.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, value)| value)
    }
}

impl<N: Into<Arc<str>>, T> FromIterator<(N, T)> for Named<T> {
    /// Of a name given twice, the first value counts.
    fn from_iter<I: IntoIterator<Item = (N, T)>>(entries: I) -> Self {
        let given: Vec<(Arc<str>, T)> =
            entries.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let mut named = Self {
            entries: Vec::with_capacity(given.len()),
            table: Table::with_room_for(given.len()),
        };
        for (name, value) in given {
            // A name that stood in the table as often as it is given would make it slow.
            if named.get(&name).is_none() {
                named.table.insert(hash::name(&name), named.entries.len() as u32);
                named.entries.push((name, value));
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn every_name_is_found_and_no_other() {
        let named: Named<usize> =
            (0..500).map(|number| (format!("tool-{number}"), number)).collect();
        for number in 0..500 {
            assert_eq!(named.get(&format!("tool-{number}")), Some(&number));
        }
        assert_eq!((named.get("tool-500"), named.get("")), (None, None));
        assert_eq!(Named::<u8>::default().get("a"), None);
        assert_eq!(Named::from_iter([("a", 1), ("a", 2)]).get("a"), Some(&1));
    }
}
