//! The writer: one thread that owns the only connection that writes.
//!
//! It takes what is queued when the previous sync returned, applies it in one transaction, commits (which
//! syncs), overwrites the mark, publishes to the index, and answers. There is no timer: under load groups
//! grow by themselves, alone a put waits for one sync.
//!
//! A failure that leaves the outcome unknown ends the process: the kernel may have marked lost pages clean,
//! so trying again could report a success that did not happen.

mod admit;
mod group;
mod seal;
mod slots;
mod trim;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::Connection;
use stdx::Clock;
use storage::{Error, Frame, Kind, LogId, Term};

use crate::checkpoint::Checkpoints;
use crate::error::Stop;
use crate::facts::HOST;
use crate::index::{LogEntry, Ring};
use crate::job::{Job, Outcome};
use crate::mark::{Mark, MarkFile};
use crate::queue::Batch;
use crate::shared::{Shared, level};
use crate::witness::Witness;

use group::{Graves, Group, Start};
pub(crate) use group::{NEXT_ID, TERM};
use seal::{Change, Sealed};
pub(crate) use slots::Slots;

/// What one group takes from the queue: large enough that the sync is a small part of it, small enough
/// that nobody waits long.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// Everything that only the writer touches.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) shared: Arc<Shared>,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mark: Arc<MarkFile>,
    pub(crate) database: u64,
    pub(crate) term: Term,
    pub(crate) last: Witness,
    pub(crate) next_id: u64,
    pub(crate) next_frame: i64,
    pub(crate) slots: Slots,
    pub(crate) ring: Ring,
    pub(crate) graves: Graves,
    /// Logs with frames to remove.
    pub(crate) litter: BTreeSet<LogId>,
}

/// A group that was applied.
enum Prepared {
    /// Nothing is to be written: every job was refused or known.
    Nothing(Vec<Outcome>),
    Sealed(Sealed),
}

/// How a group failed.
enum Failure {
    /// Nothing was written; the next group may succeed.
    Passing(Error),
    /// The outcome or the database is in doubt: the process must end.
    Fatal(Error),
}

impl Writer {
    /// Works until the queue is closed and empty, or something failed for good.
    pub(crate) fn run(mut self) {
        loop {
            let patience = (!self.litter.is_empty()).then_some(Duration::ZERO);
            let Some(batch) = self.shared.queue.take(GROUP_BYTES, patience) else {
                break;
            };
            if let Err(error) = self.batch(batch) {
                tracing::error!(error = %stdx::Chain(&error), "store failed");
                self.shared.fail(&error);
                for job in self.shared.queue.abandon() {
                    job.refuse(Error::new(Kind::Closed, "store failed"));
                }
                return;
            }
        }
        if let Err(error) = self.finish() {
            tracing::error!(error = %stdx::Chain(&error), "store did not close cleanly");
        }
    }

    /// Syncs the mark and leaves an empty WAL.
    fn finish(&mut self) -> Result<(), Error> {
        let _exclusive = self.checkpoints.exclusive();
        crate::connection::truncate_wal(&self.db).map_err(Stop::into_error)?;
        let unavailable = |error| Error::with_source(Kind::Unavailable, "mark", error);
        self.mark.sync().map_err(unavailable)
    }

    fn batch(&mut self, batch: Batch<Job>) -> Result<(), Error> {
        let (jobs, room) = batch.split();
        match self.group(&jobs) {
            Ok(Prepared::Nothing(outcomes)) => {
                jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
                Ok(())
            }
            Ok(Prepared::Sealed(sealed)) => {
                let Sealed { witness, next_id, next_frame, outcomes, changes, .. } = sealed;
                self.last = witness;
                self.next_id = next_id;
                self.next_frame = next_frame;
                changes.into_iter().for_each(|change| self.publish(change));
                drop(room);
                jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
                self.relieve_wal();
                Ok(())
            }
            Err(Failure::Passing(error)) => {
                jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
                Ok(())
            }
            Err(Failure::Fatal(error)) => {
                jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
                Err(error)
            }
        }
    }

    /// One group commit, durable when it returns.
    fn group(&mut self, jobs: &[Job]) -> Result<Prepared, Failure> {
        let slots = self.slots.clone();
        let sealed = match self.prepare(jobs) {
            Ok(Prepared::Sealed(sealed)) => sealed,
            Ok(nothing) => return Ok(nothing),
            Err(stop) => {
                self.slots = slots;
                return Err(self.roll_back(stop));
            }
        };
        let started = self.clock.monotonic();
        if let Err(error) = self.db.execute_batch("COMMIT") {
            self.slots = slots;
            return Err(self.commit_failed(error));
        }
        let synced = self.clock.monotonic().saturating_sub(started);
        self.count(synced, &sealed);
        let mark = Mark::of(self.database, &sealed.witness);
        self.mark.write(&mark).map_err(|error| {
            Failure::Fatal(Error::with_source(Kind::Indefinite, "mark cannot be written", error))
        })?;
        Ok(Prepared::Sealed(sealed))
    }

    fn prepare(&mut self, jobs: &[Job]) -> Result<Prepared, Stop> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let mut group = Group::new(Start {
            db: &self.db,
            index: &self.shared.index,
            graves: &self.graves,
            slots: &mut self.slots,
            last: &self.last,
            term: self.term,
            next_id: self.next_id,
            next_frame: self.next_frame,
        });
        for job in jobs {
            group.apply(job)?;
        }
        group.sweep(&mut self.litter, &self.graves)?;
        if group.is_empty() {
            let outcomes = group.outcomes();
            self.db.execute_batch("ROLLBACK")?;
            return Ok(Prepared::Nothing(outcomes));
        }
        group.seal(&self.last).map(Prepared::Sealed)
    }

    /// Raises the term before the first append of this opening.
    pub(crate) fn raise_term(&mut self) -> storage::Result<()> {
        let term = Bytes::copy_from_slice(&self.term.0.to_le_bytes());
        self.found(TERM, term)?;
        let unavailable = |error| Error::with_source(Kind::Unavailable, "mark", error);
        self.mark.write(&Mark::of(self.database, &self.last)).map_err(unavailable)?;
        self.mark.sync().map_err(unavailable)
    }

    /// Commits one of the store's own facts, before any job is taken.
    pub(crate) fn found(&mut self, key: &'static [u8], value: Bytes) -> storage::Result<()> {
        let sealed = self.write_fact(key, value).map_err(Stop::into_error)?;
        self.last = sealed.witness;
        Ok(())
    }

    fn write_fact(&mut self, key: &'static [u8], value: Bytes) -> Result<Sealed, Stop> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let last = self.last;
        let mut group = self.start();
        group.set(&HOST, key, value)?;
        let sealed = group.seal(&last)?;
        self.db.execute_batch("COMMIT")?;
        Ok(sealed)
    }

    fn start(&mut self) -> Group<'_> {
        Group::new(Start {
            db: &self.db,
            index: &self.shared.index,
            graves: &self.graves,
            slots: &mut self.slots,
            last: &self.last,
            term: self.term,
            next_id: self.next_id,
            next_frame: self.next_frame,
        })
    }

    fn roll_back(&self, stop: Stop) -> Failure {
        let rolled_back = self.db.is_autocommit() || self.db.execute_batch("ROLLBACK").is_ok();
        match stop {
            Stop::Refuse(error) => Failure::Fatal(error),
            Stop::Fail(error) => {
                let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
                let error = Error::with_source(Kind::Unavailable, "nothing was written", error);
                if full && rolled_back { Failure::Passing(error) } else { Failure::Fatal(error) }
            }
        }
    }

    fn commit_failed(&self, error: rusqlite::Error) -> Failure {
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        if full {
            // The commit record did not fit into the WAL, so the commit did not happen.
            return self.roll_back(Stop::Fail(error));
        }
        Failure::Fatal(Error::with_source(Kind::Indefinite, "commit may not have happened", error))
    }

    fn count(&self, synced: Duration, sealed: &Sealed) {
        let (records, bytes) = sealed.changes_total();
        let storage = &self.shared.metrics.storage;
        storage.commits.inc();
        storage.commit_records.inc_by(records);
        storage.commit_bytes.inc_by(bytes);
        storage.trimmed_frames.inc_by(sealed.swept);
        storage.commit_sync_seconds.observe(synced);
        storage.wal_bytes.set(level(self.checkpoints.wal_bytes()));
        storage.queue_bytes.set(level(self.shared.queue.bytes() as u64));
        storage.ring_bytes.set(level(self.ring.bytes() as u64));
    }

    fn publish(&mut self, change: Change) {
        let Change { slot, state, frames, created, removed } = change;
        let index = &self.shared.index;
        if removed {
            self.graves.remove(&state.id);
            self.slots.give_back(slot);
            return;
        }
        if state.deleted {
            index.remove(state.id);
            self.graves.insert(state.id, (slot, state));
            self.litter.insert(state.id);
            return;
        }
        let entry = match index.get(state.id) {
            Some(entry) if !created => entry,
            _ => index.insert(LogEntry::new(slot, state, self.term)),
        };
        entry.publish(state, &frames, self.term);
        let frames: &[Arc<Frame>] = &frames;
        frames.iter().for_each(|frame| self.ring.push(&entry, frame));
        if state.has_litter() {
            self.litter.insert(state.id);
        }
    }

    /// Keeps the WAL small: usually the checkpointer does, but a busy WAL is never empty of readers' and
    /// writers' frames at once, so past a bound the writer finishes the rest between two commits.
    fn relieve_wal(&self) {
        match self.checkpoints.after_commit(&self.db) {
            Ok(Some(pause)) => {
                let storage = &self.shared.metrics.storage;
                storage.checkpoints.inc();
                storage.checkpoint_pause_seconds.observe(pause);
            }
            Ok(None) => {}
            Err(stop) => {
                let error = stop.into_error();
                tracing::warn!(error = %stdx::Chain(&error), "checkpoint failed");
            }
        }
    }
}
