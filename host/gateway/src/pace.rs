//! Whether a client is too slow: the time-outs of a connection that no request is being worked on.
//!
//! HTTP libraries know one time-out for a request's head, which also runs while a connection is idle. Here
//! the two differ: an idle connection may wait long, a head that has begun must come to its end soon. While
//! a request is in hand nothing runs out; its body has a pace of its own (see [`crate::body`]).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::Limits;

/// Which time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Head,
    Idle,
}

/// What one connection has done lately.
#[derive(Debug)]
pub(crate) struct Pace {
    start: Instant,
    head_timeout: Duration,
    idle_timeout: Duration,
    /// Whether a byte that arrives belongs to a head. With HTTP/2 most do not.
    watches_heads: bool,
    requests: AtomicUsize,
    /// Milliseconds from the start to the last sign of work.
    quiet_since: AtomicU64,
    /// Milliseconds from the start to the first byte of the head that is arriving.
    head_since: AtomicU64,
}

const NO_HEAD: u64 = u64::MAX;

impl Pace {
    /// The pace of a connection that was accepted at `start`, whose first head is due from then on.
    pub(crate) fn http1(start: Instant, limits: &Limits) -> Self {
        Self {
            start,
            head_timeout: limits.head_timeout,
            idle_timeout: limits.idle_timeout,
            watches_heads: true,
            requests: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(0),
        }
    }

    /// The pace of a connection whose frames are none of our business.
    pub(crate) fn http2(start: Instant, limits: &Limits) -> Self {
        Self {
            watches_heads: false,
            head_since: AtomicU64::new(NO_HEAD),
            ..Self::http1(start, limits)
        }
    }

    /// When which time runs out, unless a request is in hand.
    fn due(&self) -> Option<(Instant, Late)> {
        if self.requests.load(Ordering::Acquire) > 0 {
            return None;
        }
        let at = |ms: u64| self.start + Duration::from_millis(ms);
        Some(match self.head_since.load(Ordering::Relaxed) {
            NO_HEAD => {
                let quiet_since = at(self.quiet_since.load(Ordering::Relaxed));
                (quiet_since + self.idle_timeout, Late::Idle)
            }
            since => (at(since) + self.head_timeout, Late::Head),
        })
    }

    /// Resolves when a time has run out. To be polled after the connection, which may have changed it;
    /// `sleep` belongs to the connection and wakes it.
    pub(crate) fn poll_late(&self, mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Late> {
        loop {
            if let Some((at, _)) = self.due()
                && at < sleep.deadline()
            {
                sleep.as_mut().reset(at);
            }
            ready!(sleep.as_mut().poll(cx));
            let now = Instant::now();
            match self.due() {
                Some((at, late)) if at <= now => return Poll::Ready(late),
                Some((at, _)) => sleep.as_mut().reset(at),
                None => sleep.as_mut().reset(now + self.idle_timeout),
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(NO_HEAD - 1)
    }

    fn read(&self) {
        if self.watches_heads
            && self.requests.load(Ordering::Relaxed) == 0
            && self.head_since.load(Ordering::Relaxed) == NO_HEAD
        {
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    fn wrote(&self) {
        // With HTTP/2 answers to pings are written, too, so it tells nothing there.
        if self.watches_heads {
            self.quiet_since.store(self.now(), Ordering::Relaxed);
        }
    }
}

/// A request in hand, until dropped.
pub(crate) struct InHand(Arc<Pace>);

impl InHand {
    pub(crate) fn new(pace: &Arc<Pace>) -> Self {
        pace.requests.fetch_add(1, Ordering::AcqRel);
        pace.head_since.store(NO_HEAD, Ordering::Relaxed);
        Self(Arc::clone(pace))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.quiet_since.store(self.0.now(), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A stream that gives back the bytes that were read to find out the protocol, and tells the pace of the rest.
pub(crate) struct Paced<S> {
    stream: S,
    prefix: Bytes,
    pace: Arc<Pace>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, prefix: Bytes, pace: Arc<Pace>) -> Self {
        Self { stream, prefix, pace }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.prefix.is_empty() {
            let length = self.prefix.len().min(out.remaining());
            out.put_slice(&self.prefix[..length]);
            self.prefix.advance(length);
            return Poll::Ready(Ok(()));
        }
        let before = out.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, out))?;
        if out.filled().len() > before {
            self.pace.read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.pace.wrote();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, pieces))?;
        self.pace.wrote();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
