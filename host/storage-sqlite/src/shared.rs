//! What the writer, the readers and the callers share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use storage::{Error, Health};
use tokio::sync::watch;

use crate::index::Index;
use crate::job::Job;
use crate::queue::Queue;

/// The meeting point.
pub(crate) struct Shared {
    pub(crate) index: Index,
    pub(crate) queue: Queue<Job>,
    pub(crate) counters: Counters,
    health: Mutex<Health>,
    failure: watch::Sender<Option<String>>,
}

/// What happened so far. Read as a snapshot ([`Stats`]), so counting costs one addition.
#[derive(Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    sync_nanos: AtomicU64,
    pauses: AtomicU64,
    pause_nanos: AtomicU64,
    ring_bytes: AtomicU64,
    ring_hits: AtomicU64,
    ring_misses: AtomicU64,
    damaged_reads: AtomicU64,
}

/// Counters of a store since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Group commits.
    pub commits: u64,
    /// Records appended.
    pub records: u64,
    /// Bytes of frames written.
    pub bytes: u64,
    /// Time spent in SQLite's COMMIT, which syncs.
    pub sync: Duration,
    /// Times that the writer paused to finish a checkpoint.
    pub pauses: u64,
    /// Time spent in such pauses.
    pub pause: Duration,
    /// Bytes of frames held in memory.
    pub ring_bytes: u64,
    /// Reads answered from memory.
    pub ring_hits: u64,
    /// Reads that went to SQLite.
    pub ring_misses: u64,
    /// Reads that met damage.
    pub damaged_reads: u64,
    /// Bytes waiting to be written.
    pub queue_bytes: u64,
    /// Bytes of the write-ahead log in use.
    pub wal_bytes: u64,
}

fn add(counter: &AtomicU64, value: u64) {
    counter.fetch_add(value, Ordering::Relaxed);
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Counters {
    pub(crate) fn synced(&self, sync: Duration, (records, bytes): &(u64, u64)) {
        add(&self.commits, 1);
        add(&self.records, *records);
        add(&self.bytes, *bytes);
        add(&self.sync_nanos, nanos(sync));
    }

    pub(crate) fn paused(&self, pause: Duration) {
        add(&self.pauses, 1);
        add(&self.pause_nanos, nanos(pause));
    }

    pub(crate) fn ring(&self, bytes: usize) {
        self.ring_bytes.store(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, from_memory: bool) {
        add(if from_memory { &self.ring_hits } else { &self.ring_misses }, 1);
    }

    pub(crate) fn damaged(&self) {
        add(&self.damaged_reads, 1);
    }
}

impl Shared {
    pub(crate) fn new(queue_bytes: usize, health: Health) -> Self {
        Self {
            index: Index::default(),
            queue: Queue::new(queue_bytes),
            counters: Counters::default(),
            health: Mutex::new(health),
            failure: watch::Sender::new(None),
        }
    }

    pub(crate) fn health(&self) -> Health {
        self.health.lock().clone()
    }

    /// Nothing will be written any more.
    pub(crate) fn fail(&self, error: &Error) {
        let text = stdx::Chain(error).to_string();
        *self.health.lock() = Health::Failed(text.clone());
        self.failure.send_replace(Some(text));
    }

    /// Stored bytes were found damaged: reads of them fail, the rest goes on.
    pub(crate) fn damaged(&self, text: &str) {
        tracing::error!(finding = text, "stored bytes are damaged");
        self.counters.damaged();
        let mut health = self.health.lock();
        if *health == Health::Ready {
            *health = Health::Damaged(text.to_owned());
        }
    }

    pub(crate) fn failure(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }

    pub(crate) fn stats(&self, wal_bytes: u64) -> Stats {
        let counters = &self.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            commits: read(&counters.commits),
            records: read(&counters.records),
            bytes: read(&counters.bytes),
            sync: Duration::from_nanos(read(&counters.sync_nanos)),
            pauses: read(&counters.pauses),
            pause: Duration::from_nanos(read(&counters.pause_nanos)),
            ring_bytes: read(&counters.ring_bytes),
            ring_hits: read(&counters.ring_hits),
            ring_misses: read(&counters.ring_misses),
            damaged_reads: read(&counters.damaged_reads),
            queue_bytes: self.queue.bytes() as u64,
            wal_bytes,
        }
    }
}
