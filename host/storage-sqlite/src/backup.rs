//! Backups: a copy of the store at one moment, made while it works, and what makes a copy a store of its own.
//!
//! A copy is a database without a write-ahead log, the mark that belongs to it, and the blobs. It is a store
//! in every respect: opened as it is, it goes on where the other one was, which is why whoever restores it
//! calls [`make_own`] first.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use parking_lot::Mutex;
use rusqlite::Connection;
use stdx::{Clock, DataDir, Entropy};
use storage::{Digest, Error, Health, Kind, Result, Term};

use crate::connection::{self, FILE};
use crate::error::Stop;
use crate::mark::Mark;
use crate::open::{Recovered, recover};
use crate::verify::Progress;
use crate::writer::NEXT_ID;
use crate::{Options, Sqlite, check, mark};

/// By how much the term rises at least when a copy becomes a store of its own, in seconds: so far may the
/// clock of the other one have been ahead of ours.
const TERM_MARGIN: u32 = 1 << 20;
/// And by how much more at most, at random: so that two copies differ, and no opening of the other one meets
/// the same term but by an accident of one in four million.
const TERM_SPREAD: u32 = 1 << 22;
/// Terms beyond this are left for openings.
const TERM_MAX: u32 = u32::MAX - (1 << 28);
/// Ids that the other one may give meanwhile.
const IDS_SKIPPED: u64 = 1 << 32;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The name of the database.
    pub database: u64,
    /// The term that held.
    pub term: Term,
    /// The newest commit that the copy has.
    pub version: u64,
    /// Blobs beside the database.
    pub blobs: u64,
}

/// What the writer is asked for.
pub(crate) struct Order {
    pub(crate) to: Connection,
    pub(crate) progress: Box<dyn Fn(Progress) -> bool + Send>,
    pub(crate) done: SyncSender<Result<(Moment, Connection)>>,
}

/// The moment of a copy.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) mark: Mark,
}

/// The backup that runs, if one does, and the order that waits for the writer.
#[derive(Default)]
pub(crate) struct Backups {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Option<Order>,
    is_running: bool,
}

impl Backups {
    /// The order that waits.
    pub(crate) fn take(&self) -> Option<Order> {
        self.state.lock().waiting.take()
    }

    /// Whether blobs must stay.
    pub(crate) fn is_running(&self) -> bool {
        self.state.lock().is_running
    }

    fn begin(&self) -> Result<Running<'_>> {
        let mut state = self.state.lock();
        if state.is_running {
            return Err(Error::new(Kind::Conflict, "another backup is being made"));
        }
        state.is_running = true;
        Ok(Running(self))
    }
}

/// Keeps blobs as long as it lives.
struct Running<'a>(&'a Backups);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.state.lock() = State::default();
    }
}

fn disk(what: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::with_source(Kind::Unavailable, what, error)
}

impl Sqlite {
    /// Copies the store, as it is at one moment, into the empty directory `to`, durably. Blocks for as long as
    /// it takes: call it from a thread of its own. Reads and commits go on; blobs are not deleted meanwhile.
    /// `progress` is told how far it is and says whether to go on.
    ///
    /// # Errors
    /// `Conflict` if another copy is being made, `Damaged` if the store is, `Unavailable` if `to` takes no
    /// more, `Closed` if the store is closed meanwhile, `Refused` if it was told not to go on. What was written to `to` is then worth nothing.
    pub fn back_up(
        &self,
        to: &DataDir,
        progress: impl Fn(Progress) -> bool + Send + 'static,
    ) -> Result<Copied> {
        match self.shared.health() {
            Health::Ready | Health::Full(_) => {}
            Health::Damaged(what) | Health::DataLossDetected(what) => {
                let text = format!("the store is damaged and cannot be backed up: {what}");
                return Err(Error::new(Kind::Damaged, text));
            }
            Health::Failed(what) => return Err(Error::new(Kind::Closed, what)),
        }
        let _running = self.shared.backups.begin()?;
        let target = connection::copy_target(to).map_err(Stop::into_error)?;
        let (done, answer) = sync_channel(1);
        let order = Order { to: target, progress: Box::new(progress), done };
        self.shared.backups.state.lock().waiting = Some(order);
        self.shared.queue.nudge();
        // A writer that ends drops the order, unless it ended before: then the queue is closed.
        if self.shared.queue.is_closed() {
            self.shared.backups.take();
        }
        let gone = |_gone| Error::new(Kind::Closed, "the store is closed");
        let (Moment { mark }, target) = answer.recv().map_err(gone)??;
        drop(target);
        let file = to.open(FILE).map_err(disk("backup"))?;
        let file = file.ok_or_else(|| Error::new(Kind::Bug, "the copy is gone"))?;
        file.sync_all().map_err(disk("backup"))?;
        mark::put(to, &mark).map_err(disk("backup"))?;
        let blobs = self.copy_blobs(to)?;
        let Mark { database, term, version, .. } = mark;
        Ok(Copied { database, term, version, blobs })
    }

    /// All blobs: those that the copied facts name are among them, since none is deleted meanwhile.
    fn copy_blobs(&self, to: &DataDir) -> Result<u64> {
        let target = to.make_subdir("blobs").map_err(disk("backup"))?;
        let mut count = 0;
        for name in self.blobs.names().map_err(disk("blobs"))? {
            let Some(digest) = crate::blob::parse(&name) else { continue };
            let Some(bytes) = self.blobs.read(&name).map_err(disk("blobs"))? else { continue };
            if Digest::of(&bytes) != digest {
                let text = format!("blob {digest} no longer has its digest");
                self.shared.damaged(&text);
                return Err(Error::new(Kind::Damaged, text));
            }
            target.replace(&name, &bytes, crate::blob::MODE).map_err(disk("backup"))?;
            count += 1;
        }
        Ok(count)
    }
}

/// Makes the copy in `dir`, which nobody has open, a store of its own, though the one that it is a copy of may
/// live on: it gets a name of its own, its term rises beyond all that the other one has had and away from what
/// it will have, and ids that the other one may give meanwhile are left out. The term that was reached.
///
/// # Errors
/// `Damaged` if the copy is not whole, `Refused` if no term is left, `Unavailable` if the disk is in the way.
pub fn make_own(dir: &DataDir, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> Result<Term> {
    let Recovered { mut writer, db, state, .. } = recover(dir, &Options::default(), clock)?;
    match state.health() {
        Health::Ready => {}
        health => {
            return Err(Error::new(Kind::Damaged, format!("the copy is not whole: {health:?}")));
        }
    }
    let spread = u32::from_le_bytes(entropy.bytes()) % TERM_SPREAD;
    let term = writer.term.0.saturating_add(TERM_MARGIN).saturating_add(spread);
    if term > TERM_MAX {
        let text = format!("term {} leaves no room for another life of this store", writer.term.0);
        return Err(Error::new(Kind::Refused, text));
    }
    writer.term = Term(term);
    writer.database = u64::from_le_bytes(entropy.bytes());
    writer.next_id = writer.next_id.saturating_add(IDS_SKIPPED);
    let number = |number: u64| bytes::Bytes::copy_from_slice(&number.to_le_bytes());
    let (database, next_id) = (writer.database, writer.next_id);
    writer.found(&db, check::DATABASE, number(database))?;
    writer.found(&db, NEXT_ID, number(next_id))?;
    writer.raise_term(&db)?;
    writer.finish(&db)?;
    Ok(writer.term)
}
