//! The writer: one thread that owns the only connection that writes.
//!
//! It takes what is queued, applies it in one transaction, commits, syncs, overwrites the mark, publishes to the
//! index, and answers. There is no timer: under load groups grow by themselves, alone a put waits for one sync. Under
//! load the next group is made while the one before is synced ([`flight`]).
//!
//! A failure that leaves the outcome unknown ends the process: the kernel may have marked lost pages clean,
//! so trying again could report a success that did not happen.

mod admit;
mod back_up;
mod commit;
mod flight;
mod group;
mod pack;
mod places;
mod seal;
mod slots;
mod trim;
mod vacuum;

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use stdx::Clock;
use storage::{Error, Frame, Kind, Term};

use crate::ahead::Behind;
use crate::checkpoint::Checkpoints;
use crate::error::Stop;
use crate::index::{LogEntry, Ring};
use crate::job::{Job, Outcome};
use crate::log_state::LogView;
use crate::mark::MarkFile;
use crate::queue::Room;
use crate::shared::{Shared, level};
use crate::witness::Witness;

use commit::{Failure, Made};
use flight::Flight;
pub(crate) use flight::{Sync, Syncer};
use group::Graves;
pub(crate) use group::{NEXT_ID, TERM};
pub(crate) use pack::Page;
use seal::{Change, Sealed};
pub(crate) use slots::Slots;
pub(crate) use trim::Litter;
pub(crate) use vacuum::Vacuum;

/// What one group takes from the queue: large enough that the sync is a small part of it, small enough
/// that nobody waits long.
const GROUP_BYTES: usize = 8 * 1024 * 1024;

/// Everything that only the writer touches, but for its connection, which stands beside it so that a backup
/// may hold on to it while commits go on.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mark: Arc<MarkFile>,
    pub(crate) database: u64,
    pub(crate) term: Term,
    pub(crate) last: Witness,
    pub(crate) next_id: u64,
    pub(crate) next_frame: i64,
    pub(crate) page: Page,
    pub(crate) slots: Slots,
    pub(crate) ring: Ring,
    pub(crate) graves: Graves,
    pub(crate) litter: Litter,
    pub(crate) vacuum: Vacuum,
    pub(crate) behind: Behind,
    /// `None` while nobody but this thread works on the store: every commit syncs.
    pub(crate) syncer: Option<Syncer>,
    pub(crate) flight: Option<Flight>,
    /// How the connection syncs now.
    pub(crate) sync: Sync,
}

/// How the writer's turn ended.
pub(super) enum Turn {
    /// As it should.
    Well,
    /// As it should, and nobody had asked for anything.
    Idle,
    /// With something that passes.
    Badly,
    /// The queue is closed and empty.
    Closed,
    /// The store failed, and has shown it.
    Failed,
}

/// How long the writer rests after a failure before it sweeps on: a full disk stays full for a while.
const REST: Duration = Duration::from_secs(1);

impl Writer {
    /// Works until the queue is closed and empty, or something failed for good.
    pub(crate) fn run(mut self, db: &Connection) {
        let _watch = Watch(Arc::clone(&self.shared));
        let mut rest = Duration::ZERO;
        loop {
            let patience = if self.litter.is_empty() { self.vacuum_patience() } else { Some(rest) };
            let turn = match self.turn(db, patience) {
                turn @ (Turn::Well | Turn::Idle | Turn::Badly) => {
                    match self.shared.backups.take() {
                        Some(order) => self.back_up(db, order),
                        None => turn,
                    }
                }
                ended => ended,
            };
            rest = match turn {
                Turn::Well | Turn::Idle if self.shared.space.is_short() => Duration::ZERO,
                Turn::Well => trim::IDLE,
                Turn::Idle => trim::STEP_PAUSE,
                Turn::Badly => REST,
                Turn::Closed => break,
                Turn::Failed => return,
            };
        }
        if self.shared.has_failed() {
            return;
        }
        if let Err(error) = self.finish(db) {
            tracing::error!(error = %stdx::Chain(&error), "store did not close cleanly");
        }
    }

    /// Waits for jobs, as long as there is patience, and does them.
    fn turn(&mut self, db: &Connection, patience: Option<Duration>) -> Turn {
        // Who waits for the group in flight is not to wait for somebody else's next record.
        let patience = if self.flight.is_some() { Some(Duration::ZERO) } else { patience };
        let Some(batch) = self.shared.queue.take(GROUP_BYTES, patience) else {
            return if self.land().is_ok() { Turn::Closed } else { Turn::Failed };
        };
        let (jobs, room) = batch.split();
        if jobs.is_empty() && self.flight.is_some() {
            return if self.land().is_ok() { Turn::Well } else { Turn::Failed };
        }
        if jobs.is_empty() && self.litter.is_empty() {
            let given_back = self.give_back(db);
            return self.unless_failed(given_back, Turn::Idle);
        }
        let is_idle = jobs.is_empty();
        let worked = self.work(db, jobs, room);
        self.shared.space.look();
        match worked {
            Turn::Well if is_idle => Turn::Idle,
            other => other,
        }
    }

    /// Brings all log rows up to date, syncs the mark and leaves an empty WAL.
    pub(crate) fn finish(&mut self, db: &Connection) -> Result<(), Error> {
        match self.write_rows(db) {
            Ok(()) => {}
            Err(Failure::Passing(error) | Failure::Damaged(error)) => {
                // Nothing was written. Who opens the store next catches up.
                tracing::warn!(error = %stdx::Chain(&error), "log rows were not brought up to date");
            }
            Err(Failure::Fatal(error)) => return Err(error),
        }
        let unavailable = |error| Error::with_source(Kind::Unavailable, "mark", error);
        self.mark.sync().map_err(unavailable)?;
        let _exclusive = self.checkpoints.exclusive();
        crate::connection::truncate_wal(db).map_err(Stop::into_error)
    }

    /// Does jobs in one group commit and answers them. If the store failed, it shows that before anybody is answered.
    fn work(&mut self, db: &Connection, jobs: Vec<Job>, room: Room) -> Turn {
        let sync = self.sync_of(&jobs);
        match self.group(db, &jobs, sync) {
            Ok(Made::Nothing(outcomes)) => {
                jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
                Turn::Well
            }
            Ok(Made::Sealed(sealed)) => {
                let flight = Flight { sealed: *sealed, jobs, room, is_syncing: false };
                match sync {
                    Sync::Within => self.arrive(flight),
                    Sync::After => self.flight = Some(flight),
                }
                let relieved = self.relieve_wal(db);
                self.unless_failed(relieved, Turn::Well)
            }
            Err(Failure::Damaged(error)) => self.work_around(db, jobs, room, &error),
            Err(Failure::Passing(error)) => {
                jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
                let made = self.make_room(db);
                self.unless_failed(made, Turn::Badly)
            }
            Err(Failure::Fatal(error)) => {
                self.shared.give_up(&error);
                jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
                Turn::Failed
            }
        }
    }

    /// `turn`, if what it took went well as well; else the store has failed.
    fn unless_failed(&self, done: Result<(), Error>, turn: Turn) -> Turn {
        match done {
            Ok(()) => turn,
            Err(error) => {
                self.shared.give_up(&error);
                Turn::Failed
            }
        }
    }

    /// The disk is full: records are refused, the reserve is given up, and the write-ahead log, which may be
    /// what fills it, is copied so that it starts over.
    fn make_room(&mut self, db: &Connection) -> Result<(), Error> {
        self.shared.space.filled();
        self.vacuum.due = true;
        self.checkpoints.checkpoint(db)
    }

    /// Damaged pages stop only what needs them: a sweep is given up for that log, and of several jobs each
    /// is tried alone.
    fn work_around(&mut self, db: &Connection, jobs: Vec<Job>, room: Room, error: &Error) -> Turn {
        self.shared.damaged(&stdx::Chain(error).to_string());
        let index = &self.shared.index;
        if self.litter.skip_culprit() || self.behind.give_up(self.next_frame, index) {
            return self.work(db, jobs, room);
        }
        if jobs.len() == 1 {
            jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
            return Turn::Well;
        }
        let mut worst = Turn::Well;
        for job in jobs {
            match self.work(db, vec![job], Room::default()) {
                Turn::Failed => return Turn::Failed,
                Turn::Badly => worst = Turn::Badly,
                Turn::Well | Turn::Idle | Turn::Closed => {}
            }
        }
        worst
    }

    fn count(&self, synced: Duration, sealed: &Sealed) {
        let (records, bytes, plain) = sealed.changes_total();
        let storage = &self.shared.metrics.storage;
        storage.commits.inc();
        storage.commit_records.inc_by(records);
        storage.commit_bytes.inc_by(bytes);
        storage.commit_plain_bytes.inc_by(plain);
        storage.trimmed_frames.inc_by(sealed.swept);
        storage.commit_sync_seconds.observe(synced);
        storage.wal_bytes.set(level(self.checkpoints.wal_bytes()));
        storage.queue_bytes.set(level(self.shared.queue.bytes() as u64));
        storage.ring_bytes.set(level(self.ring.bytes() as u64));
    }

    /// Shows a group that is durable to readers; what its jobs are to be told.
    fn show(&mut self, sealed: Sealed) -> Vec<Outcome> {
        let Sealed { first_frame, outcomes, changes, swept, .. } = sealed;
        self.vacuum.due |= swept > 0;
        let mut behind = Vec::with_capacity(changes.len());
        for change in changes {
            if let Some(ahead) = change.row.ahead
                && ahead.oldest >= first_frame
            {
                behind.push((ahead.oldest, change.state.id));
            }
            self.publish(change);
        }
        behind.sort_unstable();
        behind.into_iter().for_each(|(frame, log)| self.behind.push(frame, log));
        self.behind.settle(&self.shared.index);
        outcomes
    }

    fn publish(&mut self, change: Change) {
        let Change { slot, state, places, row, frames, created, removed } = change;
        let index = &self.shared.index;
        if removed {
            index.remove(state.id);
            self.graves.remove(&state.id);
            self.slots.give_back(slot);
            return;
        }
        if state.deleted {
            index.remove(state.id);
            self.graves.insert(state.id, LogView { slot, state, places: places.all() });
            self.litter.insert(state.id);
            return;
        }
        let (entry, hides_more) = match index.get(state.id) {
            Some(entry) if !created => {
                let hides_more = entry.state().first != state.first;
                let update = |published: &mut Vec<_>| places.update(published);
                entry.publish(state, row, update, &frames, self.term);
                (entry, hides_more)
            }
            // Whole from the start: readers may ask for it as soon as it is there.
            _ => {
                let log = LogView { slot, state, places: places.all() };
                let entry = LogEntry::new(log, row, self.term);
                entry.publish(state, row, |_| {}, &frames, self.term);
                (index.insert(entry), true)
            }
        };
        let frames: &[Arc<Frame>] = &frames;
        frames.iter().for_each(|frame| self.ring.push(&entry, frame));
        // A log that was swept is taken off the list although a frame may be left that readers see the end of: only
        // when its beginning moves on there may be more to remove. One that was swept in part still is on the list.
        if hides_more && state.has_litter() {
            self.litter.insert(state.id);
        }
    }

    /// Keeps the WAL small: usually the checkpointer does, but a busy WAL is never empty of readers' and
    /// writers' frames at once, so past a bound the writer finishes the rest between two commits. Nobody waits for that
    /// who waits for records only.
    fn relieve_wal(&mut self, db: &Connection) -> Result<(), Error> {
        if !self.checkpoints.must_finish() {
            self.checkpoints.demand_if_due();
            return Ok(());
        }
        self.land().map_err(Failure::into_error)?;
        let pause = self.checkpoints.finish(db)?;
        let storage = &self.shared.metrics.storage;
        storage.checkpoints.inc();
        storage.checkpoint_pause_seconds.observe(pause);
        Ok(())
    }
}

/// Fails the store when the writer panics: nobody would answer any more.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        // Whoever waits for a backup hears that there will be none.
        drop(self.0.backups.take());
        if std::thread::panicking() {
            self.0.give_up(&Error::new(Kind::Bug, "the writer panicked"));
        }
    }
}
