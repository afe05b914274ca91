//! A virtual machine that a proxy drives.

use vicar_envoy_filter::Action;

use crate::Handle;

/// Why a callback came to no end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trap in `{callback}`: {why}")]
pub struct Trap {
    /// The export.
    pub callback: &'static str,
    /// What the engine says.
    pub why: String,
}

/// A virtual machine that a proxy drives: its callbacks, by the names they have in the ABI.
pub trait Machine {
    /// The world around it.
    fn world(&self) -> &Handle;

    /// `proxy_on_context_create`.
    ///
    /// # Errors
    /// [`Trap`].
    fn create(&mut self, context: u32, parent: u32) -> Result<(), Trap>;

    /// `proxy_on_configure`.
    ///
    /// # Errors
    /// [`Trap`].
    fn configure(&mut self, context: u32) -> Result<bool, Trap>;

    /// `proxy_on_tick`.
    ///
    /// # Errors
    /// [`Trap`].
    fn tick(&mut self, context: u32) -> Result<(), Trap>;

    /// `proxy_on_request_headers`.
    ///
    /// # Errors
    /// [`Trap`].
    fn request_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap>;

    /// `proxy_on_request_body`.
    ///
    /// # Errors
    /// [`Trap`].
    fn request_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap>;

    /// `proxy_on_request_trailers`.
    ///
    /// # Errors
    /// [`Trap`].
    fn request_trailers(&mut self, context: u32) -> Result<Action, Trap>;

    /// `proxy_on_response_headers`.
    ///
    /// # Errors
    /// [`Trap`].
    fn response_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap>;

    /// `proxy_on_response_body`.
    ///
    /// # Errors
    /// [`Trap`].
    fn response_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap>;

    /// `proxy_on_response_trailers`.
    ///
    /// # Errors
    /// [`Trap`].
    fn response_trailers(&mut self, context: u32) -> Result<Action, Trap>;

    /// `proxy_on_http_call_response`, with what the world has as its answer.
    ///
    /// # Errors
    /// [`Trap`].
    fn answer(&mut self, context: u32, call: u32, fields: usize, size: usize) -> Result<(), Trap>;

    /// `proxy_on_done` and `proxy_on_delete`.
    ///
    /// # Errors
    /// [`Trap`].
    fn end(&mut self, context: u32) -> Result<(), Trap>;
}
