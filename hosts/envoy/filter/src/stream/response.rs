//! The response, where it holds a list that has to be filtered.

use vicar_gateway::ResponseStep;

use super::{Stage, Stream, send_answer};
use crate::{
    filter::Action,
    head::ListedHead,
    host::{Buffer, Fields, ProxyHost, Status},
    reason, reply,
    root::Root,
};

/// How the response is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseStage {
    /// Its head has not come yet.
    Head,
    /// Held until it is whole.
    Buffers { limit: usize },
    /// Filtered piece by piece.
    Streams,
    /// Passes as it is.
    Passes,
    /// Replaced by an answer of ours, which passes.
    Replaced,
}

impl Stream {
    /// The head of the response has come.
    pub(crate) fn response_headers<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        end_of_stream: bool,
    ) -> Action {
        // A request that did not pass gets the filter's own answer, or the proxy's.
        let Stage::Passed(request) = &mut self.stage else { return Action::Continue };
        if self.response == ResponseStage::Replaced {
            return Action::Continue;
        }
        if !request.filters_response() {
            self.response = ResponseStage::Passes;
            return Action::Continue;
        }
        let fields = match root.host.fields(Fields::ResponseHeaders) {
            Ok(fields) => fields,
            Err(status) => return self.fail_response(root, status),
        };
        let head = ListedHead { fields: &fields, end_of_stream, vouched: None };
        let step = request.response_head(&head);
        self.respond(root, step, end_of_stream)
    }

    /// Some of the response's body has come: `length` bytes are at hand.
    pub(crate) fn response_body<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        length: usize,
        end_of_stream: bool,
    ) -> Action {
        let Stage::Passed(request) = &mut self.stage else { return Action::Continue };
        let most = match self.response {
            ResponseStage::Passes | ResponseStage::Replaced => return Action::Continue,
            ResponseStage::Buffers { limit } if !end_of_stream && length <= limit => {
                return Action::Pause;
            }
            ResponseStage::Buffers { limit } => limit.saturating_add(1),
            ResponseStage::Streams => length,
            // The body before the head: nothing may pass unseen.
            ResponseStage::Head => return Action::Pause,
        };
        let chunk = match root.host.buffer(Buffer::ResponseBody, most) {
            Ok(chunk) => chunk,
            Err(status) => return self.fail_response(root, status),
        };
        let Ok(nanoseconds) = root.nanoseconds() else {
            return self.fail_response(root, Status::InternalFailure);
        };
        let now = self.fixed_clock.unwrap_or_else(|| root.judged_at(nanoseconds));
        let Some(service) = root.service() else { return Action::Pause };
        let step = request.response_body(&mut service.gateway, &chunk, end_of_stream, now);
        self.respond(root, step, end_of_stream)
    }

    /// The response ends with trailers.
    pub(crate) fn response_trailers<H: ProxyHost + Clone>(&mut self, root: &mut Root<H>) -> Action {
        // What streams has gone by now, and the proxy takes nothing in its place: an event that is
        // not whole was never sent, and is not sent now.
        if self.response == ResponseStage::Streams {
            return Action::Continue;
        }
        self.response_body(root, usize::MAX, true)
    }

    fn respond<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        step: ResponseStep,
        end_of_stream: bool,
    ) -> Action {
        let action = match step {
            ResponseStep::Pass => {
                self.response = ResponseStage::Passes;
                Ok(Action::Continue)
            }
            ResponseStep::Buffer { limit } => {
                self.response = ResponseStage::Buffers { limit };
                self.unframe(root).map(|()| {
                    // Nothing follows a head that ends the stream.
                    if end_of_stream { Action::Continue } else { Action::Pause }
                })
            }
            ResponseStep::Stream => {
                self.response = ResponseStage::Streams;
                self.unframe(root).map(|()| Action::Continue)
            }
            ResponseStep::Body(bytes) => {
                root.host.replace_buffer(Buffer::ResponseBody, &bytes).map(|()| Action::Continue)
            }
            ResponseStep::Replace(answer) => {
                self.response = ResponseStage::Replaced;
                send_answer(&root.host, &answer);
                Ok(Action::Pause)
            }
        };
        action.unwrap_or_else(|status| self.fail_response(root, status))
    }

    /// Removes the header fields that tell the length or digest of what is about to change.
    fn unframe<H: ProxyHost + Clone>(&self, root: &Root<H>) -> Result<(), Status> {
        for name in ["content-length", "etag", "digest", "content-digest", "repr-digest"] {
            root.host.remove_field(Fields::ResponseHeaders, name.as_bytes())?;
        }
        Ok(())
    }

    /// Stops a response that cannot be filtered.
    fn fail_response<H: ProxyHost + Clone>(&mut self, root: &mut Root<H>, why: Status) -> Action {
        self.response = ResponseStage::Replaced;
        self.stage = Stage::Answered;
        root.stopped(&reason::PROXY_FAILED, &why.to_string());
        reply::refuse(&root.host, &reason::PROXY_FAILED);
        Action::Pause
    }
}
