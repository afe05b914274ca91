//! What a host does next.

use crate::{Allow, Answer, Deny};

/// What a host does next with a request. Until it has been given [`Step::Allow`], nothing of the
/// request goes upstream.
#[derive(Clone, Debug)]
#[must_use = "a request waits until its host does what the step says"]
pub enum Step {
    /// Let the request pass, changed as this says. Given once.
    Allow(Box<Allow>),
    /// Answer the client with this. Given once.
    Deny(Box<Deny>),
    /// Keep holding the request; it is answered already, or its turn has not come.
    Hold,
    /// Hold the request and hand its body to [`crate::Request::body`].
    NeedBody {
        /// Longest accepted body in bytes; of a longer one it is enough to hand over one byte
        /// more, or to tell its length by [`crate::Request::body_length`].
        limit: usize,
    },
    /// Hold the request, fetch keys if that is allowed now (`vicar_keys::KeyKeeper`), then call
    /// [`crate::Request::keys_changed`], or [`crate::Request::give_up`] at the latest at the
    /// host's deadline. A host that does not fetch gives up at once.
    NeedKeys(NeedKeys),
    /// Go on as before: the request was allowed earlier.
    Pass,
    /// Answer the client with this document of the gateway's own; nothing was decided. Given once.
    Serve(Box<Answer>),
}

/// Keys without which a token cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedKeys {
    /// The bundle's name of the issuer.
    pub issuer: String,
    /// The key that the token names and the issuer's set lacks; nothing when there is no set at
    /// all. Chosen by the caller: unverified.
    pub key_id: Option<String>,
}

/// What a host does next with a response whose request said
/// [`filters_response`](crate::Allow::filters_response).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an unfiltered list must not reach the client"]
pub enum ResponseStep {
    /// Let head and body pass as they are; no further call is needed.
    Pass,
    /// Hold head and body; hand the body to [`crate::Request::response_body`], in one piece or
    /// in several. `content-length` (and `etag`, `digest` fields) must go.
    Buffer {
        /// Longest accepted body in bytes; of a longer one, one byte more is enough.
        limit: usize,
    },
    /// Let the head pass without `content-length`; hand every chunk to
    /// [`crate::Request::response_body`] and send on what comes back instead.
    Stream,
    /// Send these bytes in place of what was handed over. May be empty.
    Body(Vec<u8>),
    /// Send this in place of the whole response; its head has not been sent yet.
    Replace(Box<Answer>),
}
