//! Removing frames that nobody may see any more: whole ones, a little with each group commit.
//!
//! As long as records come, frames go with their commits, about twice as many as come, so that what is removed never
//! falls behind. Only when nothing came for a while do they have commits of their own, in small steps with pauses.
//! Measured beside 20 MB/s of ingest: with a sweep of 8 MiB in each commit, and the next as soon as the queue was
//! empty, nearly every put met a sync that was not its own, and the p99 was 1.7 times that without sweeping.
//!
//! Only what the index already hides is removed. A reader that finds a gap therefore finds, when it looks
//! again, that the log's beginning has moved: it is never mistaken for damage.

use std::collections::BTreeSet;
use std::time::Duration;

use storage::LogId;

use super::group::{Group, Touched};
use crate::ahead::Row;
use crate::error::Result;
use crate::log_state::LogView;
use crate::table::{self, FrameRow};

/// What one group commit removes at most: more would be felt by those who wait for it.
const SWEEP_BYTES: u64 = 8 * 1024 * 1024;
/// Frames that one group commit removes at most: small ones cost by the piece.
const SWEEP_FRAMES: usize = 1024;

/// What goes with a commit of others, beside twice of what comes.
const RIDE_BYTES: u64 = 1024 * 1024;
/// The same in frames, beside two for each log that the commit writes to.
const RIDE_FRAMES: usize = 16;

/// What goes in a commit without records: somebody may come meanwhile, and waits for all of it.
const STEP_BYTES: u64 = 2 * 1024 * 1024;
/// The same in frames.
const STEP_FRAMES: usize = 256;
/// Between two such commits: whoever comes meets one seldom, and still 100 MiB go in a second.
pub(super) const STEP_PAUSE: Duration = Duration::from_millis(10);
/// No job for so long means that frames may have commits of their own.
pub(super) const IDLE: Duration = Duration::from_millis(100);

/// What a group commit may remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    bytes: u64,
    frames: usize,
}

impl Allowance {
    /// All that one commit may ever remove: when the disk is nearly full.
    const MOST: Self = Self { bytes: SWEEP_BYTES, frames: SWEEP_FRAMES };
    /// In a commit without jobs.
    const ALONE: Self = Self { bytes: STEP_BYTES, frames: STEP_FRAMES };

    /// Beside jobs that bring so many bytes to so many logs.
    fn beside(bytes: u64, logs: usize) -> Self {
        Self {
            bytes: bytes.saturating_mul(2).saturating_add(RIDE_BYTES).min(SWEEP_BYTES),
            frames: logs.saturating_mul(2).saturating_add(RIDE_FRAMES).min(SWEEP_FRAMES),
        }
    }
}

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
    /// Logs that this group took off the list.
    done: Vec<LogId>,
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

    /// A group begins: nothing that an earlier one did counts any more.
    pub(super) fn begin(&mut self) {
        self.sweeping = None;
        self.done.clear();
    }

    /// The group failed: what it took off the list is listed again.
    pub(super) fn undo(&mut self) {
        self.logs.extend(self.done.drain(..));
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

    fn take_off(&mut self, log: LogId) {
        if self.logs.remove(&log) {
            self.done.push(log);
        }
    }
}

impl Group<'_> {
    /// Removes frames of the logs in `litter`, and takes logs off the list that have none left.
    pub(super) fn sweep(&mut self, litter: &mut Litter, is_short: bool) -> Result<()> {
        if litter.is_empty() {
            return Ok(());
        }
        let Allowance { mut bytes, mut frames } = self.allowance(is_short);
        while bytes > 0
            && frames > 0
            && let Some(log) = litter.logs.first().copied()
        {
            let Some(published) = self.published(log) else {
                litter.take_off(log);
                continue;
            };
            litter.sweeping = Some(log);
            let removable = self.removable(&published.view(), bytes, frames)?;
            bytes = bytes.saturating_sub(removable.rows.iter().map(|row| row.bytes).sum());
            frames = frames.saturating_sub(removable.rows.len());
            if removable.complete {
                litter.take_off(log);
            }
            let is_buried = published.state.deleted;
            if !removable.rows.is_empty() || is_buried {
                self.touched.entry(log).or_insert(published);
                self.remove(log, is_buried, &removable)?;
            }
            litter.sweeping = None;
        }
        Ok(())
    }

    fn allowance(&self, is_short: bool) -> Allowance {
        match (is_short, self.outcomes.is_empty()) {
            (true, _) => Allowance::MOST,
            (false, true) => Allowance::ALONE,
            (false, false) => Allowance::beside(self.appended_bytes() as u64, self.touched.len()),
        }
    }

    /// The log as readers see it, but for what the group in flight removed and appended: what this group hides is not
    /// published yet.
    fn published(&self, log: LogId) -> Option<Box<Touched>> {
        let dead = || self.graves.get(&log).map(|log| Touched::own(log.clone(), Row::of(log)));
        let published = match self.flight.and_then(|flight| flight.change(log)) {
            // Groups that remove logs do not fly.
            Some(change) => Some(Touched::after(change)),
            None => {
                self.index.get(log).map(Touched::of).filter(|log| !log.state.deleted).or_else(dead)
            }
        };
        published.map(Box::new)
    }

    /// The oldest frames that end before the visible part, within the budget (but at least one).
    fn removable(&self, log: &LogView, mut bytes: u64, frames: usize) -> Result<Removable> {
        let state = &log.state;
        let mut rows: Vec<FrameRow> = Vec::new();
        loop {
            let from = rows.last().map_or(state.trimmed, |row| row.end);
            let places = table::places(self.db, log, from, table::PLACES_READ)?;
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

    fn remove(&mut self, log: LogId, is_buried: bool, removable: &Removable) -> Result<()> {
        let Removable { rows, complete } = removable;
        self.swept += rows.len() as u64;
        let Some(touched) = self.touched.get_mut(&log) else { return Ok(()) };
        for row in rows {
            table::delete_frame(self.db, row.id)?;
        }
        if let Some(last) = rows.last() {
            table::delete_places(self.db, touched.slot, last.end)?;
            touched.places.trim(last.end);
            touched.state.trimmed = last.end;
            touched.state.trimmed_chain = last.chain;
        }
        // Its slot is free for another log only once nobody can find it: a deletion in this very group is
        // not published yet.
        touched.removed = is_buried && *complete;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_goes_than_comes_and_never_too_much() {
        for (bytes, logs) in [(0, 0), (1, 1), (512 << 10, 4), (1 << 20, 200), (3 << 20, 400)] {
            let Allowance { bytes: gone, frames } = Allowance::beside(bytes, logs);
            assert!(gone > bytes && frames > logs, "{bytes} bytes, {logs} logs");
            assert!(gone <= SWEEP_BYTES && frames <= SWEEP_FRAMES, "{bytes} bytes, {logs} logs");
        }
        assert_eq!(Allowance::beside(u64::MAX, usize::MAX), Allowance::MOST);
    }

    #[test]
    fn a_group_that_failed_leaves_the_list_as_it_was() {
        let (one, two) = (LogId(1), LogId(2));
        let mut litter = Litter::default();
        litter.insert(one);
        litter.begin();
        litter.take_off(one);
        // The group before lands meanwhile.
        litter.insert(two);
        litter.undo();
        assert_eq!(litter.logs, BTreeSet::from([one, two]));
        litter.begin();
        litter.take_off(one);
        litter.begin();
        litter.undo();
        assert_eq!(litter.logs, BTreeSet::from([two]), "a group that succeeded is not undone");
    }

    #[test]
    fn only_the_group_that_swept_a_log_blames_it() {
        let log = LogId(1);
        let mut litter = Litter::default();
        litter.insert(log);
        litter.begin();
        litter.sweeping = Some(log);
        litter.undo();
        // A later group meets damage elsewhere.
        litter.begin();
        assert!(!litter.skip_culprit() && !litter.is_empty());
        litter.sweeping = Some(log);
        litter.undo();
        assert!(litter.skip_culprit() && litter.is_empty());
        litter.insert(log);
        assert!(litter.is_empty(), "it is left alone");
    }
}
