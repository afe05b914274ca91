//! As many of something as there are threads, each lent to one call at a time.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// A pool that never grows.
pub(super) struct Pool<T> {
    members: Vec<Mutex<T>>,
    next: AtomicUsize,
}

impl<T> Pool<T> {
    /// One for each thread, within reason.
    ///
    /// # Errors
    /// What `make` fails with.
    pub(super) fn new<E>(mut make: impl FnMut() -> Result<T, E>) -> Result<Self, E> {
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let members = (0..count).map(|_| make().map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { members, next: AtomicUsize::new(0) })
    }

    /// Lends a member that is free, or the next one; `None` only of an empty pool.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.members.len().max(1);
        let order =
            (0..count).filter_map(|step| self.members.get((start.wrapping_add(step)) % count));
        let free = order.clone().find_map(|member| member.try_lock().ok());
        let mut member = free.or_else(|| {
            order.clone().next().map(|member| member.lock().unwrap_or_else(PoisonError::into_inner))
        })?;
        Some(work(&mut member))
    }

    /// Does something to each, one after the other.
    pub(super) fn each(&self, mut work: impl FnMut(&mut T)) {
        for member in &self.members {
            work(&mut member.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
