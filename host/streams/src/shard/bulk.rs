//! Turns of large pages: so few are written at a time that processors are left for those who put.
//!
//! Writing a page of 10 MB takes a processor for some milliseconds, and whoever reads old records asks for the next page
//! at once. Four readers kept both processors of a machine, and the p99 of ingest rose to seven times of what it was.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Pages with less take no turn: they are written in a quarter of a millisecond.
const BYTES_MIN: usize = 256 * 1024;

/// Gives turns, in the order in which they are asked for; who asks waits outside, without a thread.
#[derive(Debug)]
pub(crate) struct Bulk(Arc<Semaphore>);

/// Taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Default for Bulk {
    /// Half of the processors, but one in any case.
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

impl Bulk {
    /// Waits for a turn, if a page with so many bytes needs one.
    pub(crate) async fn turn(&self, bytes: usize) -> Option<Turn> {
        if bytes < BYTES_MIN {
            return None;
        }
        // It is never closed.
        Arc::clone(&self.0).acquire_owned().await.ok().map(Turn)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn large_pages_take_turns_and_small_ones_pass() {
        let bulk = Bulk(Arc::new(Semaphore::new(1)));
        let ask = |bytes| bulk.turn(bytes).now_or_never();
        let first = ask(BYTES_MIN).unwrap();
        assert!(first.is_some());
        assert!(ask(BYTES_MIN).is_none());
        assert!(ask(BYTES_MIN - 1).unwrap().is_none());
        drop(first);
        assert!(ask(BYTES_MIN).unwrap().is_some());
    }
}
