//! Copying the database while commits go on: some pages between two commits.
//!
//! SQLite starts a copy over when another connection changes its source, so under load one from elsewhere
//! would never end. What the source's own connection changes it brings to the copy itself, unless it is rolled
//! back: then SQLite starts over, too. So the copy is made on the writer's connection, and its moment is the commit
//! after which the last page was copied.

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::ffi::c_int;
use std::time::Duration;
use storage::{Error, Kind};

use super::{Turn, Writer};
use crate::backup::{Moment, Order};
use crate::connection::PAGE_BYTES;
use crate::error::Stop;
use crate::mark::Mark;
use crate::verify::Progress;

/// Pages that are copied between two commits, and besides as many as the database grew by: 1 MiB, which
/// takes about a millisecond.
const STEP_PAGES: c_int = 64;

impl Writer {
    /// Copies the database into the order's connection and answers the order; commits go on meanwhile.
    /// A copy that fails is an answer.
    pub(super) fn back_up(&mut self, db: &Connection, order: Order) -> Turn {
        let Order { mut to, progress, done } = order;
        let mut end = Turn::Well;
        let copied = match Backup::new(db, &mut to) {
            Err(error) => Err(failed(error)),
            Ok(backup) => {
                let mut copy = Copy { backup, copied: 0, goal: c_int::MAX };
                loop {
                    // The copy's moment is a commit that is durable.
                    if self.land().is_err() {
                        end = Turn::Failed;
                        break Err(Error::new(Kind::Closed, "store failed"));
                    }
                    match copy.step() {
                        Ok(true) => break Ok(self.moment()),
                        Ok(false) if progress(copy.progress()) => {}
                        Ok(false) => break Err(Error::new(Kind::Refused, "the copy was given up")),
                        Err(error) => break Err(failed(error)),
                    }
                    end = self.turn(db, Some(Duration::ZERO));
                    if matches!(end, Turn::Closed | Turn::Failed) {
                        break Err(Error::new(Kind::Closed, "the store is being closed"));
                    }
                }
            }
        };
        // Whoever ordered it may be gone.
        let _ = done.send(copied.map(|moment| (moment, to)));
        end
    }

    fn moment(&self) -> Moment {
        Moment { mark: Mark::of(self.database, &self.last) }
    }
}

fn failed(error: rusqlite::Error) -> Error {
    let beneath = Stop::Fail(error).into_error();
    Error::with_source(beneath.kind(), "the database cannot be copied", beneath)
}

/// A copy on its way.
struct Copy<'a> {
    backup: Backup<'a, 'a>,
    /// Pages copied so far.
    copied: c_int,
    /// So few pages must be left after the next step.
    goal: c_int,
}

impl Copy<'_> {
    /// Copies on, and at least so far that there is an end, however fast the database grows; whether it is
    /// whole.
    fn step(&mut self) -> rusqlite::Result<bool> {
        loop {
            match self.backup.step(STEP_PAGES)? {
                StepResult::Done => return Ok(true),
                StepResult::More => {}
                // Nobody else has the target, and the source is our own: it would be a fault of ours.
                _ => return Err(rusqlite::Error::InvalidQuery),
            }
            let told = self.backup.progress();
            let (left, copied) = (told.remaining, told.pagecount.saturating_sub(told.remaining));
            // A commit that failed and was rolled back, as on a full disk, has SQLite start over: nobody is to wait
            // until it is where it was.
            let starts_over = copied < self.copied;
            self.copied = copied;
            if starts_over || left <= self.goal {
                self.goal = left.saturating_sub(STEP_PAGES);
                return Ok(false);
            }
        }
    }

    fn progress(&self) -> Progress {
        let told = self.backup.progress();
        let bytes = |pages: c_int| u64::try_from(pages).unwrap_or(0) * PAGE_BYTES;
        let total = bytes(told.pagecount);
        Progress { done: total.saturating_sub(bytes(told.remaining)), total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection;

    const FILL: &str =
        "INSERT INTO filler SELECT zeroblob(1048576) FROM (VALUES (1), (2), (3), (4))";

    fn copied(copy: &Copy<'_>) -> u64 {
        copy.progress().done / PAGE_BYTES
    }

    #[test]
    fn a_copy_that_starts_over_takes_turns_all_the_same_and_ends() {
        let (temp, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = connection::writer(&crate::testing::data_dir(temp.path())).unwrap();
        db.execute_batch(&format!("CREATE TABLE filler (bytes BLOB); {FILL}; {FILL}")).unwrap();
        let mut to = connection::copy_target(&crate::testing::data_dir(other.path())).unwrap();
        let step = u64::try_from(STEP_PAGES).unwrap();
        let backup = Backup::new(&db, &mut to).unwrap();
        let mut copy = Copy { backup, copied: 0, goal: c_int::MAX };
        for turn in 1..=4 {
            assert!(!copy.step().unwrap());
            assert_eq!(copied(&copy), turn * step);
        }
        db.execute_batch(&format!("BEGIN; {FILL}; ROLLBACK")).unwrap();
        assert!(!copy.step().unwrap());
        assert_eq!(copied(&copy), step, "SQLite starts over, and so does the turn");
        // What grows is copied with the next turn, as ever.
        db.execute_batch(FILL).unwrap();
        assert!(!copy.step().unwrap());
        assert!(copied(&copy) > 4 * step);
        while !copy.step().unwrap() {}
        drop(copy);
        let bytes = "SELECT sum(length(bytes)) FROM filler";
        let bytes: i64 = to.query_row(bytes, [], |row| row.get(0)).unwrap();
        assert_eq!(bytes, 12 << 20);
    }
}
