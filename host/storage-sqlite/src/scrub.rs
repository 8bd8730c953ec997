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
    let log = entry.view();
    if log.state.deleted {
        return Ok(Step { ended: true, findings: Vec::new() });
    }
    if cursor.offset < log.state.trimmed {
        *cursor = Cursor::start(&log.state);
    }
    let mut seen = Seen::default();
    // A group in flight may have put frames behind the end that readers know.
    let end = log.state.tail.next;
    let ended = walk(db, &log, cursor, end, STEP_BYTES, &mut seen)?;
    Ok(Step { ended, findings: seen.findings })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::Millis;
    use metering::Metrics;
    use storage::frame::{Origin, Press};
    use storage::{Append, Health, LogId, RecordsBuilder, Term};

    use super::*;
    use crate::ahead::Row;
    use crate::log_state::{LogState, LogView, Place, Slot};
    use crate::{connection, table};

    const LOG: LogId = LogId(7);
    const SLOT: Slot = Slot(0);

    /// A database from which a log's only frame was swept, and the log's state before that and after it.
    fn database() -> (tempfile::TempDir, Connection, LogView, LogView) {
        let temp = tempfile::tempdir().unwrap();
        let dir = crate::testing::data_dir(temp.path());
        let db = connection::writer(&dir).unwrap();
        let mut state = LogState::new(LOG);
        let mut records = RecordsBuilder::default();
        records.push(b"key", b"data");
        let append = Append { log: LOG, records: records.finish(), arrival: Millis(5) };
        let origin = Origin { log: LOG, term: Term(1), version: 1, id: None };
        let (frames, _) = state.tail.append(&mut Press::expecting(1, 100), origin, [&append]);
        let places = vec![Place { offset: 0, frame: 1 }];
        let before = LogView { slot: SLOT, state, places };
        state.first.offset = 1;
        state.trimmed = 1;
        state.trimmed_chain = frames[0].chain();
        let after = LogView { slot: SLOT, state, places: Vec::new() };
        table::put_log(&db, SLOT, &after.encode()).unwrap();
        (temp, db, before, after)
    }

    /// Scrubs a log that is published as it was before the sweep.
    fn scrub(db: &Connection, entry: &LogEntry) -> Health {
        let temp = tempfile::tempdir().unwrap();
        let dir = crate::testing::data_dir(temp.path());
        let free = Arc::new(dir.clone());
        let space =
            crate::space::Space::open(&dir, crate::Reserve::default(), free, Metrics::new());
        let shared = Shared::new(1024, Health::Ready, space, Metrics::new());
        assert!(!Scrub::default().log(db, entry, &shared).unwrap());
        shared.health()
    }

    #[test]
    fn what_is_found_twice_is_damage() {
        let (_temp, db, before, _) = database();
        let row = Row::of(&before);
        let entry = LogEntry::new(before, row, Term(1));
        assert!(matches!(scrub(&db, &entry), Health::Damaged(_)));
    }

    #[test]
    fn what_a_sweep_does_under_its_eyes_is_no_damage() {
        let (_temp, mut db, before, after) = database();
        let row = Row::of(&before);
        let entry = Arc::new(LogEntry::new(before, row, Term(1)));
        // The scrub has looked at the state already when it asks the database for the first time.
        let published = Arc::clone(&entry);
        let (state, row) = (after.state, Row::of(&after));
        let publish = move || {
            published.publish(state, row, Vec::clear, &[], Term(1));
            false
        };
        db.progress_handler(1, Some(publish)).unwrap();
        assert_eq!(scrub(&db, &entry), Health::Ready);
        assert_eq!(entry.view(), after);
    }
}
