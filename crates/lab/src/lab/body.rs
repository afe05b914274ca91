//! Answer bodies that misbehave.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

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
    pause: Option<Pin<Box<Sleep>>>,
}

/// The connection is broken off on purpose.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is broken off on purpose")]
pub(super) struct BrokenOff;

impl Misbehaving {
    pub(super) fn new(first: impl Into<Bytes>, then: Then) -> Self {
        Self { first: Some(first.into()), then, pause: None }
    }
}

impl Body for Misbehaving {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match self.then {
            Then::Break => {
                let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(PAUSE)));
                ready!(pause.as_mut().poll(context));
                Poll::Ready(Some(Err(BrokenOff)))
            }
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
/// Time for what was sent to arrive: a stream of HTTP/2 that breaks at once takes its head along.
const PAUSE: Duration = Duration::from_millis(50);
