//! Every context of a virtual machine, and the proxy's callbacks.

use crate::{
    contexts::Contexts,
    host::{Buffer, CallId, Direction, LogLevel, ProxyHost},
    root::Root,
    stream::Stream,
};

/// What the proxy does after a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the proxy has to be told"]
pub enum Action {
    /// The message goes on.
    Continue = 0,
    /// The message is held.
    Pause = 1,
}

/// Every context of a virtual machine. Contexts are kept by the proxy's numbers; a callback for
/// one that is not there changes nothing and holds the request.
pub struct Filter<H: ProxyHost> {
    host: H,
    roots: Contexts<Option<Box<Root<H>>>>,
    streams: Contexts<Stream>,
}

impl<H: ProxyHost + Clone> Filter<H> {
    /// No contexts yet.
    pub const fn new(host: H) -> Self {
        Self { host, roots: Contexts::new(), streams: Contexts::new() }
    }

    /// A context was made: a root when `parent` is 0, otherwise a request below its root.
    pub fn created(&mut self, context: u32, parent: u32) {
        if parent == 0 {
            self.roots.insert(context, None);
        } else {
            self.streams.insert(context, Stream::new(context, parent));
        }
    }

    /// A root gets its configuration; whether it is accepted. When it is not, the root keeps the
    /// one before.
    pub fn configured(&mut self, context: u32) -> bool {
        let Some(root) = self.roots.get_mut(context) else { return false };
        let json = match self.host.buffer(Buffer::PluginConfiguration, LONGEST_CONFIGURATION) {
            Ok(json) => json,
            Err(status) => {
                let line = format!("vicar: the configuration cannot be read: {status}");
                self.host.log(LogLevel::Error, &line);
                return false;
            }
        };
        match Root::new(context, self.host.clone(), &json) {
            Ok(configured) => {
                *root = Some(Box::new(configured));
                true
            }
            Err(error) => {
                self.host.log(LogLevel::Error, &format!("vicar: configuration refused: {error}"));
                false
            }
        }
    }

    /// Time has passed for a root.
    pub fn ticked(&mut self, context: u32) {
        let Some(Some(root)) = self.roots.get_mut(context) else { return };
        let keys_changed = root.tick();
        self.wake(context, keys_changed);
    }

    /// The answer to a call of a root has come.
    pub fn call_answered(&mut self, context: u32, call: CallId, fields: usize, length: usize) {
        let Some(Some(root)) = self.roots.get_mut(context) else { return };
        if root.answered(call, fields, length) {
            self.wake(context, true);
        }
    }

    /// The head of a request has come.
    pub fn request_headers(&mut self, context: u32, end_of_stream: bool) -> Action {
        self.request(context, |stream, root| stream.request_headers(root, end_of_stream))
    }

    /// Some of a request's body has come: `length` bytes are buffered.
    pub fn request_body(&mut self, context: u32, length: usize, end_of_stream: bool) -> Action {
        self.request(context, |stream, root| stream.request_body(root, length, end_of_stream))
    }

    /// A request ends with trailers.
    pub fn request_trailers(&mut self, context: u32) -> Action {
        self.request(context, |stream, root| stream.request_trailers(root))
    }

    /// The head of a response has come.
    pub fn response_headers(&mut self, context: u32, end_of_stream: bool) -> Action {
        self.request(context, |stream, root| stream.response_headers(root, end_of_stream))
    }

    /// Some of a response's body has come: `length` bytes are at hand.
    pub fn response_body(&mut self, context: u32, length: usize, end_of_stream: bool) -> Action {
        self.request(context, |stream, root| stream.response_body(root, length, end_of_stream))
    }

    /// A response ends with trailers.
    pub fn response_trailers(&mut self, context: u32) -> Action {
        self.request(context, |stream, root| stream.response_trailers(root))
    }

    /// The proxy is done with a context; whether it may be deleted.
    pub fn done(&mut self, context: u32) -> bool {
        if let Some(Some(root)) = self.roots.get_mut(context) {
            root.flush();
        }
        true
    }

    /// A context is no more.
    pub fn deleted(&mut self, context: u32) {
        self.streams.remove(context);
        self.roots.remove(context);
    }

    fn request(
        &mut self,
        context: u32,
        callback: impl FnOnce(&mut Stream, &mut Root<H>) -> Action,
    ) -> Action {
        let Some(stream) = self.streams.get_mut(context) else { return Action::Pause };
        match self.roots.get_mut(stream.root) {
            Some(Some(root)) => callback(stream, root),
            _ => Action::Pause,
        }
    }

    /// Looks after the requests of a root that wait.
    fn wake(&mut self, context: u32, keys_changed: bool) {
        let Some(Some(root)) = self.roots.get_mut(context) else { return };
        let Ok(nanoseconds) = root.nanoseconds() else { return };
        let mut left = false;
        for (id, stream) in self.streams.iter_mut() {
            if stream.root != context || !stream.waits() {
                continue;
            }
            // Without the effective context, an answer would go to nobody or to another request.
            if self.host.set_effective_context(id).is_err() {
                continue;
            }
            left = true;
            if stream.wake(root, keys_changed, nanoseconds)
                && let Err(status) = self.host.resume(Direction::Request)
            {
                let line = format!("vicar: a request could not be resumed: {status}");
                self.host.log(LogLevel::Error, &line);
            }
        }
        if left {
            let _ = self.host.set_effective_context(context);
        }
    }
}

/// Bundles of 16 MiB as base64, and as much again.
const LONGEST_CONFIGURATION: usize = 48 << 20;
