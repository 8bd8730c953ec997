//! Timers that a shard knows of, and batches of those that are due (pure).
//!
//! Timers are delivered in the lane of their key, in batches of their own. They take turns with records, so that
//! neither keeps the others waiting. They lie in the store, which a batch's commit changes; what is held here is told
//! of each such change, so that a timer fires until a commit took it away. Those of a key that is parked wait until it is
//! free: they would overtake its records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::Millis;

use crate::keyed::{Change, Row, To};
use crate::parked::Parked;
use crate::processor::{Batch, Due};

use super::held::{Held, Stage};
use super::{Lanes, Now};

/// Timers that a shard holds in memory; beyond, those that are due first.
const TIMERS_MAX: usize = 50_000;

/// Bytes that the rows of one batch take: the commit that finishes it takes them away.
const BATCH_BYTES: usize = 1024 * 1024;

/// Timers by lane and time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    lanes: Vec<BTreeSet<(Millis, Row)>>,
    dues: BTreeMap<Row, Millis>,
    /// What was told since loading began, and is newer than what that brings.
    told: Option<BTreeMap<Row, Option<Millis>>>,
    /// Only timers before this one are held here; others are in the store. Very many may be due at one moment, so a
    /// time alone would leave all of them out.
    beyond: Option<(Millis, Row)>,
    is_loaded: bool,
}

/// Timers as they are gathered from the store: those that are due first.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    timers: BTreeSet<(Millis, Row)>,
    /// The first that was left out.
    beyond: Option<(Millis, Row)>,
}

impl Gathered {
    /// Takes a timer, and lets go of the last one if there are too many.
    pub(crate) fn push(&mut self, row: Row, due: Millis) {
        self.timers.insert((due, row));
        if self.timers.len() > TIMERS_MAX
            && let Some(last) = self.timers.pop_last()
        {
            self.beyond = Some(match self.beyond.take() {
                Some(beyond) => beyond.min(last),
                None => last,
            });
        }
    }
}

fn lane_of(row: &Row, lanes: usize) -> usize {
    usize::try_from(row.hash().0 % lanes.max(1) as u128).unwrap_or(0)
}

impl Timers {
    /// As many lanes as these.
    fn deal(&mut self, lanes: usize) {
        if self.lanes.len() == lanes {
            return;
        }
        self.lanes = vec![BTreeSet::new(); lanes];
        for (row, due) in &self.dues {
            self.lanes[lane_of(row, lanes)].insert((*due, row.clone()));
        }
    }

    fn set(&mut self, row: Row, due: Option<Millis>) {
        let lane = lane_of(&row, self.lanes.len());
        if let Some(old) = self.dues.remove(&row) {
            self.lanes[lane].remove(&(old, row.clone()));
        }
        let Some(timer) = due.map(|due| (due, row)) else { return };
        if self.beyond.as_ref().is_some_and(|beyond| timer >= *beyond) {
            return;
        }
        self.dues.insert(timer.1.clone(), timer.0);
        self.lanes[lane].insert(timer);
        // The last ones are in the store as well.
        if self.dues.len() > TIMERS_MAX * 2 {
            self.let_go();
        }
    }

    /// Lets go of all but those that are due first.
    fn let_go(&mut self) {
        let mut all: Vec<(Millis, Row)> = self.lanes.iter().flatten().cloned().collect();
        if all.len() <= TIMERS_MAX {
            return;
        }
        let (_, beyond, _) = all.select_nth_unstable(TIMERS_MAX);
        let beyond = beyond.clone();
        for lane in &mut self.lanes {
            for (_, row) in lane.split_off(&beyond) {
                self.dues.remove(&row);
            }
        }
        self.beyond = Some(beyond);
    }

    /// Those of a lane that may fire, the first that is due first: what a key's parked records were to change is not
    /// done yet, so its timers wait until it is free.
    fn free<'t>(
        &'t self,
        lane: usize,
        parked: &'t Parked,
    ) -> impl Iterator<Item = &'t (Millis, Row)> {
        let all = self.lanes.get(lane).into_iter().flatten();
        all.filter(|(_, row)| !parked.holds(row.key().as_bytes()))
    }
}

impl Lanes {
    /// Whether timers are to be read from the store: nobody did so, or all that were held are over.
    pub(crate) fn wants_timers(&self) -> bool {
        let timers = &self.timers;
        let is_over = timers.beyond.is_some() && timers.dues.is_empty();
        !self.is_stopped && timers.told.is_none() && (!timers.is_loaded || is_over)
    }

    /// They are being read; what is told from now on is newer.
    pub(crate) fn load_timers(&mut self) {
        self.timers.told = Some(BTreeMap::new());
    }

    /// They could not be read, or something was told that nobody kept: they are read again.
    pub(crate) fn forget_timers(&mut self) {
        self.timers.told = None;
        self.timers.is_loaded = false;
    }

    /// They were read.
    pub(crate) fn timers_loaded(&mut self, gathered: Gathered) {
        let lanes = self.lanes.len();
        let told = self.timers.told.take().unwrap_or_default();
        let Gathered { timers, beyond } = gathered;
        self.timers = Timers { beyond, is_loaded: true, ..Timers::default() };
        self.timers.deal(lanes);
        for (due, row) in timers {
            self.timers.set(row, Some(due));
        }
        for (row, due) in told {
            self.timers.set(row, due);
        }
    }

    /// A commit changed a timer.
    pub(crate) fn timer_changed(&mut self, row: Row, due: Option<Millis>) {
        self.timers.deal(self.lanes.len());
        if let Some(told) = &mut self.timers.told {
            told.insert(row.clone(), due);
        }
        self.timers.set(row, due);
    }

    /// Takes timers that are due in hand, unless the lanes are about to change.
    pub(super) fn fire(&mut self, at: usize, now: &Now) -> Option<Arc<Batch>> {
        if self.barrier.is_some() || !self.lanes[at].resume.is_empty() {
            return None;
        }
        self.timers.deal(self.lanes.len());
        let most = self.settings.batch_records as usize;
        let due = self.timers.free(at, &self.parked);
        let due = due.take_while(|(due, _)| *due <= now.wall).take(most);
        let mut room = BATCH_BYTES;
        // One has room in any case: keys and names are far shorter.
        let due = due.take_while(|(_, row)| {
            let bytes = Change { row: row.clone(), to: To::Due(None) }.bytes();
            let left = room.checked_sub(bytes);
            room = left.unwrap_or(0);
            left.is_some()
        });
        let due: Vec<Due> = due.map(|(due, row)| Due { row: row.clone(), at: *due }).collect();
        if due.is_empty() {
            return None;
        }
        let mut batch = self.batch(at, Vec::new(), false, now);
        batch.timers = due;
        let batch = Arc::new(batch);
        self.lanes[at].has_fired = true;
        self.lanes[at].held = Some(Held::new(Arc::clone(&batch), Stage::Running));
        Some(batch)
    }

    /// When the next timer of a lane is due, if it would be fired then.
    pub(super) fn timer_deadline(&self, at: usize, now: &Now) -> Option<Duration> {
        let (due, _) = self.timers.free(at, &self.parked).next()?;
        let left = Duration::from_millis(due.since(now.wall));
        Some(now.monotonic.saturating_add(left))
    }
}

impl Held {
    /// Whether it is a batch of timers, which has no records.
    pub(super) fn is_of_timers(&self) -> bool {
        !self.batch.timers.is_empty()
    }
}
