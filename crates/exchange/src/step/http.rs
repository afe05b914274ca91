//! HTTP requests and answers as plain data.

use std::fmt;

use vicar_token::UnixSeconds;
use zeroize::Zeroizing;

use super::Form;
use crate::Secret;

/// A request for the host to send. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute address; holds no secret.
    pub url: String,
    /// Headers, names in lower case; none holds a secret.
    pub headers: Vec<(&'static str, String)>,
    /// The body's fields; none with [`Method::Get`].
    pub form: Form,
    /// What to do with a redirect.
    pub redirects: Redirects,
    /// Longest body to read; a longer one is [`Carriage::TooLarge`](crate::Carriage::TooLarge).
    pub max_bytes: usize,
    /// When the whole answer must be there, in seconds since 1970; then
    /// [`Carriage::Deadline`](crate::Carriage::Deadline).
    pub deadline: UnixSeconds,
}

/// Which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// As HTTP writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What to do with an answer of status 3xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Bring it back like any other answer; never follow it.
    Refuse,
}

/// An answer.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// `content-type`, if there is one.
    pub content_type: Option<String>,
    /// `retry-after`, if there is one.
    pub retry_after: Option<String>,
    /// The body, wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl HttpResponse {
    /// An answer; takes over the body.
    pub fn new(
        status: u16,
        content_type: Option<String>,
        retry_after: Option<String>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self { status, content_type, retry_after, body: Zeroizing::new(body.into()) }
    }

    /// An answer with a JSON body and nothing else.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, Some("application/json".to_owned()), None, body)
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("retry_after", &self.retry_after)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

impl HttpRequest {
    /// The body to send.
    pub fn body(&self) -> Secret {
        self.form.encode()
    }

    /// The request as text, every secret masked.
    pub const fn masked(&self) -> Masked<'_> {
        Masked(self)
    }
}

/// A request as text, every secret masked: one field of the form a line, so that it can be read.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a>(&'a HttpRequest);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(request) = self;
        writeln!(formatter, "{} {}", request.method.name(), request.url)?;
        for (name, value) in &request.headers {
            writeln!(formatter, "{name}: {value}")?;
        }
        for field in request.form.fields() {
            write!(formatter, "\n  {} = {}", field.name, field.value.shown())?;
        }
        Ok(())
    }
}
