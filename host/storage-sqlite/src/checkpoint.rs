//! Keeping the write-ahead log small, off the path of commits.
//!
//! A second thread copies pages from the WAL to the database (PASSIVE, which waits for nobody) once there
//! are some. SQLite starts the WAL over only when all of it was copied and nobody reads
//! it, and under constant load there is always a commit in between: measured without further care, a busy
//! WAL grew to 4 GB in twelve seconds. So past [`FINISH_BYTES`] the writer copies the rest itself, between
//! two commits: a counted pause, after which the WAL starts over (0.3 GB, and faster). Both take turns under
//! one lock, since two checkpoints at once are what the WAL-reset bug needed.
//!
//! A copy ends with a sync of the database, and whoever commits meanwhile has their sync wait behind it: so the second
//! thread copies little at a time. One client with calls of 500 records of 1 KiB, by how much the WAL holds when a copy
//! begins:
//!
//! | MiB | 4 shards: records/s | p99 ms | 200 shards: records/s | p99 ms | single puts/s |
//! |---|---|---|---|---|---|
//! | 16 | 62,800 | 42 | 48,800 | 40 | 1,160 |
//! | 4 | 66,500 | 17 | 49,900 | 19 | |
//! | 2 | 71,100 | 12 | 49,400 | 15 | 1,170 |
//! | 1 | 71,600 | 10 | 51,200 | 14 | 1,050 |
//!
//! With 4 clients the p99 is 43 ms instead of 62 with 2 MiB; with 16 and 64 no difference could be told from noise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;
use stdx::Clock;

use crate::connection::{self, PAGE_BYTES};
use crate::error::Stop;
use crate::mark::MarkFile;
use crate::shared::Shared;

/// The writer finishes here, unless [`crate::Options`] says otherwise.
pub(crate) const FINISH_BYTES: u64 = 64 * 1024 * 1024;
/// The checkpointer starts at this part of that.
const START_PART: u64 = 32;
/// An emptied WAL keeps so many times of it on disk: more than it has when the writer finishes, which is at most a
/// group beyond. With just as much, it was cut each time and grew again, and syncs waited for the file
/// system's journal: 115,000 records a second from 64 clients, and 138,000 like this.
pub(crate) const KEEP: u64 = 2;
/// Writes are refused beyond this, unless [`crate::Options`] says otherwise: a reader must be stuck.
pub(crate) const CAP_BYTES: u64 = 1024 * 1024 * 1024;
/// How often the mark is synced.
const MARK_PERIOD: Duration = Duration::from_secs(1);

/// What writer and checkpointer share.
pub(crate) struct Checkpoints {
    clock: Arc<dyn Clock>,
    /// Bytes of the WAL at which the writer finishes.
    finish_bytes: u64,
    /// Bytes of the WAL beyond which writes are refused.
    cap_bytes: u64,
    /// Pages in the WAL after the last commit.
    pages: AtomicU64,
    /// Where the writer last finished, so that a stuck reader does not make it try after every commit.
    finished_at: AtomicU64,
    running: Mutex<()>,
    wake: Mutex<Wake>,
    woken: Condvar,
}

#[derive(Default)]
struct Wake {
    due: bool,
    stop: bool,
}

impl Checkpoints {
    pub(crate) fn new(clock: Arc<dyn Clock>, finish_bytes: u64, cap_bytes: u64) -> Self {
        Self {
            clock,
            finish_bytes,
            cap_bytes,
            pages: AtomicU64::new(0),
            finished_at: AtomicU64::new(0),
            running: Mutex::new(()),
            wake: Mutex::new(Wake::default()),
            woken: Condvar::new(),
        }
    }

    /// Notes how many pages the WAL holds (SQLite tells after each commit).
    pub(crate) fn note_pages(&self, pages: u64) {
        self.pages.store(pages, Ordering::Relaxed);
        if self.wal_bytes() < self.finished_at.load(Ordering::Relaxed) {
            // The WAL started over.
            self.finished_at.store(0, Ordering::Relaxed);
        }
    }

    /// Bytes of the WAL that hold pages.
    pub(crate) fn wal_bytes(&self) -> u64 {
        self.pages.load(Ordering::Relaxed) * PAGE_BYTES
    }

    /// Whether it holds so much that nothing more is to be written.
    pub(crate) fn is_full(&self) -> bool {
        self.wal_bytes() > self.cap_bytes
    }

    /// Keeps every checkpoint out.
    pub(crate) fn exclusive(&self) -> MutexGuard<'_, ()> {
        self.running.lock()
    }

    /// Whether the writer has to finish after its last commit.
    pub(crate) fn must_finish(&self) -> bool {
        let finished_at = self.finished_at.load(Ordering::Relaxed);
        self.wal_bytes() >= finished_at + self.finish_bytes
    }

    /// Called by the writer between two commits: copies the rest; how long that took.
    ///
    /// # Errors
    /// If the store can no longer be trusted.
    pub(crate) fn finish(&self, db: &Connection) -> storage::Result<Duration> {
        let bytes = self.wal_bytes();
        let started = self.clock.monotonic();
        self.checkpoint(db)?;
        self.finished_at.store(bytes, Ordering::Relaxed);
        Ok(self.clock.monotonic().saturating_sub(started))
    }

    /// Asks for a checkpoint if there is enough to copy.
    pub(crate) fn demand_if_due(&self) {
        if self.wal_bytes() >= self.finish_bytes / START_PART {
            self.demand();
        }
    }

    /// Asks for a checkpoint.
    pub(crate) fn demand(&self) {
        self.wake.lock().due = true;
        self.woken.notify_one();
    }

    /// Copies what can be copied. That others are in the way, or the disk is full, passes; after any other
    /// failure pages that SQLite believes to be in the database may not be there, and the WAL, which still
    /// has them, must not start over: the process must end.
    ///
    /// # Errors
    /// If the store can no longer be trusted.
    pub(crate) fn checkpoint(&self, db: &Connection) -> storage::Result<()> {
        let _exclusive = self.exclusive();
        match connection::checkpoint(db) {
            Ok(true) => {
                // The next commit starts the WAL over and tells how much it wrote.
                self.pages.store(0, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(Stop::Fail(error)) if passes(&error) => {
                tracing::warn!(%error, "checkpoint failed");
                Ok(())
            }
            Err(stop) => Err(stop.into_error()),
        }
    }

    /// The checkpointer's thread: copies when it is told to, syncs the mark and looks for room each second.
    pub(crate) fn run(&self, db: &Connection, mark: &MarkFile, shared: &Shared) {
        let mut synced_at = self.clock.monotonic();
        let since_sync = |synced_at| self.clock.monotonic().saturating_sub(synced_at);
        loop {
            let due = {
                let mut wake = self.wake.lock();
                if !wake.due && !wake.stop {
                    let left = MARK_PERIOD.saturating_sub(since_sync(synced_at));
                    self.woken.wait_for(&mut wake, left);
                }
                if wake.stop {
                    return;
                }
                std::mem::take(&mut wake.due)
            };
            if due && let Err(error) = self.checkpoint(db) {
                return shared.give_up(&error);
            }
            let was_short = shared.space.is_short();
            shared.space.look();
            if was_short {
                // The writer may have room to give back.
                shared.queue.nudge();
            }
            if since_sync(synced_at) >= MARK_PERIOD {
                synced_at = self.clock.monotonic();
                if let Err(error) = mark.sync() {
                    tracing::error!(%error, "mark cannot be synced");
                }
            }
        }
    }

    /// Ends the checkpointer's thread.
    pub(crate) fn stop(&self) {
        self.wake.lock().stop = true;
        self.woken.notify_one();
    }
}

/// Whether a checkpoint that failed so may be tried again.
fn passes(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkpointer_begins_long_before_the_writer_finishes() {
        let clock = Arc::new(stdx::ManualClock::default());
        let checkpoints = Checkpoints::new(clock, FINISH_BYTES, CAP_BYTES);
        let at = |bytes| {
            checkpoints.note_pages(bytes / PAGE_BYTES);
            checkpoints.demand_if_due();
            (std::mem::take(&mut checkpoints.wake.lock().due), checkpoints.must_finish())
        };
        assert_eq!(at((2 << 20) - PAGE_BYTES), (false, false));
        assert_eq!(at(2 << 20), (true, false));
        assert_eq!(at(FINISH_BYTES - PAGE_BYTES), (true, false));
        assert_eq!(at(FINISH_BYTES), (true, true));
    }

    #[test]
    fn a_full_wal_that_can_be_copied_is_not_full_any_more() {
        let temp = tempfile::tempdir().unwrap();
        let db = Connection::open(temp.path().join("db")).unwrap();
        db.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
            .unwrap();
        let clock = Arc::new(stdx::ManualClock::default());
        let checkpoints = Checkpoints::new(clock, FINISH_BYTES, CAP_BYTES);
        checkpoints.note_pages(CAP_BYTES / PAGE_BYTES + 1);
        assert!(checkpoints.is_full());
        checkpoints.checkpoint(&db).unwrap();
        assert_eq!(checkpoints.wal_bytes(), 0);
    }
}
