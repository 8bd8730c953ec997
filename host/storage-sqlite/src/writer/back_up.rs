//! Copying the database while commits go on: some pages between two commits.
//!
//! SQLite starts a copy over when another connection changes its source, so under load one from elsewhere
//! would never end. What the source's own connection changes it brings to the copy itself. So the copy is
//! made on the writer's connection, and its moment is the commit after which the last page was copied.

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
                let mut copy = Copy { backup, goal: c_int::MAX };
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
            let left = self.backup.progress().remaining;
            if left <= self.goal {
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
