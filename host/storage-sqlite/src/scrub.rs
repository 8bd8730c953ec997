//! The scrub: a thread that reads the frames of all logs again, slowly, for as long as the store is open, so that
//! damage is found while there still is a copy of the data elsewhere. It reads what readers see: hidden frames, facts,
//! witnesses, blobs and SQLite's own structures it leaves to [`crate::verify`].

mod logs;

use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::error::{Result, Stop};
use crate::index::LogEntry;
use crate::shared::Shared;
use crate::walk::told;

use logs::Reading;

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
        let mut reading = Reading::start(entry);
        loop {
            let step = reading.step(db, entry)?;
            if !step.damage.is_empty() {
                shared.damaged(&told(&step.damage));
            }
            if self.rest(REST) {
                return Ok(true);
            }
            if step.ended {
                return Ok(false);
            }
        }
    }
}
