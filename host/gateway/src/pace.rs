//! Whether a client is too slow: the time-outs of a connection.
//!
//! HTTP libraries know one time-out for a request's head, which also runs while a connection is idle. Here
//! the two differ: an idle connection may wait long, a head that has begun must come to its end soon. While
//! a request is in hand neither runs out; its body has a pace of its own (see [`crate::body`]). Answers that
//! wait to be written must become fewer all the while (see [`crate::backlog`]); each frame of an answer that is
//! a stream has a time of its own.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, Sleep};

use crate::Limits;
use crate::backlog::Backlog;

/// Which time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Head,
    Idle,
    Write,
    Frame,
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
    /// Milliseconds from the start to the moment at which the server began to end.
    ending_since: AtomicU64,
    backlog: Backlog,
    frame_timeout: Duration,
    frames: Mutex<Frames>,
}

/// When frames must be written, in the order in which they were handed over.
#[derive(Debug, Default)]
struct Frames {
    handed_over: u64,
    due: BTreeMap<u64, Instant>,
}

const NO_HEAD: u64 = u64::MAX;
const NOT_ENDING: u64 = u64::MAX;

/// What a connection without a request gets to end by itself once the server ends: a peer that is frozen, or cut off,
/// answers nothing any more and would take all the time there is for those who have requests.
pub(crate) const ENDS_WITHIN: Duration = Duration::from_secs(1);

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
            ending_since: AtomicU64::new(NOT_ENDING),
            backlog: Backlog::new(limits),
            frame_timeout: limits.frame_timeout,
            frames: Mutex::default(),
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

    /// When which time runs out.
    fn due(&self) -> Option<(Instant, Late)> {
        let frame = self.frames.lock().due.first_key_value().map(|(_, due)| (*due, Late::Frame));
        let write = self.backlog.due().map(|due| (due, Late::Write));
        if let Some(due) = frame.into_iter().chain(write).min_by_key(|(due, _)| *due) {
            return Some(due);
        }
        if self.requests.load(Ordering::Acquire) > 0 {
            return None;
        }
        let at = |ms: u64| self.start + Duration::from_millis(ms);
        let ending_since = self.ending_since.load(Ordering::Relaxed);
        if ending_since != NOT_ENDING {
            let since = ending_since.max(self.quiet_since.load(Ordering::Relaxed));
            return Some((at(since) + ENDS_WITHIN, Late::Idle));
        }
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
                Some((at, Late::Write)) if at <= now && self.backlog.goes_on() => {}
                Some((at, late)) if at <= now => return Poll::Ready(late),
                Some((at, _)) => sleep.as_mut().reset(at),
                None => sleep.as_mut().reset(now + self.idle_timeout),
            }
        }
    }

    /// So many bytes of an answer wait to be written.
    pub(crate) fn waits(&self, bytes: usize) {
        self.backlog.add(bytes);
    }

    /// So many of them were written.
    pub(crate) fn went(&self, bytes: usize) {
        if self.backlog.remove(bytes, true) {
            self.quiet_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// So many of them never will be.
    pub(crate) fn drops(&self, bytes: usize) {
        self.backlog.remove(bytes, false);
    }

    /// A frame of a stream is handed over, and must be written in time.
    pub(crate) fn expects_frame(pace: &Arc<Self>) -> Due {
        let mut frames = pace.frames.lock();
        frames.handed_over += 1;
        let number = frames.handed_over;
        frames.due.insert(number, Instant::now() + pace.frame_timeout);
        drop(frames);
        Due { pace: Arc::clone(pace), number }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(NO_HEAD - 1)
    }

    /// The server ends: a connection without a request is to end soon.
    pub(crate) fn ends(&self) {
        self.ending_since.store(self.now(), Ordering::Relaxed);
    }

    /// Bytes came.
    pub(crate) fn read(&self) {
        if self.watches_heads
            && self.requests.load(Ordering::Relaxed) == 0
            && self.head_since.load(Ordering::Relaxed) == NO_HEAD
        {
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Bytes of whatever kind were sent.
    pub(crate) fn wrote(&self) {
        // With HTTP/2 answers to pings are written, too, so it tells nothing there.
        if self.watches_heads {
            self.quiet_since.store(self.now(), Ordering::Relaxed);
        }
    }
}

/// A frame that is not written yet, until dropped.
pub(crate) struct Due {
    pace: Arc<Pace>,
    number: u64,
}

impl Drop for Due {
    fn drop(&mut self) {
        self.pace.frames.lock().due.remove(&self.number);
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use tokio::time::{sleep_until, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_frame_has_its_own_time() {
        let pace = Arc::new(Pace::http2(Instant::now(), &Limits::default()));
        let _in_hand = InHand::new(&pace);
        let mut sleep = pin!(sleep_until(Instant::now() + Duration::from_secs(75)));
        let start = Instant::now();
        let first = Pace::expects_frame(&pace);
        tokio::time::advance(Duration::from_secs(40)).await;
        let _second = Pace::expects_frame(&pace);
        drop(first);
        let late = poll_fn(|cx| pace.poll_late(sleep.as_mut(), cx)).await;
        assert_eq!((late, start.elapsed().as_secs()), (Late::Frame, 100));
    }

    #[tokio::test(start_paused = true)]
    async fn once_the_server_ends_only_requests_have_time() {
        for http in [Pace::http1, Pace::http2] {
            let pace = Arc::new(http(Instant::now(), &Limits::default()));
            let mut sleep = pin!(sleep_until(Instant::now() + Duration::from_secs(75)));
            let in_hand = InHand::new(&pace);
            tokio::time::advance(Duration::from_secs(5)).await;
            pace.ends();
            let late = poll_fn(|cx| pace.poll_late(sleep.as_mut(), cx));
            assert!(timeout(Duration::from_secs(60), late).await.is_err());
            drop(in_hand);
            let done = Instant::now();
            let late = poll_fn(|cx| pace.poll_late(sleep.as_mut(), cx)).await;
            assert_eq!((late, done.elapsed()), (Late::Idle, ENDS_WITHIN));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_is_too_slow_in_the_first_window_with_too_little() {
        let pace = Pace::http2(Instant::now(), &Limits::default());
        let mut sleep = pin!(sleep_until(Instant::now() + Duration::from_secs(75)));
        pace.waits(100_000);
        let start = Instant::now();
        for _ in 0..20 {
            pace.went(1100);
            let late = poll_fn(|cx| pace.poll_late(sleep.as_mut(), cx));
            assert!(timeout(Duration::from_secs(1), late).await.is_err());
        }
        let late = poll_fn(|cx| pace.poll_late(sleep.as_mut(), cx)).await;
        assert_eq!((late, start.elapsed().as_secs()), (Late::Write, 25));
    }
}
