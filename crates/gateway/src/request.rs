//! One HTTP request on its way through.

use vicar_token::{SignatureVerifier, UnixSeconds};

use crate::{Gateway, Head, ResponseStep, RouteSettings, Step};

/// One HTTP request on its way through: made by [`Gateway::begin`], dropped when the exchange is
/// over. No call lets the request pass unless it is allowed; calls out of turn are answered with
/// [`Step::Hold`].
#[derive(Debug)]
pub struct Request {
    passes: bool,
}

impl Request {
    pub(crate) fn begin<V: SignatureVerifier, H: Head + ?Sized>(
        _gateway: &mut Gateway<V>,
        _head: &H,
        _route: &RouteSettings,
        _now: UnixSeconds,
    ) -> (Self, Step) {
        (Self { passes: false }, Step::Hold)
    }

    /// Whether the request was allowed.
    pub const fn passes(&self) -> bool {
        self.passes
    }

    /// Takes a piece of the body, in order; `end_of_stream` with the last, which may be empty.
    pub fn body<V: SignatureVerifier>(
        &mut self,
        _gateway: &mut Gateway<V>,
        _chunk: &[u8],
        _end_of_stream: bool,
        _now: UnixSeconds,
    ) -> Step {
        if self.passes { Step::Pass } else { Step::Hold }
    }

    /// Takes the length that the body has reached, from a host that buffers it and hands it over
    /// at its end: a body beyond the limit is refused before it is whole.
    pub fn body_length<V: SignatureVerifier>(
        &mut self,
        _gateway: &mut Gateway<V>,
        _length: usize,
        _now: UnixSeconds,
    ) -> Step {
        if self.passes { Step::Pass } else { Step::Hold }
    }

    /// Judges again, after [`Step::NeedKeys`] and a change of the gate's keys. Needs keys again
    /// only if they are still missing.
    pub fn keys_changed<V: SignatureVerifier>(
        &mut self,
        _gateway: &mut Gateway<V>,
        _now: UnixSeconds,
    ) -> Step {
        if self.passes { Step::Pass } else { Step::Hold }
    }

    /// Ends the wait for keys: the request is denied.
    pub fn give_up<V: SignatureVerifier>(
        &mut self,
        _gateway: &mut Gateway<V>,
        _now: UnixSeconds,
    ) -> Step {
        if self.passes { Step::Pass } else { Step::Hold }
    }

    /// Takes the head of the response. Of a request that was never allowed, the response (the
    /// gateway's own answer on its way out) passes.
    pub fn response_head<H: Head + ?Sized>(&mut self, _head: &H) -> ResponseStep {
        ResponseStep::Pass
    }

    /// Takes a piece of the response's body, in order; `end_of_stream` with the last.
    pub fn response_body<V: SignatureVerifier>(
        &mut self,
        _gateway: &mut Gateway<V>,
        _chunk: &[u8],
        _end_of_stream: bool,
        _now: UnixSeconds,
    ) -> ResponseStep {
        ResponseStep::Pass
    }
}
