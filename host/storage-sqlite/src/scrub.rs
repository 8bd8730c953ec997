//! The scrub: a thread that reads everything again, slowly, for as long as the store is open, so that
//! damage is found while there still is a copy of the data elsewhere.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::error::{Result, Stop};
use crate::index::LogEntry;
use crate::shared::Shared;
use crate::walk::{Cursor, Seen, walk};

/// How much is read at a time ...
const STEP_BYTES: u64 = 1024 * 1024;
/// ... and how long it rests after that: at most 4 MiB/s.
const REST: Duration = Duration::from_millis(250);
/// From the end of one round to the beginning of the next.
const ROUND_REST: Duration = Duration::from_secs(3600);

/// Tells the scrub to end.
#[derive(Default)]
pub(crate) struct Scrub {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Scrub {
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
    pub(crate) fn run(&self, db: &Connection, shared: &Shared) {
        while !self.rest(ROUND_REST) {
            for entry in shared.index.all() {
                match self.log(db, &entry, shared) {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(stop) => {
                        let error = stop.into_error();
                        tracing::warn!(error = %stdx::Chain(&error), "scrub could not read a log");
                    }
                }
            }
        }
    }

    /// Reads one log; whether it is time to end.
    fn log(&self, db: &Connection, entry: &Arc<LogEntry>, shared: &Shared) -> Result<bool, Stop> {
        let mut cursor = Cursor::start(&entry.state());
        loop {
            let ended = step(db, entry, shared, &mut cursor)?;
            if self.rest(REST) {
                return Ok(true);
            }
            if ended {
                return Ok(false);
            }
        }
    }
}

/// Reads on in one log; whether its end was reached.
pub(crate) fn step(
    db: &Connection,
    entry: &LogEntry,
    shared: &Shared,
    cursor: &mut Cursor,
) -> Result<bool, Stop> {
    let state = entry.state();
    let mut seen = Seen::default();
    let before = *cursor;
    let ended = walk(db, entry.slot, &state, cursor, STEP_BYTES, &mut seen)?;
    let now = entry.state();
    if now.trimmed > before.offset || now.deleted {
        // What was removed under our eyes looks like damage: go on behind it.
        *cursor = Cursor::start(&now);
        return Ok(now.deleted);
    }
    // Commits that came meanwhile lie behind the end that we knew; they may not be published yet.
    let grown = now.tail.next != state.tail.next || cursor.offset > state.tail.next;
    let is_race = grown && ended;
    if !is_race && !seen.findings.is_empty() {
        shared.damaged(&seen.findings.join("; "));
    }
    Ok(ended)
}
