//! A group that is in the database while its sync is under way, so that the next one is made meanwhile.
//!
//! Only a group that appends and does nothing else is synced apart from its COMMIT. Its frames can be read from the database before
//! they are durable, but nobody looks for them there: the index tells readers where a log ends, and the group is shown
//! there when it has landed. Facts are looked up in the database itself, so a group that changes any is synced within
//! its COMMIT, before SQLite lets others see it.
//!
//! There is at most one such group. The next one is made on top of it, and committed after it has landed: nothing is
//! built on what turned out to be in doubt.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use stdx::{Clock, DataDir, InPlace, Tasks};
use storage::{Error, Kind, LogId};

use super::Writer;
use super::commit::Failure;
use super::seal::{Change, Sealed};
use crate::connection::WAL;
use crate::job::Job;
use crate::queue::Room;

/// When a group is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sync {
    /// In its COMMIT, before anybody can see it.
    Within,
    /// After it.
    After,
}

/// A group that is committed, and neither durable nor shown.
pub(crate) struct Flight {
    pub(super) sealed: Sealed,
    pub(super) jobs: Vec<Job>,
    pub(super) room: Room,
    /// Whether its sync was ordered.
    pub(super) is_syncing: bool,
}

impl Flight {
    /// What it did to a log.
    pub(super) fn change(&self, log: LogId) -> Option<&Change> {
        let changes = &self.sealed.changes;
        // They come from a map by log.
        let at = changes.binary_search_by_key(&log, |change| change.state.id).ok()?;
        changes.get(at)
    }
}

/// Syncs the write-ahead log, here or on a thread of its own.
pub(crate) struct Syncer {
    wal: Arc<InPlace>,
    clock: Arc<dyn Clock>,
    orders: SyncSender<()>,
    done: Receiver<io::Result<Duration>>,
}

impl Syncer {
    /// The write-ahead log must be there. The thread ends with the syncer.
    pub(crate) fn start(dir: &DataDir, clock: &Arc<dyn Clock>, tasks: &Tasks) -> io::Result<Self> {
        let wal = Arc::new(dir.open_in_place(WAL)?);
        // One order at a time.
        let (orders, ordered) = sync_channel(1);
        let (to, done) = sync_channel(1);
        let (file, clock) = (Arc::clone(&wal), Arc::clone(clock));
        let timed = Arc::clone(&clock);
        tasks.thread("store-syncer", move || {
            while ordered.recv().is_ok() && to.send(sync(&file, &*timed)).is_ok() {}
        })?;
        Ok(Self { wal, clock, orders, done })
    }

    fn order(&self) -> bool {
        self.orders.send(()).is_ok()
    }

    /// How long the sync took that was ordered.
    fn wait(&self) -> io::Result<Duration> {
        let gone = |_gone| io::Error::other("the thread that syncs is gone");
        self.done.recv().map_err(gone)?
    }

    fn sync(&self) -> io::Result<Duration> {
        sync(&self.wal, &*self.clock)
    }
}

fn sync(wal: &InPlace, clock: &dyn Clock) -> io::Result<Duration> {
    let started = clock.monotonic();
    wal.sync_data()?;
    Ok(clock.monotonic().saturating_sub(started))
}

impl Writer {
    /// How a group of these jobs is to be synced. While there are frames to remove, which groups do beside their jobs,
    /// within the COMMIT: what is in flight only adds to logs.
    pub(super) fn sync_of(&self, jobs: &[Job]) -> Sync {
        let appends = !jobs.is_empty() && jobs.iter().all(Job::only_appends);
        let is_light = appends && self.litter.is_empty();
        if is_light && self.syncer.is_some() { Sync::After } else { Sync::Within }
    }

    /// There is something to do meanwhile: starts the sync of the group that is in flight.
    pub(super) fn sync_aside(&mut self) {
        if let (Some(flight), Some(syncer)) = (&mut self.flight, &self.syncer)
            && !flight.is_syncing
        {
            flight.is_syncing = syncer.order();
        }
    }

    /// Makes the group in flight durable, if there is one, shows it to readers and answers its jobs.
    ///
    /// # Errors
    /// If its sync failed, which is shown before anybody is answered: the process must end.
    pub(super) fn land(&mut self) -> Result<(), Failure> {
        let Some(flight) = self.flight.take() else { return Ok(()) };
        let synced = match &self.syncer {
            Some(syncer) if flight.is_syncing => syncer.wait(),
            Some(syncer) => syncer.sync(),
            None => Err(io::Error::other("nobody syncs")),
        };
        let in_doubt = |error| {
            let text = "commit may not have happened";
            Failure::Fatal(Error::with_source(Kind::Indefinite, text, error))
        };
        let landed = synced.map_err(in_doubt).and_then(|synced| {
            self.count(flight.sealed.committed_in + synced, &flight.sealed);
            self.write_mark(&flight.sealed)
        });
        match landed {
            Ok(()) => {
                self.arrive(flight);
                Ok(())
            }
            Err(failure) => {
                let error = failure.into_error();
                self.shared.give_up(&error);
                flight.jobs.into_iter().for_each(|job| job.refuse(error.repeat()));
                Err(Failure::Fatal(error))
            }
        }
    }

    /// A group is durable: shows it to readers and answers its jobs.
    pub(super) fn arrive(&mut self, flight: Flight) {
        let Flight { sealed, jobs, room, .. } = flight;
        let outcomes = self.show(sealed);
        drop(room);
        jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
    }
}
