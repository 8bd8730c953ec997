//! The single-node store: logs, facts and witnesses in one SQLite database, blobs as files beside it.
//!
//! It promises what the traits of `storage` promise, and adds: nothing is acknowledged before SQLite has
//! synced; a database that was shortened or altered behind our back is found at start, when it is read, by
//! the scrub or by [`verify`], and never served as data. The file formats have pages in `host/docs/formats`.
//!
//! | thread | does |
//! |---|---|
//! | store-writer | owns the one connection that writes; groups commits |
//! | store-reader | two of them, at a low priority, answer reads that memory cannot |
//! | store-checkpointer | moves pages from the WAL to the database, syncs the mark |
//! | store-scrub | reads what is stored again, slowly, and checks it |

#![forbid(unsafe_code)]

mod accept;
mod adopt;
mod ahead;
mod backup;
mod blob;
mod catch_up;
mod check;
mod checkpoint;
mod codec;
mod connection;
mod error;
mod facts;
mod index;
mod inspect;
mod job;
mod log;
mod log_state;
mod mark;
mod meta;
mod open;
mod producer;
mod queue;
mod read;
mod scrub;
mod shared;
mod space;
mod table;
#[cfg(test)]
mod testing;
mod verify;
mod walk;
mod witness;
mod workers;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metering::Metrics;
use stdx::{Clock, DataDir, Entropy, Tasks};
use storage::{Commit, Committed, Error, Health, Kind, Result, Store, Term};
use tokio::sync::{oneshot, watch};

use crate::checkpoint::{CAP_BYTES, Checkpoints, FINISH_BYTES};
use crate::job::Job;
use crate::scrub::{FIRST_REST, Scrub};
use crate::shared::Shared;
use crate::workers::{SYSTEM, Workers};

pub use crate::backup::{Copied, make_own};
pub use crate::inspect::{Inspection, Pragma, inspect, sqlite_version};
pub use crate::space::{FreeSpace, Reserve};
pub use crate::verify::{Progress, Report, verify, verify_frozen};

/// Numbers that a host may tune.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of the newest frames that are held in memory for readers at the tail.
    pub ring_bytes: usize,
    /// Bytes of commits that may wait for the writer; who comes after waits outside.
    pub queue_bytes: usize,
    /// Bytes of the write-ahead log at which commits wait until they are copied into the database. Copying beside
    /// commits begins at a small part of that.
    pub wal_bytes: u64,
    /// Bytes of the write-ahead log beyond which commits are refused: more are there only while a reader is stuck.
    pub wal_cap_bytes: u64,
    /// From the opening of the store to the first round of its scrub.
    pub scrub_rest: Duration,
    /// What is kept free on the disk; nothing if not told otherwise.
    pub reserve: Reserve,
    /// Who tells how much is free; the file system if not told otherwise.
    pub free_space: Option<Arc<dyn FreeSpace>>,
    /// Where the store counts what it does.
    pub metrics: Metrics,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ring_bytes: 64 << 20,
            queue_bytes: 64 << 20,
            wal_bytes: FINISH_BYTES,
            wal_cap_bytes: CAP_BYTES,
            scrub_rest: FIRST_REST,
            reserve: Reserve::default(),
            free_space: None,
            metrics: Metrics::new(),
        }
    }
}

/// An open store.
pub struct Sqlite {
    shared: Arc<Shared>,
    workers: Workers,
    checkpoints: Arc<Checkpoints>,
    scrub: Arc<Scrub>,
    blobs: DataDir,
    term: Term,
    pragmas: Vec<Pragma>,
}

impl Sqlite {
    /// Opens the store in `dir`, or makes one. The caller holds the directory's lock.
    ///
    /// A store that lost data opens for reading; [`Store::health`] tells what is missing.
    ///
    /// # Errors
    /// `Damaged` if the files are not readable as a store, `Unavailable` if the system refuses.
    pub fn open(
        dir: &DataDir,
        options: &Options,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
        tasks: &Tasks,
    ) -> Result<Arc<Self>> {
        open::open(dir, options, clock, entropy, tasks)
    }

    /// The settings of the connection that writes, as they were read back from it.
    pub fn pragmas(&self) -> &[Pragma] {
        &self.pragmas
    }

    /// Takes no more commits and reads; those that wait are still done, then the threads end, which
    /// [`Tasks::drained`] tells.
    pub fn close(&self) {
        self.shared.queue.close();
        self.checkpoints.stop();
        self.scrub.stop();
        self.workers.close();
    }

    /// Becomes `Some` when the store failed in a way that only a restart can mend: the process must end.
    pub fn failure(&self) -> watch::Receiver<Option<String>> {
        self.shared.failure()
    }

    /// One round of what the scrub does slowly in the background, now and without rests; what it found, or the first of
    /// it. For tests, and for who cannot wait: it keeps one of the threads that read busy meanwhile.
    ///
    /// # Errors
    /// `Closed` if the store is.
    pub async fn scrub_once(&self) -> Result<Vec<String>> {
        let (scrub, shared) = (Arc::clone(&self.scrub), Arc::clone(&self.shared));
        let blobs = self.blobs.clone();
        self.workers.ask(SYSTEM, move |db| Ok(scrub.run_once(db, &blobs, &shared))).await
    }

    /// Whether a write may be tried.
    fn check_writable(&self) -> Result<()> {
        match self.health() {
            Health::Ready | Health::Damaged(_) | Health::Full(_) => {}
            Health::DataLossDetected(text) => {
                return Err(Error::new(Kind::Unavailable, format!("data loss detected: {text}")));
            }
            Health::Failed(text) => return Err(Error::new(Kind::Closed, text)),
        }
        if self.checkpoints.is_full() {
            // Whether the reader has gone is seen by trying.
            self.checkpoints.demand();
            let text = "the write-ahead log is full: a reader must be stuck";
            return Err(Error::new(Kind::Unavailable, text));
        }
        Ok(())
    }

    /// Whether there is room for what is new.
    pub(crate) fn check_room(&self) -> Result<()> {
        if self.shared.space.is_short() {
            self.shared.metrics.storage.disk_full_refusals.inc();
            return Err(Error::new(Kind::Full, "disk is nearly full"));
        }
        Ok(())
    }

    /// Hands a job to the writer and waits for its answer.
    async fn write<T>(
        &self,
        tenant: u64,
        job: impl FnOnce(oneshot::Sender<Result<T>>) -> Job,
    ) -> Result<T> {
        self.check_writable()?;
        let (to, answer) = oneshot::channel();
        let job = job(to);
        let closed = || Error::new(Kind::Closed, "store is closed");
        let pushed = self.shared.queue.push(tenant, job.bytes(), job).await;
        pushed.map_err(|_closed| closed())?;
        // The writer answers every job that it takes, unless it panicked: then nothing is known.
        let lost = |_gone| Error::new(Kind::Indefinite, "the writer is gone");
        answer.await.map_err(lost)?
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn commit(&self, commit: Commit) -> Result<Committed> {
        if commit.bytes() > Commit::BYTES_MAX {
            let text = format!("commit has more than {} bytes", Commit::BYTES_MAX);
            return Err(Error::new(Kind::Refused, text));
        }
        if !commit.appends.is_empty() && !commit.from_reserve {
            self.check_room()?;
        }
        self.write(commit.tenant, |to| Job::Commit(Box::new(commit), to)).await
    }

    async fn new_ids(&self, count: u64) -> Result<u64> {
        self.write(0, |to| Job::Ids(count, to)).await
    }

    fn term(&self) -> Term {
        self.term
    }

    fn health(&self) -> Health {
        match self.shared.health() {
            Health::Ready => self.shared.space.shortage().map_or(Health::Ready, Health::Full),
            other => other,
        }
    }
}
