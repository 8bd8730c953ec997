//! The scrub: a thread that reads what is stored again, slowly, for as long as the store is open, so that damage is found
//! while there still is a copy of the data elsewhere.
//!
//! A round reads the witnesses and their chain, log rows and facts with their checksums and, where they are few enough for
//! one look, what they add up to; the blobs; and the frames that readers see, with their chain. Nothing of it needs the
//! writer to wait, and no look at the database is longer than some MiB. What would need all of the database in one
//! transaction it leaves to [`crate::verify`]: SQLite's own structures, frames of no log, and the sums over large tables;
//! and frames that are hidden, which are being removed.

mod logs;
mod tables;

use std::ops::ControlFlow;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use stdx::DataDir;

use crate::error::{Result, Stop};
use crate::index::LogEntry;
use crate::shared::Shared;
use crate::walk::told;
use crate::{blob, verify};

use logs::Reading;
use tables::{Facts, LogRows, Table};

/// How much of a log is read at a time ...
const STEP_BYTES: u64 = 1024 * 1024;
/// ... and how long it rests after so much of anything: at most 4 MiB/s.
const REST: Duration = Duration::from_millis(250);
/// From the opening of the store to the first round, unless [`crate::Options`] says otherwise: a start is not to be
/// slowed, and a server that is started anew every hour is to be read all the same.
pub(crate) const FIRST_REST: Duration = Duration::from_secs(60);
/// From the end of one round to the beginning of the next.
const ROUND_REST: Duration = Duration::from_secs(3600);
/// What is kept of what a round found.
const FOUND_MAX: usize = 100;

/// Tells the scrub when to begin and when to end.
pub(crate) struct Scrub {
    first_rest: Duration,
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Scrub {
    pub(crate) fn new(first_rest: Duration) -> Self {
        Self { first_rest, stopped: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn stop(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }

    /// Rests; whether it is time to end.
    fn rest(&self, duration: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, duration);
        }
        *stopped
    }

    /// The thread's work.
    pub(crate) fn run(&self, db: &Connection, blobs: &DataDir, shared: &Shared) {
        let slowly = |bytes| ends(self.rest(pause(bytes)));
        let mut rest = self.first_rest;
        while !self.rest(rest) {
            let mut round = Round { db, blobs, shared, rest: &slowly, found: Vec::new() };
            if round.all().is_break() {
                return;
            }
            rest = ROUND_REST;
        }
    }

    /// One round without rests; what it found, or the first of it.
    pub(crate) fn run_once(
        &self,
        db: &Connection,
        blobs: &DataDir,
        shared: &Shared,
    ) -> Vec<String> {
        let at_once = |_bytes| ends(*self.stopped.lock());
        let mut round = Round { db, blobs, shared, rest: &at_once, found: Vec::new() };
        // A store that is being closed is not read to the end.
        let _ = round.all();
        round.found
    }
}

fn ends(is_time: bool) -> ControlFlow<()> {
    if is_time { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The rest after so many bytes.
fn pause(bytes: u64) -> Duration {
    let steps = u32::try_from(bytes.div_ceil(STEP_BYTES)).unwrap_or(u32::MAX);
    REST.saturating_mul(steps.max(1))
}

/// One reading of the whole store. Each part breaks off when it is time to end.
struct Round<'a> {
    db: &'a Connection,
    blobs: &'a DataDir,
    shared: &'a Shared,
    /// Rests after so many bytes; whether it is time to end.
    rest: &'a dyn Fn(u64) -> ControlFlow<()>,
    found: Vec<String>,
}

impl Round<'_> {
    /// What is short comes first, so that a server that is never up for long is read at least there; logs are in another
    /// order after each start.
    fn all(&mut self) -> ControlFlow<()> {
        // What SQLite kept of the last round says nothing of the disk.
        let forgotten = self.db.execute_batch("PRAGMA shrink_memory").map_err(Stop::from);
        readable(forgotten);
        self.witnesses()?;
        self.table::<LogRows>()?;
        self.table::<Facts>()?;
        self.blobs()?;
        self.shared.index.all().iter().try_for_each(|entry| self.log(entry))
    }

    fn witnesses(&mut self) -> ControlFlow<()> {
        let look = || verify::broken_witnesses(self.db).map(|findings| ((), findings));
        if let Some(((), findings)) = readable(twice(look)) {
            self.damaged(findings);
        }
        (self.rest)(STEP_BYTES)
    }

    fn table<T: Table>(&mut self) -> ControlFlow<()> {
        let mut behind = T::start();
        loop {
            let look = || tables::look::<T>(self.db, &behind, tables::LOOK_BYTES);
            let Some((seen, findings)) = readable(twice(look)) else {
                return ControlFlow::Continue(());
            };
            self.damaged(findings);
            (self.rest)(seen.bytes)?;
            if seen.is_end {
                return ControlFlow::Continue(());
            }
            behind = seen.behind;
        }
    }

    fn blobs(&mut self) -> ControlFlow<()> {
        let names = readable(blob::names(self.blobs)).unwrap_or_default();
        for digest in names {
            let look = || blob::look(self.blobs, digest);
            let Some((bytes, findings)) = readable(twice(look)) else { continue };
            self.damaged(findings);
            (self.rest)(bytes)?;
        }
        ControlFlow::Continue(())
    }

    fn log(&mut self, entry: &LogEntry) -> ControlFlow<()> {
        let mut reading = Reading::start(entry);
        loop {
            let Some(step) = readable(reading.step(self.db, entry)) else {
                return ControlFlow::Continue(());
            };
            self.damaged(step.damage);
            (self.rest)(STEP_BYTES)?;
            if step.ended {
                return ControlFlow::Continue(());
            }
        }
    }

    fn damaged(&mut self, findings: Vec<String>) {
        if findings.is_empty() {
            return;
        }
        self.shared.damaged(&told(&findings));
        let room = FOUND_MAX.saturating_sub(self.found.len());
        self.found.extend(findings.into_iter().take(room));
    }
}

/// What could be read; the round goes on with something else if nothing could.
fn readable<T>(read: Result<T>) -> Option<T> {
    let stop = read.map_err(Stop::into_error);
    stop.inspect_err(|error| tracing::warn!(error = %stdx::Chain(error), "scrub could not read on"))
        .ok()
}

/// What a look came to, with those findings that another look has, too: something may be unreadable just once.
fn twice<T>(look: impl Fn() -> Result<(T, Vec<String>)>) -> Result<(T, Vec<String>)> {
    let (seen, findings) = look()?;
    if findings.is_empty() {
        return Ok((seen, findings));
    }
    let (seen, mut again) = look()?;
    again.retain(|finding| findings.contains(finding));
    Ok((seen, again))
}
