//! Removing frames that nobody may see any more: whole ones, a little with each group commit.
//!
//! Only what the index already hides is removed. A reader that finds a gap therefore finds, when it looks
//! again, that the log's beginning has moved: it is never mistaken for damage.

use std::collections::BTreeSet;

use storage::LogId;

use super::group::{Graves, Group};
use crate::error::Result;
use crate::log_state::{LogState, Slot};
use crate::table::{self, FrameRow};

/// What one group commit removes at most: more would be felt by those who wait for it.
const SWEEP_BYTES: u64 = 8 * 1024 * 1024;

/// Places that are looked up at a time.
const PLACES_READ: usize = 64;

impl Group<'_> {
    /// Removes frames of the logs in `litter`, and takes logs off the list that have none left.
    pub(super) fn sweep(&mut self, litter: &mut BTreeSet<LogId>, graves: &Graves) -> Result<()> {
        let mut budget = SWEEP_BYTES;
        while budget > 0
            && let Some(log) = litter.first().copied()
        {
            let Some((slot, published)) = self.published(log, graves) else {
                litter.remove(&log);
                continue;
            };
            let (rows, complete) = self.removable(slot, &published, budget)?;
            budget = budget.saturating_sub(rows.iter().map(|row| row.bytes).sum());
            if complete {
                litter.remove(&log);
            }
            if !rows.is_empty() || published.deleted {
                self.adopt(log, slot, published);
                self.remove(log, &rows)?;
            }
        }
        Ok(())
    }

    /// The log as readers see it: what this group changes is not published yet.
    fn published(&self, log: LogId, graves: &Graves) -> Option<(Slot, LogState)> {
        let living = self.index.get(log).map(|entry| (entry.slot, entry.state()));
        living.filter(|(_, state)| !state.deleted).or_else(|| graves.get(&log).copied())
    }

    /// The oldest frames that end before the visible part, within `budget` (but at least one); whether
    /// those were all.
    fn removable(
        &self,
        slot: Slot,
        state: &LogState,
        mut budget: u64,
    ) -> Result<(Vec<FrameRow>, bool)> {
        let mut found: Vec<FrameRow> = Vec::new();
        loop {
            let from = found.last().map_or(state.trimmed, |row| row.end);
            let places = table::places(self.db, slot, state, from, PLACES_READ)?;
            if places.is_empty() {
                return Ok((found, true));
            }
            for place in places {
                let row = table::frame_row(self.db, place)?;
                let Some(row) = row.filter(|row| row.end <= state.litter_end()) else {
                    return Ok((found, true));
                };
                if budget == 0 {
                    return Ok((found, false));
                }
                budget = budget.saturating_sub(row.bytes);
                found.push(row);
            }
        }
    }

    fn remove(&mut self, log: LogId, rows: &[FrameRow]) -> Result<()> {
        self.swept += rows.len() as u64;
        let Some(touched) = self.touched.get_mut(&log) else {
            return Ok(());
        };
        for row in rows {
            table::delete_frame(self.db, row.id)?;
        }
        if let Some(last) = rows.last() {
            table::delete_places(self.db, touched.slot, last.end)?;
            touched.state.places.retain(|place| place.offset >= last.end);
            touched.state.trimmed = last.end;
            touched.state.trimmed_chain = last.chain;
        }
        // A deleted log is gone when its last frame is.
        touched.removed = touched.state.deleted && touched.state.trimmed == touched.state.tail.next;
        Ok(())
    }
}
