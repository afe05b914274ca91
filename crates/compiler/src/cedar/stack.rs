//! Room for Cedar's recursion.

use std::thread;

use thiserror::Error;

/// Why work on a deep stack gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StackError {
    /// Cedar panicked.
    #[error("the Cedar library gave up on this input")]
    GaveUp,
    /// No thread to be had.
    #[error("the system refused a thread")]
    NoThread,
}

/// Cedar's trees are recursive, their destructors and evaluation too: [`limits`](super::limits)
/// bounds their depth, this stack holds what is left.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, StackError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("cedar".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|_| StackError::NoThread)?
            .join()
            .map_err(|_| StackError::GaveUp)
    })
}

const STACK_BYTES: usize = 128 << 20;
