//! A request that may pass.

use crate::{Observed, State};

/// How a request passes. The host first removes what [`crate::Strip`] covers, then `remove`, then
/// sets `set`.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Further request headers to remove, for this request.
    pub remove: Vec<&'static str>,
    /// Request headers to set, each replacing every field of its name.
    pub set: Vec<(String, String)>,
    /// What filter state or dynamic metadata may hold.
    pub state: State,
    /// Whether the response has to go through [`crate::Request::response_head`] and
    /// [`crate::Request::response_body`].
    pub filters_response: bool,
    /// The audit record: one line of JSON without line feed, when audit is on.
    pub record: Option<String>,
    /// Facts for metrics.
    pub observed: Observed,
    /// The verdict as canonical JSON, where the settings ask for it.
    pub verdict: Option<String>,
}
