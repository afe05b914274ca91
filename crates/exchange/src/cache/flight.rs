//! Flights and their followers.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::digest::Digest;

/// The right to run the one exchange of a key. Dropping it, landed or not, releases the followers.
#[derive(Debug)]
#[must_use]
pub struct Flight<E> {
    key: Digest,
    shared: Arc<Shared<E>>,
}

/// The wait for the end of someone else's flight: a future for any executor.
#[derive(Debug)]
#[must_use]
pub struct Follow<E> {
    shared: Arc<Shared<E>>,
    /// Where the waker is kept, once it is.
    place: Option<u64>,
}

/// How a flight ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing<E> {
    /// With a failure: it is the follower's, too.
    Failed(E),
    /// Look again: there is a token, or the lead is free.
    LookAgain,
}

/// What leader and followers share.
#[derive(Debug)]
pub(super) struct Shared<E>(Mutex<Wait<E>>);

#[derive(Debug)]
struct Wait<E> {
    landing: Option<Landing<E>>,
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

impl<E> Shared<E> {
    fn wait(&self) -> MutexGuard<'_, Wait<E>> {
        // Nothing panics while it is held, and its content would be good even so.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_over(&self) -> bool {
        self.wait().landing.is_some()
    }

    fn end(&self, landing: Landing<E>) {
        let mut wait = self.wait();
        if wait.landing.is_none() {
            wait.landing = Some(landing);
        }
        let wakers = std::mem::take(&mut wait.wakers);
        drop(wait);
        for waker in wakers.into_values() {
            waker.wake();
        }
    }
}

impl<E> Flight<E> {
    pub(super) fn new(key: Digest) -> Self {
        let wait = Wait { landing: None, wakers: BTreeMap::new(), next: 0 };
        Self { key, shared: Arc::new(Shared(Mutex::new(wait))) }
    }

    pub(super) const fn key(&self) -> &Digest {
        &self.key
    }

    pub(super) fn shared(&self) -> Arc<Shared<E>> {
        Arc::clone(&self.shared)
    }

    pub(super) fn is(&self, shared: &Arc<Shared<E>>) -> bool {
        Arc::ptr_eq(&self.shared, shared)
    }

    pub(super) fn fail(self, failure: E) {
        self.shared.end(Landing::Failed(failure));
    }
}

impl<E> Drop for Flight<E> {
    fn drop(&mut self) {
        self.shared.end(Landing::LookAgain);
    }
}

impl<E> Follow<E> {
    pub(super) const fn new(shared: Arc<Shared<E>>) -> Self {
        Self { shared, place: None }
    }

    /// Whether the flight has ended.
    pub fn is_over(&self) -> bool {
        self.shared.is_over()
    }
}

impl<E: Clone> Future for Follow<E> {
    type Output = Landing<E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = Arc::clone(&self.shared);
        let mut wait = shared.wait();
        if let Some(landing) = &wait.landing {
            return Poll::Ready(landing.clone());
        }
        let place = self.place.unwrap_or(wait.next);
        if self.place.is_none() {
            wait.next = wait.next.saturating_add(1);
            self.place = Some(place);
        }
        let replaced = wait.wakers.insert(place, context.waker().clone());
        drop(wait);
        // Not under the lock: whose task ends with its last waker may hold a follower, too.
        drop(replaced);
        Poll::Pending
    }
}

impl<E> Drop for Follow<E> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let left = self.shared.wait().wakers.remove(&place);
            drop(left);
        }
    }
}
