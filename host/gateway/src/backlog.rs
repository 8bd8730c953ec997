//! The bytes of answers that one connection has not written yet, and whether they become fewer.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::Limits;

/// What waits to be written.
#[derive(Debug)]
pub(crate) struct Backlog {
    window: Duration,
    least: usize,
    /// What waits must be gone after so many windows.
    windows: usize,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    waiting: usize,
    /// Written in the present window.
    went: usize,
    /// To be written in it.
    due: usize,
    /// When the present window began; none while nothing waits.
    since: Option<Instant>,
}

impl Backlog {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            window: limits.reply_window,
            least: Limits::least(limits.reply_bytes_per_second_min, limits.reply_window),
            windows: windows(limits),
            now: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, bytes: usize) {
        let mut now = self.now.lock();
        now.waiting += bytes;
        if now.since.is_none() {
            now.since = Some(Instant::now());
            now.went = 0;
            now.due = self.due_of(now.waiting);
        }
    }

    /// Tells whether that was all.
    pub(crate) fn remove(&self, bytes: usize, is_written: bool) -> bool {
        let mut now = self.now.lock();
        now.waiting = now.waiting.saturating_sub(bytes);
        if is_written {
            now.went += bytes;
        }
        if now.waiting == 0 {
            now.since = None;
        }
        now.waiting == 0
    }

    /// When enough must have been written; nothing while nothing waits.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.now.lock().since.map(|since| since + self.window)
    }

    /// What must be written in a window at whose start so much waits.
    fn due_of(&self, waiting: usize) -> usize {
        self.least.max(waiting / self.windows)
    }

    /// Begins another window if enough was written in this one.
    pub(crate) fn goes_on(&self) -> bool {
        let mut now = self.now.lock();
        let is_enough = now.went >= now.due;
        if is_enough {
            now.went = 0;
            now.due = self.due_of(now.waiting);
            now.since = now.since.map(|_| Instant::now());
        }
        is_enough
    }
}

fn windows(limits: &Limits) -> usize {
    let windows = limits.reply_time.as_millis() / limits.reply_window.as_millis().max(1);
    usize::try_from(windows).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_window_is_open_while_something_waits() {
        let backlog = Backlog::new(&Limits::default());
        let window = Duration::from_secs(5);
        assert_eq!(backlog.due(), None);
        backlog.add(8000);
        let first = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        backlog.add(8000);
        assert_eq!(backlog.due(), Some(first + window));
        assert!(!backlog.remove(5119, true) && !backlog.goes_on());
        // What is dropped was not read by anybody.
        assert!(!backlog.remove(1000, false) && !backlog.goes_on());
        assert!(!backlog.remove(1, true) && backlog.goes_on());
        assert_eq!(backlog.due(), Some(Instant::now() + window));
        assert!(!backlog.goes_on());
        assert!(backlog.remove(9880, true));
        assert_eq!(backlog.due(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_holds_much_reads_fast() {
        let backlog = Backlog::new(&Limits::default());
        backlog.add(24 << 20);
        assert!(!backlog.remove((1 << 20) - 1, true) && !backlog.goes_on());
        assert!(!backlog.remove(1, true) && backlog.goes_on(), "one of 24 windows");
        assert!(!backlog.remove(1 << 19, true) && !backlog.goes_on());
    }
}
