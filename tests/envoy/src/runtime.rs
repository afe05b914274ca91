//! The one runtime that servers and clients of the harness share.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::Failure;

/// The runtime; made at first use, and alive as long as the process.
pub(crate) fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(|why| Failure::Http { what: "the runtime".to_owned(), why: why.clone() })
}
