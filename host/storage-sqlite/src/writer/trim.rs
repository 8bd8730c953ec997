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

/// Frames that one group commit removes at most: small ones cost by the piece.
const SWEEP_FRAMES: usize = 1024;

/// Frames to remove from one log, and whether they are all that there are.
struct Removable {
    rows: Vec<FrameRow>,
    complete: bool,
}

/// The logs that have frames to remove.
#[derive(Default)]
pub(crate) struct Litter {
    logs: BTreeSet<LogId>,
    /// Logs that SQLite could not read on: left alone for the rest of this life.
    skipped: BTreeSet<LogId>,
    /// The log that is being swept: to blame if SQLite fails.
    sweeping: Option<LogId>,
}

impl Litter {
    pub(crate) fn insert(&mut self, log: LogId) {
        if !self.skipped.contains(&log) {
            self.logs.insert(log);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// The logs on the list, to be put back if the group fails.
    pub(super) fn listed(&self) -> BTreeSet<LogId> {
        self.logs.clone()
    }

    pub(super) fn put_back(&mut self, logs: BTreeSet<LogId>) {
        self.logs = logs;
    }

    /// Leaves the log alone that was being swept when SQLite failed; whether there was one.
    pub(super) fn skip_culprit(&mut self) -> bool {
        let culprit = self.sweeping.take();
        if let Some(log) = culprit {
            self.logs.remove(&log);
            self.skipped.insert(log);
        }
        culprit.is_some()
    }
}

impl Group<'_> {
    /// Removes frames of the logs in `litter`, and takes logs off the list that have none left.
    pub(super) fn sweep(&mut self, litter: &mut Litter, graves: &Graves) -> Result<()> {
        let (mut bytes, mut frames) = (SWEEP_BYTES, SWEEP_FRAMES);
        while bytes > 0
            && frames > 0
            && let Some(log) = litter.logs.first().copied()
        {
            let Some((slot, published)) = self.published(log, graves) else {
                litter.logs.remove(&log);
                continue;
            };
            litter.sweeping = Some(log);
            let removable = self.removable(slot, &published, bytes, frames)?;
            bytes = bytes.saturating_sub(removable.rows.iter().map(|row| row.bytes).sum());
            frames = frames.saturating_sub(removable.rows.len());
            if removable.complete {
                litter.logs.remove(&log);
            }
            if !removable.rows.is_empty() || published.deleted {
                self.adopt(log, slot, published, published.share(slot));
                self.remove(log, &published, &removable)?;
            }
            litter.sweeping = None;
        }
        Ok(())
    }

    /// The log as readers see it: what this group changes is not published yet.
    fn published(&self, log: LogId, graves: &Graves) -> Option<(Slot, LogState)> {
        let living = self.index.get(log).map(|entry| (entry.slot, entry.state()));
        living.filter(|(_, state)| !state.deleted).or_else(|| graves.get(&log).copied())
    }

    /// The oldest frames that end before the visible part, within the budget (but at least one).
    fn removable(
        &self,
        slot: Slot,
        state: &LogState,
        mut bytes: u64,
        frames: usize,
    ) -> Result<Removable> {
        let mut rows: Vec<FrameRow> = Vec::new();
        loop {
            let from = rows.last().map_or(state.trimmed, |row| row.end);
            let places = table::places(self.db, slot, state, from, table::PLACES_READ)?;
            if places.is_empty() {
                return Ok(Removable { rows, complete: true });
            }
            for place in places {
                let row = match table::frame_row(self.db, place)? {
                    Some(row) if row.end <= state.litter_end() => row,
                    // A frame that is missing holds up nobody where everything goes.
                    None if state.deleted => FrameRow::missing(place),
                    _ => return Ok(Removable { rows, complete: true }),
                };
                if bytes == 0 || rows.len() >= frames {
                    return Ok(Removable { rows, complete: false });
                }
                bytes = bytes.saturating_sub(row.bytes);
                rows.push(row);
            }
        }
    }

    fn remove(&mut self, log: LogId, published: &LogState, removable: &Removable) -> Result<()> {
        let Removable { rows, complete } = removable;
        self.swept += rows.len() as u64;
        let Some(touched) = self.touched.get_mut(&log) else { return Ok(()) };
        for row in rows {
            table::delete_frame(self.db, row.id)?;
        }
        if let Some(last) = rows.last() {
            table::delete_places(self.db, touched.slot, last.end)?;
            touched.state.places.retain(|place| place.offset >= last.end);
            touched.state.trimmed = last.end;
            touched.state.trimmed_chain = last.chain;
        }
        // Its slot is free for another log only once nobody can find it: a deletion in this very group is
        // not published yet.
        touched.removed = published.deleted && *complete;
        Ok(())
    }
}
