//! Why there is no complete answer.

use std::{error::Error, io};

use vicar_exchange::Carriage;
use vicar_keys::FetchFailure;

/// An answer that did not come, or not to its end.
#[derive(Debug)]
pub(super) struct Lost {
    /// What it is.
    pub(super) carriage: Carriage,
    /// The innermost cause's words, bounded.
    pub(super) detail: String,
}

impl Lost {
    /// What an error is, by its causes.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut lost = Self { carriage: Carriage::Connection, detail: String::new() };
        lost.look(error);
        lost
    }

    fn look(&mut self, error: &(dyn Error + 'static)) {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let inner = error.downcast_ref::<io::Error>();
            if inner.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
                || error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)
            {
                self.carriage = Carriage::Deadline;
            }
            if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
                self.carriage = Carriage::Untrusted;
            }
            self.detail = error.to_string().chars().take(LONGEST_DETAIL).collect();
            // An I/O error leaves out what it wraps when it is asked for its cause.
            if let Some(wrapped) = inner.and_then(io::Error::get_ref) {
                self.look(wrapped);
            }
            cause = error.source();
        }
    }

    /// The same for a reader of documents that takes at most `limit` bytes.
    pub(super) fn into_fetch_failure(self, limit: usize) -> FetchFailure {
        match self.carriage {
            Carriage::Deadline => FetchFailure::Deadline,
            Carriage::TooLarge => FetchFailure::TooLarge { limit },
            _ => FetchFailure::Unreachable { detail: self.detail },
        }
    }
}

impl From<Carriage> for Lost {
    fn from(carriage: Carriage) -> Self {
        Self { carriage, detail: carriage.to_string() }
    }
}

const LONGEST_DETAIL: usize = 200;
