//! Timers that a shard knows of, and batches of those that are due (pure).
//!
//! Timers are delivered in the lane of their key, in batches of their own. They take turns with records, so that
//! neither keeps the others waiting. They lie in the store, which a batch's commit changes; what is held here is told
//! of each such change, so that a timer fires until a commit took it away. Those of a key that is parked wait until it is
//! free: they would overtake its records.
//!
//! Each lane holds those of its timers that are due first, up to its part of what a shard may hold: one that gets nowhere,
//! because a batch is tried again and again, does not keep others from theirs. For the same reason timers of parked keys are
//! not read, and all are read anew when a key is free.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;

use crate::keyed::{Change, Row, To};
use crate::parked::Parked;
use crate::processor::{Batch, Due};

use super::held::{Held, Stage};
use super::{Lanes, Now};

/// Timers that a shard holds in memory, its lanes together; beyond, those that are due first.
const TIMERS_MAX: usize = 50_000;

/// Bytes of their keys and names, which may be long.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes that the rows of one batch take: the commit that finishes it takes them away.
const BATCH_BYTES: usize = 1024 * 1024;

/// Timers by lane and time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    lanes: Vec<Window>,
    dues: BTreeMap<Row, Millis>,
    /// What was told since loading began, and is newer than what that brings.
    told: Option<BTreeMap<Row, Option<Millis>>>,
    left_out: LeftOut,
    is_loaded: bool,
}

/// Timers of a lane: those that are due first.
#[derive(Debug, Default)]
struct Window {
    timers: BTreeSet<(Millis, Row)>,
    /// Of the keys and names of those.
    bytes: usize,
    /// Only timers before this one are here; others are in the store. Very many may be due at one moment, so a
    /// time alone would leave all of them out.
    beyond: Option<(Millis, Row)>,
}

impl Window {
    /// Whether this one belongs here, or is only in the store.
    fn takes(&self, timer: &(Millis, Row)) -> bool {
        self.beyond.as_ref().is_none_or(|beyond| timer < beyond)
    }

    fn insert(&mut self, timer: (Millis, Row)) {
        let bytes = row_bytes(&timer.1);
        if self.timers.insert(timer) {
            self.bytes += bytes;
        }
    }

    fn remove(&mut self, timer: &(Millis, Row)) {
        if self.timers.remove(timer) {
            self.bytes -= row_bytes(&timer.1);
        }
    }

    /// Whether it has more than `times` what one of so many lanes may hold. A lane's part is far more than one timer takes.
    fn has_over(&self, times: usize, lanes: usize) -> bool {
        self.timers.len() > TIMERS_MAX / lanes * times || self.bytes > BYTES_MAX / lanes * times
    }

    /// Leaves the last one to the store.
    fn pop(&mut self) -> Option<Row> {
        let last = self.timers.pop_last()?;
        self.bytes -= row_bytes(&last.1);
        self.beyond = Some(last.clone());
        Some(last.1)
    }
}

/// Parked keys whose timers were left out.
#[derive(Debug, Default)]
struct LeftOut {
    keys: HashSet<Bytes>,
    /// How many keys had ever been free when it was looked last.
    freed: u64,
}

impl LeftOut {
    /// Whether one of them became free since that was asked last.
    fn is_free(&mut self, parked: &Parked) -> bool {
        let before = std::mem::replace(&mut self.freed, parked.freed());
        before != self.freed && !self.keys.iter().all(|key| parked.holds(key))
    }
}

/// Timers as they are gathered from the store, for as many lanes as there are when that begins.
#[derive(Debug)]
pub(crate) struct Gathered {
    lanes: Vec<Window>,
    parked: Arc<Parked>,
    left_out: LeftOut,
}

impl Gathered {
    /// Takes a timer, and lets go of the last ones of its lane if there are too many.
    pub(crate) fn push(&mut self, row: Row, due: Millis) {
        if self.parked.holds(row.key().as_bytes()) {
            self.left_out.keys.insert(Bytes::copy_from_slice(row.key().as_bytes()));
            return;
        }
        let count = self.lanes.len();
        let window = &mut self.lanes[lane_of(&row, count)];
        let timer = (due, row);
        if window.takes(&timer) {
            window.insert(timer);
            while window.has_over(1, count) {
                window.pop();
            }
        }
    }
}

fn row_bytes(row: &Row) -> usize {
    row.key().len() + row.name().len()
}

fn lane_of(row: &Row, lanes: usize) -> usize {
    usize::try_from(row.hash().0 % lanes.max(1) as u128).unwrap_or(0)
}

impl Timers {
    /// As many lanes as these. Where not all timers are held, what is held is the beginning of all lanes alike, and the rest
    /// is to be read.
    fn deal(&mut self, lanes: usize) {
        if self.lanes.len() == lanes {
            return;
        }
        let old = std::mem::take(&mut self.lanes);
        let beyond = old.into_iter().filter_map(|window| window.beyond).min();
        self.is_loaded &= beyond.is_none();
        let window = || Window { beyond: beyond.clone(), ..Window::default() };
        self.lanes = std::iter::repeat_with(window).take(lanes).collect();
        for (row, due) in std::mem::take(&mut self.dues) {
            self.set(row, Some(due));
        }
    }

    fn set(&mut self, row: Row, due: Option<Millis>) {
        let count = self.lanes.len();
        let window = &mut self.lanes[lane_of(&row, count)];
        if let Some(old) = self.dues.remove(&row) {
            window.remove(&(old, row.clone()));
        }
        let timer = due.map(|due| (due, row)).filter(|timer| window.takes(timer));
        let Some(timer) = timer else { return };
        self.dues.insert(timer.1.clone(), timer.0);
        window.insert(timer);
        // The last ones are in the store as well.
        if window.has_over(2, count) {
            while window.has_over(1, count) {
                window.pop().map(|row| self.dues.remove(&row));
            }
        }
    }

    /// Those of a lane that may fire, the first that is due first: what a key's parked records were to change is not
    /// done yet, so its timers wait until it is free.
    fn free<'t>(
        &'t self,
        lane: usize,
        parked: &'t Parked,
    ) -> impl Iterator<Item = &'t (Millis, Row)> {
        let all = self.lanes.get(lane).into_iter().flat_map(|window| &window.timers);
        all.filter(|(_, row)| !parked.holds(row.key().as_bytes()))
    }

    /// Whether a lane has more in the store, and none here that may fire.
    fn is_over(&self, lane: usize, parked: &Parked) -> bool {
        let has_more = self.lanes.get(lane).is_some_and(|window| window.beyond.is_some());
        has_more && self.free(lane, parked).next().is_none()
    }
}

impl Lanes {
    /// Whether timers are to be read from the store: nobody did so, all that a lane held are over, or a key is free whose
    /// timers were left out.
    pub(crate) fn wants_timers(&mut self) -> bool {
        if self.is_stopped || self.timers.told.is_some() {
            return false;
        }
        let is_free = self.timers.left_out.is_free(&self.parked);
        let (timers, parked) = (&self.timers, &self.parked);
        let is_over = || (0..timers.lanes.len()).any(|lane| timers.is_over(lane, parked));
        !timers.is_loaded || is_free || is_over()
    }

    /// They are being read, into this; what is told from now on is newer.
    pub(crate) fn load_timers(&mut self) -> Gathered {
        self.timers.told = Some(BTreeMap::new());
        let parked = Arc::clone(&self.parked);
        let left_out = LeftOut { freed: parked.freed(), ..LeftOut::default() };
        let lanes = self.lanes.iter().map(|_| Window::default()).collect();
        Gathered { lanes, parked, left_out }
    }

    /// They could not be read, or something was told that nobody kept: they are read again.
    pub(crate) fn forget_timers(&mut self) {
        self.timers.told = None;
        self.timers.is_loaded = false;
    }

    /// They were read.
    pub(crate) fn timers_loaded(&mut self, gathered: Gathered) {
        let told = self.timers.told.take().unwrap_or_default();
        let Gathered { lanes, left_out, .. } = gathered;
        let timers = lanes.iter().flat_map(|window| &window.timers);
        let dues = timers.map(|(due, row)| (row.clone(), *due)).collect();
        self.timers = Timers { lanes, dues, told: None, left_out, is_loaded: true };
        self.timers.deal(self.lanes.len());
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

    /// Lets go of those of these timers that are still held as they fired; whether there were some.
    pub(crate) fn drop_timers(&mut self, fired: &[Due]) -> bool {
        self.timers.deal(self.lanes.len());
        let mut is_any = false;
        for Due { row, at } in fired {
            if self.timers.dues.get(row) == Some(at) {
                self.timers.set(row.clone(), None);
                is_any = true;
            }
        }
        is_any
    }

    /// Takes timers that are due in hand, unless the lanes are about to change.
    pub(super) fn fire(&mut self, at: usize, now: &Now) -> Option<Arc<Batch>> {
        if self.barrier.is_some() || !self.lanes[at].resume.is_empty() {
            return None;
        }
        self.timers.deal(self.lanes.len());
        let most = self.settings.batch_records as usize;
        let due = self.timers.free(at, &self.parked);
        let due = due.take_while(|(due, _)| *due <= now.clock).take(most);
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

    /// When it is to be looked whether the next timer of a lane is due, if it would be fired then.
    pub(super) fn timer_deadline(&self, at: usize, now: &Now) -> Option<Duration> {
        let (due, _) = self.timers.free(at, &self.parked).next()?;
        Some(now.look_at(*due))
    }
}

impl Held {
    /// Whether it is a batch of timers, which has no records.
    pub(super) fn is_of_timers(&self) -> bool {
        !self.batch.timers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of some 1,100 bytes; the larger the number the later it is due.
    fn large(number: u64) -> (Row, Millis) {
        let key: Arc<str> = "k".repeat(1000).into();
        let name = format!("{number:0100}");
        (Row::new(&key, &name), Millis(number))
    }

    /// The bytes of all that is held, and the times of what is due first and last.
    fn held(windows: &[Window]) -> (usize, u64, u64) {
        let all = windows.iter().flat_map(|window| &window.timers);
        let bytes: usize = all.clone().map(|(_, row)| row_bytes(row)).sum();
        assert_eq!(bytes, windows.iter().map(|window| window.bytes).sum::<usize>());
        let dues = all.map(|(due, _)| due.0);
        (bytes, dues.clone().min().unwrap(), dues.max().unwrap())
    }

    #[test]
    fn few_large_timers_are_held_up_to_their_bytes_and_the_first_of_them() {
        const COUNT: u64 = 20_000;
        let windows = || (0..2).map(|_| Window::default()).collect();
        let (parked, left_out) = (Arc::new(Parked::new()), LeftOut::default());
        let mut gathered = Gathered { lanes: windows(), parked, left_out };
        let mut timers = Timers { lanes: windows(), ..Timers::default() };
        for number in (0..COUNT).rev() {
            let (row, due) = large(number);
            gathered.push(row.clone(), due);
            timers.set(row, Some(due));
        }
        // All are of one key, so of one lane, which has half of the room.
        let (bytes, first, last) = held(&gathered.lanes);
        assert!((BYTES_MAX / 2 - 1100..=BYTES_MAX / 2).contains(&bytes), "{bytes}");
        assert_eq!((first, last), (0, bytes as u64 / 1100 - 1));
        assert_eq!(gathered.lanes.iter().filter(|window| window.beyond.is_some()).count(), 1);
        let (bytes, first, _) = held(&timers.lanes);
        assert!(bytes <= BYTES_MAX && first == 0, "{bytes}");
        assert_eq!(timers.dues.len(), timers.lanes.iter().map(|it| it.timers.len()).sum::<usize>());
        // What goes makes room.
        timers.dues.clone().into_keys().for_each(|row| timers.set(row, None));
        assert!(timers.lanes.iter().all(|window| window.bytes == 0));
    }
}
