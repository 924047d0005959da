//! A time limit for reading responses. The server waits for a client only while that client reads: a connection whose
//! client stalls is closed, so that it does not keep a response in memory.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::crowd::ConnectionSlot;
use super::old_clients::FirstLine;
use crate::budget::Budget;
use crate::http::request_body::left;

/// How long a client may stall while little memory is left for responses.
const RUSH: Duration = Duration::from_secs(2);

/// How far a connection is, for the stop of the server.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Whether a request is being handled.
    pub(super) busy: AtomicBool,
    /// Bytes written so far. It wraps around.
    pub(super) written: AtomicUsize,
}

/// A stream whose writes fail once its client has stalled for too long. Waiting uses the time up, and reading earns it
/// back.
pub(super) struct Patient<S> {
    stream: S,
    first_line: FirstLine,
    most: Duration,
    left: Duration,
    /// Since when a write waits, and the next moment at which the limits are checked.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// The memory for responses.
    budget: Budget,
    progress: Arc<Progress>,
    /// Freed when the connection ends, also that of a WebSocket.
    _slot: ConnectionSlot,
}

impl<S> Patient<S> {
    pub(super) fn new(
        stream: S,
        most: Duration,
        budget: Budget,
        progress: Arc<Progress>,
        slot: ConnectionSlot,
    ) -> Self {
        let first_line = FirstLine::default();
        Self { stream, first_line, most, left: most, waiting: None, budget, progress, _slot: slot }
    }

    /// Notes the result of a write, and replaces it by an error if the client has run out of time.
    fn checked(&mut self, context: &mut Context<'_>, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if let Poll::Ready(done) = written {
            if let Ok(bytes) = done {
                let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
                self.left = left(self.left, self.most, waited, bytes);
                self.progress.written.fetch_add(bytes, Ordering::Relaxed);
            }
            return Poll::Ready(done);
        }
        let slice = self.left.min(RUSH);
        let (since, timer) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(slice))));
        while timer.as_mut().poll(context).is_ready() {
            let waited = since.elapsed();
            if waited >= self.left || self.budget.is_short() {
                return Poll::Ready(Err(Error::new(
                    ErrorKind::TimedOut,
                    "the client does not read the response",
                )));
            }
            let next = self.left.saturating_sub(waited).min(RUSH).max(Duration::from_millis(1));
            timer.as_mut().reset(Instant::now() + next);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        this.first_line.poll_read(&mut this.stream, context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.checked(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.checked(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
