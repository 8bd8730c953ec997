//! One lane: the records that were read for it, and the batch that it has in hand.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::Position;

use crate::processor::BatchRecord;
use crate::progress::{LaneProgress, Retry};
use crate::settings::Settings;

use super::held::{Held, Stage};
use super::window::Open;

/// Records of a lane that an earlier life may have handed out: one batch.
const REPLAYED_MAX: usize = Settings::BATCH_RECORDS_MAX as usize;

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// Records before it are finished: not taken when they are read again.
    pub(super) floor: Position,
    /// Behind the newest record that was ever part of a batch, or lost.
    pub(super) reached: Position,
    /// Batches of an earlier life, one behind the other, as long as they were not formed again.
    pub(super) resume: Vec<Retry>,
    pub(super) held: Option<Held>,
    /// The tumbling window that its next batch belongs to.
    pub(super) window: Option<Open>,
    /// Changes with what is to be noted about the batch in hand.
    pub(super) edition: u64,
    /// Whether its last batch was one of timers.
    pub(super) has_fired: bool,
    /// Records that may still be replayed.
    pub(super) replay_left: usize,
    queue: VecDeque<Seen>,
    queue_payload: usize,
}

/// A record and when it was read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) record: BatchRecord,
    pub(super) at: Duration,
}

/// The end of a run of records to be taken: what does not lie before `end` stays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) records: usize,
    pub(super) payload: usize,
    pub(super) end: Option<Position>,
    /// What arrived then or later stays, too.
    pub(super) arrived_before: Option<Millis>,
}

impl Lane {
    /// As `progress` left it, `state` being that of the window that is open.
    pub(super) fn new(progress: &LaneProgress, state: &Bytes, is_first: bool) -> Self {
        let LaneProgress { done, retries, window } = progress;
        Self {
            floor: *done,
            reached: retries.last().map_or(*done, |retry| retry.last.next()),
            resume: retries.clone(),
            held: None,
            window: window.map(|window| Open::resumed(&window, state.clone())),
            edition: 0,
            has_fired: false,
            replay_left: if is_first { 0 } else { REPLAYED_MAX },
            queue: VecDeque::new(),
            queue_payload: 0,
        }
    }

    /// Takes over from so many lanes that may replay records.
    pub(super) fn replay_after(&mut self, lanes: usize) {
        self.replay_left = lanes * REPLAYED_MAX;
    }

    pub(super) fn push(&mut self, record: BatchRecord, at: Duration) {
        if record.position < self.floor {
            return;
        }
        self.queue_payload += payload(&record);
        self.queue.push_back(Seen { record, at });
    }

    /// Everything of the lane before this is finished. `cursor` is how far the shard was read.
    pub(super) fn place(&self, cursor: Position) -> Position {
        match &self.held {
            Some(held) => held.place().unwrap_or_else(|| self.place_behind_held(cursor)),
            None if !self.resume.is_empty() => self.floor,
            None => self.place_behind_held(cursor),
        }
    }

    /// The same, once the batch in hand is finished.
    pub(super) fn place_behind_held(&self, cursor: Position) -> Position {
        if let Some(place) = self.held.as_ref().and_then(Held::place_behind) {
            return place;
        }
        let next = self.queue.front().map_or(cursor, |seen| seen.record.position);
        next.max(self.floor)
    }

    /// What is to be noted about batches that are to be tried again.
    pub(super) fn retries(&self) -> Vec<Retry> {
        self.held.as_ref().map_or_else(|| self.resume.clone(), Held::retries)
    }

    /// Whether a batch of an earlier life is not read completely.
    pub(super) fn awaits(&self, cursor: Position) -> bool {
        self.resume.last().is_some_and(|retry| cursor <= retry.last)
    }

    pub(super) fn is_running(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.stage == Stage::Running)
    }

    pub(super) fn is_settled(&self, is_stopped: bool) -> bool {
        match &self.held {
            None => is_stopped || self.is_empty(),
            Some(held) => is_stopped && held.can_be_left(),
        }
    }

    /// Whether nothing is left to do of what was read.
    fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.resume.is_empty() && self.window.is_none()
    }

    /// Whether nothing of the lane before `barrier` is left to do.
    pub(super) fn has_reached(&self, barrier: Position) -> bool {
        let front = self.queue.front();
        let is_beyond = front.is_none_or(|seen| seen.record.position >= barrier);
        self.held.is_none() && self.resume.is_empty() && self.window.is_none() && is_beyond
    }

    /// Records in the queue.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether the queue holds a whole batch.
    pub(super) fn is_full(&self, settings: &Settings) -> bool {
        self.queue.len() >= settings.batch_records as usize
            || self.queue_payload >= settings.batch_bytes
    }

    /// When the first record in the queue was read.
    pub(super) fn seen(&self) -> Option<Duration> {
        self.queue.front().map(|seen| seen.at)
    }

    /// The first record in the queue.
    pub(super) fn front(&self) -> Option<&BatchRecord> {
        self.queue.front().map(|seen| &seen.record)
    }

    /// How many of the first records of the queue are so, of so many at most.
    pub(super) fn leading(&self, most: usize, is_so: impl Fn(&BatchRecord) -> bool) -> usize {
        self.queue.iter().take(most).take_while(|seen| is_so(&seen.record)).count()
    }

    /// When the first record in the queue arrived.
    pub(super) fn next_arrival(&self) -> Option<Millis> {
        self.front().map(|record| record.arrival)
    }

    /// When the last record in the queue arrived.
    pub(super) fn last_arrival(&self) -> Option<Millis> {
        self.queue.back().map(|seen| seen.record.arrival)
    }

    /// Takes records off the front of the queue; one at least, unless it lies beyond the end.
    pub(super) fn take(&mut self, bounds: Bounds) -> Vec<BatchRecord> {
        let Bounds { records, payload: most, end, arrived_before } = bounds;
        let (mut count, mut sum) = (0, 0);
        for seen in self.queue.iter().take(records) {
            let with_this = sum + payload(&seen.record);
            let is_beyond = end.is_some_and(|end| seen.record.position >= end);
            let is_young = arrived_before.is_some_and(|oldest| seen.record.arrival >= oldest);
            if is_beyond || is_young || (count > 0 && with_this > most) {
                break;
            }
            count += 1;
            sum = with_this;
        }
        self.queue_payload -= sum;
        self.queue.drain(..count).map(|seen| seen.record).collect()
    }

    /// Gives up the queue.
    pub(super) fn into_queue(self) -> VecDeque<Seen> {
        self.queue
    }
}

fn payload(record: &BatchRecord) -> usize {
    Settings::payload_bytes(record.partition_key.len(), record.data.len())
}
