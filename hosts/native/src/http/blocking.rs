//! For commands that do one thing and end.

use std::future::Future;

use crate::failure::{Failure, code};

/// Runs `work` to its end on this thread. Not to be called from within a runtime.
///
/// # Errors
/// [`Failure`] when the machine does not give what a runtime needs.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(code::RUNTIME_UNUSABLE, format!("no runtime: {error}")))?;
    Ok(runtime.block_on(work))
}
