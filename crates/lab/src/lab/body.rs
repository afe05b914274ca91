//! Answer bodies that misbehave.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// How a body goes on after its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The connection breaks.
    Break,
    /// So many more bytes of filling come.
    Fill(u64),
    /// Nothing comes, ever.
    Hang,
}

/// A body that misbehaves.
#[derive(Debug)]
pub(super) struct Misbehaving {
    first: Option<Bytes>,
    then: Then,
}

/// The connection is broken off on purpose.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is broken off on purpose")]
pub(super) struct BrokenOff;

impl Misbehaving {
    pub(super) fn new(first: impl Into<Bytes>, then: Then) -> Self {
        Self { first: Some(first.into()), then }
    }
}

impl Body for Misbehaving {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match self.then {
            Then::Break => Poll::Ready(Some(Err(BrokenOff))),
            Then::Hang => Poll::Pending,
            Then::Fill(0) => Poll::Ready(None),
            Then::Fill(left) => {
                let size = left.min(CHUNK);
                self.then = Then::Fill(left - size);
                let filling = vec![b' '; usize::try_from(size).unwrap_or_default()];
                Poll::Ready(Some(Ok(Frame::data(filling.into()))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

const CHUNK: u64 = 64 * 1024;
