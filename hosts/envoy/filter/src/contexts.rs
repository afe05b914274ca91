//! Things by the proxy's numbers.

/// Things by the proxy's numbers, in their order. The proxies count upwards, so a new one goes to
/// the end. A sorted list, because a tree's removal would be a fiftieth of the module.
#[derive(Debug)]
pub(crate) struct Contexts<T>(Vec<(u32, Box<T>)>);

impl<T> Contexts<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Puts a thing in; one that had the number is dropped.
    pub(crate) fn insert(&mut self, number: u32, thing: T) {
        let thing = Box::new(thing);
        match self.place(number) {
            Ok(place) => {
                if let Some((_, slot)) = self.0.get_mut(place) {
                    *slot = thing;
                }
            }
            Err(place) => self.0.insert(place, (number, thing)),
        }
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let place = self.place(number).ok()?;
        self.0.get_mut(place).map(|(_, thing)| &mut **thing)
    }

    /// Takes a thing out.
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let place = self.place(number).ok()?;
        Some(*self.0.remove(place).1)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.0.iter_mut().map(|(number, thing)| (*number, &mut **thing))
    }

    /// Keeps what `wanted` says.
    pub(crate) fn retain(&mut self, mut wanted: impl FnMut(&T) -> bool) {
        self.0.retain(|(_, thing)| wanted(thing));
    }

    fn place(&self, number: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_by_their_number_until_they_are_taken_out() {
        let mut things = Contexts::new();
        for number in [5, 1, 9, 5] {
            things.insert(number, number * 10);
        }
        assert_eq!(things.iter_mut().map(|(number, _)| number).collect::<Vec<_>>(), [1, 5, 9]);
        assert_eq!(things.get_mut(5), Some(&mut 50));
        assert_eq!(things.remove(5), Some(50));
        assert_eq!(things.remove(5), None);
        things.retain(|thing| *thing != 90);
        assert_eq!(things.get_mut(9), None);
        assert_eq!(things.get_mut(1), Some(&mut 10));
    }
}
