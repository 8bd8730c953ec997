//! Giving room back: pages that trimming left free go to the file system when nobody waits for the writer.
//!
//! Free pages are used again by the next records, so as long as records come there is nothing to give back. Only
//! when no record came for a while, or records are refused because the disk is nearly full, the file shrinks.

use std::time::Duration;

use rusqlite::Connection;
use storage::{Error, Health, Kind};

use super::Writer;
use super::flight::Sync;
use crate::connection::{self, PAGE_BYTES};
use crate::error::Result;

/// No job for so long means that there is time.
const IDLE: Duration = Duration::from_millis(100);
/// Free pages that a file may always keep: 16 MiB.
const KEPT_PAGES: u64 = (16 << 20) / PAGE_BYTES;
/// Pages that are given back between two looks at the queue: 4 MiB.
const STEP_PAGES: u64 = 256;

/// Whether there is something to give back.
#[derive(Debug)]
pub(crate) struct Vacuum {
    /// Trimming left pages that nobody has counted yet.
    pub(super) due: bool,
}

impl Default for Vacuum {
    /// An earlier life may have left some.
    fn default() -> Self {
        Self { due: true }
    }
}

impl Writer {
    /// With nothing else to do: gives room back, if there is some to give.
    ///
    /// # Errors
    /// If the store can no longer be trusted.
    pub(super) fn give_back(&mut self, db: &Connection) -> std::result::Result<(), Error> {
        let is_short = self.shared.space.is_short();
        // Asked once a second then, which costs a look at one page.
        self.vacuum.due |= is_short;
        if self.vacuum_patience().is_none() {
            return Ok(());
        }
        let pages = match spare_pages(db, is_short) {
            Ok(pages @ 1..) => pages,
            counted => {
                self.vacuum.due = false;
                if let Err(stop) = counted {
                    let error = stop.into_error();
                    tracing::warn!(error = %stdx::Chain(&error), "free pages cannot be counted");
                }
                return Ok(());
            }
        };
        let vacuumed = self.turn_to(db, Sync::Within).and_then(|()| vacuum(db, pages));
        if let Err(stop) = vacuumed {
            self.vacuum.due = false;
            let error = stop.into_error();
            tracing::warn!(error = %stdx::Chain(&error), "room cannot be given back");
            return match error.kind() {
                Kind::Full if db.is_autocommit() => {
                    self.shared.space.filled();
                    Ok(())
                }
                Kind::Damaged if db.is_autocommit() => Ok(()),
                // A commit may be in doubt.
                _ => Err(error),
            };
        }
        // The file becomes shorter when all of the write-ahead log was copied.
        if !is_short {
            self.checkpoints.demand();
            return Ok(());
        }
        self.checkpoints.checkpoint(db)?;
        self.shared.space.look();
        Ok(())
    }

    /// How long to wait for jobs before giving room back; `None` if there is none to give.
    pub(super) fn vacuum_patience(&self) -> Option<Duration> {
        // A store that is not in order is left as it is.
        let is_well = self.shared.health() == Health::Ready && !self.shared.backups.is_running();
        let is_due = self.vacuum.due && is_well;
        is_due.then_some(if self.shared.space.is_short() { Duration::ZERO } else { IDLE })
    }
}

/// How many pages may be given back now.
fn spare_pages(db: &Connection, is_short: bool) -> Result<u64> {
    let free = count(db, "freelist_count")?;
    let kept = if is_short { 0 } else { KEPT_PAGES.max(count(db, "page_count")? / 4) };
    Ok(free.saturating_sub(kept).min(STEP_PAGES))
}

/// Gives so many pages back.
fn vacuum(db: &Connection, pages: u64) -> Result<()> {
    let mut statement = db.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn count(db: &Connection, pragma: &str) -> Result<u64> {
    Ok(u64::try_from(connection::number(db, pragma)?).unwrap_or(0))
}
