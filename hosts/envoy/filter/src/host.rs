//! What a proxy offers to a filter: the one seam between the filter's logic and proxy-wasm.

use std::fmt;

use crate::pairs::FieldBlock;

/// A proxy's refusal of a call, with the numbers of the proxy-wasm ABI 0.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proxy answered {self:?}")]
pub enum Status {
    /// 1: there is no such thing.
    NotFound,
    /// 2: an argument is not acceptable.
    BadArgument,
    /// 3: what was passed cannot be encoded.
    SerializationFailure,
    /// 4: what was passed cannot be decoded.
    ParseFailure,
    /// 6: a pointer is outside the module's memory.
    InvalidMemoryAccess,
    /// 7: there is nothing.
    Empty,
    /// 8: the shared value was changed by somebody else.
    CasMismatch,
    /// 10: the proxy itself failed, or the call is not among the allowed capabilities.
    InternalFailure,
    /// 12: the proxy does not implement the call.
    Unimplemented,
    /// Any other number.
    Other(u32),
}

impl Status {
    /// Reads the number that a host call returned; `0` is success.
    ///
    /// # Errors
    /// [`Status`] for any other number.
    pub const fn check(number: u32) -> Result<(), Self> {
        Err(match number {
            0 => return Ok(()),
            1 => Self::NotFound,
            2 => Self::BadArgument,
            3 => Self::SerializationFailure,
            4 => Self::ParseFailure,
            6 => Self::InvalidMemoryAccess,
            7 => Self::Empty,
            8 => Self::CasMismatch,
            10 => Self::InternalFailure,
            12 => Self::Unimplemented,
            other => Self::Other(other),
        })
    }
}

/// The severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// 1.
    Debug = 1,
    /// 2: audit lines.
    Info = 2,
    /// 3: something an operator should know.
    Warn = 3,
    /// 4: something an operator has to act on.
    Error = 4,
}

/// A set of header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Of the request.
    RequestHeaders = 0,
    /// Of the response.
    ResponseHeaders = 2,
    /// Of the answer to a call of ours.
    CallResponseHeaders = 6,
}

/// Bytes that the proxy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// What was buffered of the request's body.
    RequestBody = 0,
    /// What was buffered of the response's body.
    ResponseBody = 1,
    /// The body of the answer to a call of ours.
    CallResponseBody = 4,
    /// The plugin's configuration.
    PluginConfiguration = 7,
}

/// A direction of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the upstream.
    Request = 0,
    /// Towards the caller.
    Response = 1,
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricKind {
    /// Only grows.
    Counter = 0,
    /// A level.
    Gauge = 1,
    /// A distribution.
    Histogram = 2,
}

/// The proxy's name of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricId(pub u32);

/// The proxy's name of a call under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u32);

/// An answer that the proxy gives in the upstream's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalReply<'a> {
    /// HTTP status code.
    pub status: u16,
    /// Response code details, for access logs; one word.
    pub details: &'a str,
    /// Header fields beside those the proxy adds.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// An HTTP GET to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// `:scheme`.
    pub scheme: &'a str,
    /// `:authority`.
    pub authority: &'a str,
    /// `:path`, query included.
    pub path: &'a str,
    /// Time for the whole exchange, in milliseconds.
    pub timeout_milliseconds: u32,
}

/// What a proxy offers. Every call can fail, none panics, and all data are bytes.
///
/// Calls refer to the context whose callback runs, or to the one that
/// [`set_effective_context`](Self::set_effective_context) named.
pub trait ProxyHost: fmt::Debug {
    /// Writes a log line. A failure cannot be reported anywhere, so there is none.
    fn log(&self, level: LogLevel, message: &str);

    /// The least severe level that the proxy writes.
    ///
    /// # Errors
    /// [`Status`].
    fn log_level(&self) -> Result<LogLevel, Status>;

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Status`].
    fn now_nanoseconds(&self) -> Result<u64, Status>;

    /// Asks for a tick every so many milliseconds; `0` for none.
    ///
    /// # Errors
    /// [`Status`].
    fn set_tick_period(&self, milliseconds: u32) -> Result<(), Status>;

    /// Makes later calls refer to another context.
    ///
    /// # Errors
    /// [`Status`].
    fn set_effective_context(&self, context: u32) -> Result<(), Status>;

    /// All header fields in order; names in lower case, repeated fields as the proxy keeps them.
    ///
    /// # Errors
    /// [`Status`]; [`Status::ParseFailure`] when the proxy's encoding is broken.
    fn fields(&self, of: Fields) -> Result<FieldBlock, Status>;

    /// The first field of this name.
    ///
    /// # Errors
    /// [`Status`].
    fn field(&self, of: Fields, name: &str) -> Result<Option<Vec<u8>>, Status>;

    /// Sets a field, in the place of all of its name.
    ///
    /// # Errors
    /// [`Status`].
    fn set_field(&self, of: Fields, name: &str, value: &[u8]) -> Result<(), Status>;

    /// Removes every field of this name.
    ///
    /// # Errors
    /// [`Status`].
    fn remove_field(&self, of: Fields, name: &[u8]) -> Result<(), Status>;

    /// At most `most` bytes of a buffer, from its beginning.
    ///
    /// # Errors
    /// [`Status`].
    fn buffer(&self, which: Buffer, most: usize) -> Result<Vec<u8>, Status>;

    /// Replaces all of a buffer.
    ///
    /// # Errors
    /// [`Status`].
    fn replace_buffer(&self, which: Buffer, bytes: &[u8]) -> Result<(), Status>;

    /// A property by its path; `None` when there is none.
    ///
    /// # Errors
    /// [`Status`].
    fn property(&self, path: &[&str]) -> Result<Option<Vec<u8>>, Status>;

    /// Sets filter state `wasm.<name>`.
    ///
    /// # Errors
    /// [`Status`].
    fn set_filter_state(&self, name: &str, value: &[u8]) -> Result<(), Status>;

    /// Answers in the upstream's place.
    ///
    /// # Errors
    /// [`Status`].
    fn reply(&self, reply: &LocalReply<'_>) -> Result<(), Status>;

    /// Lets a paused stream go on.
    ///
    /// # Errors
    /// [`Status`].
    fn resume(&self, direction: Direction) -> Result<(), Status>;

    /// Sends a GET; its answer comes as a callback of the context in effect.
    ///
    /// # Errors
    /// [`Status`], for example [`Status::BadArgument`] for an unknown cluster.
    fn fetch(&self, fetch: &Fetch<'_>) -> Result<CallId, Status>;

    /// A value shared by all workers, and its version.
    ///
    /// # Errors
    /// [`Status`].
    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, Status>;

    /// Replaces a shared value if its version is still `version`; with
    /// [`NO_VERSION`], if there is none yet.
    ///
    /// # Errors
    /// [`Status::CasMismatch`] when somebody else was quicker; otherwise [`Status`].
    fn set_shared(&self, key: &str, value: &[u8], version: u32) -> Result<(), Status>;

    /// Registers a metric, or finds it.
    ///
    /// # Errors
    /// [`Status`].
    fn define_metric(&self, kind: MetricKind, name: &str) -> Result<MetricId, Status>;

    /// Adds to a counter.
    ///
    /// # Errors
    /// [`Status`].
    fn add_to_metric(&self, metric: MetricId, amount: i64) -> Result<(), Status>;

    /// Sets a gauge, or adds a value to a histogram.
    ///
    /// # Errors
    /// [`Status`].
    fn record_metric(&self, metric: MetricId, value: u64) -> Result<(), Status>;

    /// Calls one of the proxy's own functions by name.
    ///
    /// # Errors
    /// [`Status::NotFound`] when it has none of that name; otherwise [`Status`].
    fn call_foreign(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Status>;
}

/// A version that no shared value has: the proxies count from 1. Writing with version 0 would
/// replace a value that another worker wrote in between.
pub const NO_VERSION: u32 = u32::MAX;
