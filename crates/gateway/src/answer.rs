//! Answers that the gateway gives itself.

use crate::{Observed, State};

/// An HTTP response to the client in place of the upstream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header fields, names lower case; `content-length` is left to the host.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for a `HEAD` request.
    pub body: String,
    /// Envoy's response code details, a short token such as `vicar_no_permit`.
    pub details: String,
}

/// A request that is stopped.
#[derive(Clone, Debug)]
pub struct Deny {
    /// What the client is told.
    pub answer: Answer,
    /// What filter state or dynamic metadata may hold.
    pub state: State,
    /// The audit record: one line of JSON without line feed, when audit is on.
    pub record: Option<String>,
    /// Facts for metrics.
    pub observed: Observed,
    /// The verdict as canonical JSON, where the settings ask for it.
    pub verdict: Option<String>,
}
