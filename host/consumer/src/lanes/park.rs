//! Parking: a record that fails alone too often leaves its lane, and so does what comes behind it with the same key.

use std::sync::Arc;
use std::time::Duration;

use crate::processor::{Batch, BatchRecord};

use super::held::{Again, Held, Stage};
use super::lane::{Bounds, Lane};
use super::{Lanes, Now};

impl Lanes {
    /// Whether a batch that failed is halved, so that what fails comes to be alone.
    pub(super) fn isolates(&self) -> bool {
        self.settings.bisects || self.settings.park_after.is_some()
    }

    /// The batch of `lane`, if it is to be parked.
    pub(crate) fn parked(&self, lane: u16) -> Option<Arc<Batch>> {
        let held = self.lanes[usize::from(lane)].held.as_ref()?;
        held.is_parked.then(|| Arc::clone(&held.batch))
    }

    /// Parks the batch in hand if it is one record that failed as often as it may; whether it does.
    pub(super) fn park_alone(&mut self, at: usize) -> bool {
        let Some(held) = &self.lanes[at].held else { return false };
        let tried = held.batch.attempt;
        let is_due = self.settings.park_after.is_some_and(|after| tried >= after);
        if !is_due || held.batch.records.len() != 1 || !self.parked.has_room() {
            return false;
        }
        self.parked.add(&held.batch.records);
        self.park(at);
        true
    }

    /// Takes the next records of a lane in hand to be parked, if their keys are; also if there is no room for them, and
    /// they wait. Whether either is so.
    pub(super) fn park_queued(&mut self, at: usize, now: &Now) -> bool {
        let most = self.settings.batch_records as usize;
        let count = self.lanes[at].leading(most, |record| self.is_parked(record));
        if count == 0 || !self.parked.has_room() {
            return count > 0;
        }
        let settings = self.settings;
        let lane = &mut self.lanes[at];
        let records = lane.take(Bounds {
            records: count,
            payload: settings.batch_bytes,
            end: self.barrier,
            arrived_before: None,
        });
        let Some(last) = records.last() else { return false };
        lane.reached = last.position.next();
        let batch = self.batch(at, records, false, now);
        let is_parked = self.parked.join(&batch.records);
        let stage = Stage::Waiting { due: now.monotonic };
        self.lanes[at].held = Some(Held::new(Arc::new(batch), stage));
        if is_parked {
            self.park(at);
        }
        is_parked
    }

    /// The same for the records in hand that are to be tried again: those behind one whose key is parked are cut off.
    pub(super) fn park_held(&mut self, at: usize, due: Duration, now: &Now) -> bool {
        let Some(held) = &self.lanes[at].held else { return false };
        let records = &held.batch.records;
        let is_first = records.first().is_some_and(|record| self.is_parked(record));
        let run = records.iter().take_while(|record| self.is_parked(record) == is_first).count();
        let is_cut = run < records.len();
        if is_first && !self.parked.has_room() {
            return true;
        }
        if is_cut && let Some(held) = &mut self.lanes[at].held {
            let failed_at = held.failed_at.unwrap_or(now.wall);
            held.split(run, Again { attempt: held.batch.attempt, failed_at, due });
        }
        // A key may have become free since it was asked for.
        let held = self.lanes[at].held.as_ref();
        let is_parked = is_first && held.is_some_and(|held| self.parked.join(&held.batch.records));
        if is_parked {
            self.park(at);
        }
        is_parked
    }

    /// How many records a batch may take before one whose key is parked, if there is one.
    pub(super) fn free(&self, at: usize) -> Option<usize> {
        if self.parked.is_empty() {
            return None;
        }
        let most = self.settings.batch_records as usize;
        let free = self.lanes[at].leading(most, |record| !self.is_parked(record));
        (free < most.min(self.lanes[at].len())).then_some(free)
    }

    /// Whether the next records of a lane wait until there is room to park them.
    pub(super) fn is_blocked(&self, lane: &Lane) -> bool {
        let next = lane.held.as_ref().and_then(|held| held.batch.records.first());
        let next = next.or_else(|| lane.front());
        !self.parked.has_room() && next.is_some_and(|record| self.is_parked(record))
    }

    fn is_parked(&self, record: &BatchRecord) -> bool {
        self.parked.holds(&record.partition_key)
    }

    fn park(&mut self, at: usize) {
        let Some(held) = &mut self.lanes[at].held else { return };
        held.is_parked = true;
        held.stage = Stage::Asking { due: Duration::ZERO };
    }
}
