//! The scrub: a thread that reads everything again, slowly, for as long as the store is open, so that
//! damage is found while there still is a copy of the data elsewhere.

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
    fn log(&self, db: &Connection, entry: &LogEntry, shared: &Shared) -> Result<bool, Stop> {
        let mut cursor = Cursor::start(&entry.state());
        let mut suspect = false;
        loop {
            let before = cursor;
            let step = step(db, entry, &mut cursor)?;
            if !step.findings.is_empty() && suspect {
                shared.damaged(&step.findings.join("; "));
            }
            // What a commit or a sweep does under our eyes looks like damage until it is published: only
            // what is found twice is believed.
            let again = !step.findings.is_empty() && !suspect;
            suspect = again;
            if again {
                cursor = before;
            }
            if self.rest(REST) {
                return Ok(true);
            }
            if step.ended && !again {
                return Ok(false);
            }
        }
    }
}

/// What one step found.
struct Step {
    ended: bool,
    findings: Vec<String>,
}

/// Reads on in one log.
fn step(db: &Connection, entry: &LogEntry, cursor: &mut Cursor) -> Result<Step, Stop> {
    let state = entry.state();
    if state.deleted {
        return Ok(Step { ended: true, findings: Vec::new() });
    }
    if cursor.offset < state.trimmed {
        *cursor = Cursor::start(&state);
    }
    let mut seen = Seen::default();
    let ended = walk(db, entry.slot, &state, cursor, STEP_BYTES, &mut seen)?;
    Ok(Step { ended, findings: seen.findings })
}
