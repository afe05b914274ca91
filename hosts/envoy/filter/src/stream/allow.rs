//! What belongs to an allow and to a deny.

use vicar_gateway::{Allow, Deny, Request, State};

use super::{Stage, Stream, send_answer};
use crate::{
    filter::Action,
    host::{Fields, LocalReply, ProxyHost, Status},
    reason, reply,
    root::Root,
    route::{self, Route},
};

impl Stream {
    /// Lets the request pass, once everything that belongs to it is done.
    pub(super) fn allow<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        request: Request,
        route: &Route,
        allow: Allow,
    ) -> Action {
        if let Some(verdict) = &allow.verdict {
            return self.show(root, verdict);
        }
        let done = edit(root, &allow).and_then(|()| leave_state(root, &allow.state));
        if let Err(status) = done {
            return self.stop(root, &reason::PROXY_FAILED, &status.to_string());
        }
        // A changed header makes the proxy choose the route anew: the request must not get to one
        // whose settings it was not judged by.
        if !allow.set.is_empty() || !allow.remove.is_empty() {
            match route::metadata(&root.host) {
                Ok(metadata) if metadata == route.metadata => {}
                Ok(_) => {
                    let why = "the route after the filter's changes has other settings";
                    return self.stop(root, &reason::ROUTE_CHANGED, why);
                }
                Err(status) => {
                    return self.stop(root, &reason::PROXY_FAILED, &status.to_string());
                }
            }
        }
        root.record(allow.record.as_deref());
        root.metrics.decided(&allow.observed, self.spent);
        self.stage = Stage::Passed(request);
        Action::Continue
    }

    /// Answers the request.
    pub(super) fn deny<H: ProxyHost + Clone>(&mut self, root: &mut Root<H>, deny: Deny) -> Action {
        self.stage = Stage::Answered;
        if let Some(verdict) = &deny.verdict {
            return self.show(root, verdict);
        }
        // The request is stopped with or without it.
        let _ = leave_state(root, &deny.state);
        root.record(deny.record.as_deref());
        root.metrics.decided(&deny.observed, self.spent);
        send_answer(&root.host, &deny.answer);
        Action::Pause
    }

    /// Answers with the verdict, in tests.
    fn show<H: ProxyHost + Clone>(&mut self, root: &Root<H>, verdict: &str) -> Action {
        self.stage = Stage::Answered;
        let headers = [("content-type", "application/json")];
        let (details, body) = ("vicar_unsafe_verdict", verdict.as_bytes());
        reply::send(&root.host, &LocalReply { status: 200, details, headers: &headers, body });
        Action::Pause
    }
}

fn edit<H: ProxyHost + Clone>(root: &Root<H>, allow: &Allow) -> Result<(), Status> {
    for name in &allow.remove {
        root.host.remove_field(Fields::RequestHeaders, name.as_bytes())?;
    }
    for (name, value) in &allow.set {
        root.host.set_field(Fields::RequestHeaders, name, value.as_bytes())?;
    }
    Ok(())
}

/// Leaves the facts of the decision as filter state. Other filters may rely on it, so an allow
/// without it is none.
fn leave_state<H: ProxyHost + Clone>(root: &Root<H>, state: &State) -> Result<(), Status> {
    for (key, name) in &root.filter_state {
        if let Some(value) = state.value(*key) {
            root.host.set_filter_state(name, value.as_bytes())?;
        }
    }
    Ok(())
}
