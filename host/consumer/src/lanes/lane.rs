//! One lane: the records that were read for it, and the batch that it has in hand.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::{Millis, SequenceNumber};
use storage::Position;

use crate::processor::{Batch, BatchRecord};
use crate::progress::{LaneProgress, Retry};
use crate::settings::Settings;

/// Records of a lane that an earlier life may have handed out: one batch.
const REPLAYED_MAX: usize = Settings::BATCH_RECORDS_MAX as usize;

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// Records before it are finished: not taken when they are read again.
    pub(super) floor: Position,
    /// Behind the newest record that was ever part of a batch or dropped.
    pub(super) reached: Position,
    /// A batch of an earlier life, as long as it was not formed again.
    pub(super) resume: Option<Retry>,
    pub(super) held: Option<Held>,
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

/// The batch that a lane has in hand.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) batch: Arc<Batch>,
    /// When its first attempt failed.
    pub(super) failed_at: Option<Millis>,
    /// Whether a commit knows of the attempt that is to come.
    pub(super) is_noted: bool,
    /// How often in a row it was not run.
    pub(super) not_run: u32,
    pub(super) stage: Stage,
}

/// What happens to a batch in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is with the processor.
    Running,
    /// It is tried again then.
    Waiting { due: Duration },
    /// It is done; whether its records can be emitted is asked again then.
    Throttled { due: Duration },
    /// It is done or given up and waits for a commit, to which it brings so many bytes.
    Finished { bytes: usize, is_discarded: bool },
    /// It is part of the commit in flight.
    Committing { is_discarded: bool },
}

/// The end of a run of records to be taken: what does not lie before `end` stays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) records: usize,
    pub(super) payload: usize,
    pub(super) end: Option<Position>,
}

/// Records that were dropped from the front of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropped {
    pub(super) first: SequenceNumber,
    pub(super) last: SequenceNumber,
    pub(super) records: usize,
}

impl Lane {
    pub(super) fn new(progress: &LaneProgress, is_first: bool) -> Self {
        let LaneProgress { done, retry } = *progress;
        Self {
            floor: done,
            reached: retry.map_or(done, |retry| retry.last.next()),
            resume: retry,
            held: None,
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
        match (&self.held, &self.resume) {
            (Some(held), _) => held.first().position,
            (None, Some(_)) => self.floor,
            (None, None) => self.place_behind_held(cursor),
        }
    }

    /// The same, once the batch in hand is finished.
    pub(super) fn place_behind_held(&self, cursor: Position) -> Position {
        let next = self.queue.front().map_or(cursor, |seen| seen.record.position);
        next.max(self.floor)
    }

    /// What is to be noted about a batch that is to be tried again.
    pub(super) fn retry(&self) -> Option<Retry> {
        let Some(held) = &self.held else { return self.resume };
        let batch = &held.batch;
        // A batch that is given up after its first attempt failed, too, but is not tried again.
        let failed_at = held.failed_at.filter(|_| batch.attempt > 1)?;
        Some(Retry {
            last: held.last().position,
            records: u32::try_from(batch.records.len()).unwrap_or(u32::MAX),
            attempt: batch.attempt,
            failed_at,
        })
    }

    /// Whether a batch of an earlier life is not read completely.
    pub(super) fn awaits(&self, cursor: Position) -> bool {
        self.resume.is_some_and(|retry| cursor <= retry.last)
    }

    pub(super) fn is_running(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.stage == Stage::Running)
    }

    pub(super) fn is_settled(&self, is_stopped: bool) -> bool {
        match &self.held {
            None => is_stopped || (self.queue.is_empty() && self.resume.is_none()),
            Some(held) => is_stopped && held.is_noted() && held.is_waiting(),
        }
    }

    /// Whether nothing of the lane before `barrier` is left to do.
    pub(super) fn has_reached(&self, barrier: Position) -> bool {
        let front = self.queue.front();
        let is_beyond = front.is_none_or(|seen| seen.record.position >= barrier);
        self.held.is_none() && self.resume.is_none() && is_beyond
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

    /// Takes records off the front of the queue; one at least, unless it lies beyond the end.
    pub(super) fn take(&mut self, bounds: Bounds) -> Vec<BatchRecord> {
        let Bounds { records, payload: most, end } = bounds;
        let (mut count, mut sum) = (0, 0);
        for seen in self.queue.iter().take(records) {
            let with_this = sum + payload(&seen.record);
            let is_beyond = end.is_some_and(|end| seen.record.position >= end);
            if is_beyond || (count > 0 && with_this > most) {
                break;
            }
            count += 1;
            sum = with_this;
        }
        self.queue_payload -= sum;
        self.queue.drain(..count).map(|seen| seen.record).collect()
    }

    /// Drops what arrived before `oldest` and lies before `end` from the front of the queue.
    pub(super) fn drop_old(&mut self, oldest: Millis, end: Option<Position>) -> Option<Dropped> {
        let is_beyond = |seen: &Seen| end.is_some_and(|end| seen.record.position >= end);
        let is_old = |seen: &Seen| seen.record.arrival < oldest && !is_beyond(seen);
        let count = self.queue.iter().take_while(|seen| is_old(seen)).count();
        let records: Vec<BatchRecord> = self.queue.drain(..count).map(|it| it.record).collect();
        self.queue_payload -= records.iter().map(payload).sum::<usize>();
        self.reached = records.last().map_or(self.reached, |last| last.position.next());
        dropped(&records)
    }

    /// Gives up the queue.
    pub(super) fn into_queue(self) -> VecDeque<Seen> {
        self.queue
    }
}

impl Held {
    pub(super) fn first(&self) -> &BatchRecord {
        self.batch.records.first().expect("a batch has a record")
    }

    pub(super) fn last(&self) -> &BatchRecord {
        self.batch.records.last().expect("a batch has a record")
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Whether the next attempt may begin: the store knows of it, or it is the first.
    pub(super) fn is_noted(&self) -> bool {
        self.is_noted || self.batch.attempt == 1
    }

    /// Drops what arrived before `oldest` from the front of the batch, which may leave nothing.
    pub(super) fn drop_old(&mut self, oldest: Millis) -> Option<Dropped> {
        let is_old = |record: &&BatchRecord| record.arrival < oldest;
        let count = self.batch.records.iter().take_while(is_old).count();
        if count == 0 {
            return None;
        }
        let records = &mut Arc::make_mut(&mut self.batch).records;
        let old: Vec<BatchRecord> = records.drain(..count).collect();
        dropped(&old)
    }
}

fn dropped(records: &[BatchRecord]) -> Option<Dropped> {
    let (first, last) = (records.first()?.number, records.last()?.number);
    Some(Dropped { first, last, records: records.len() })
}

fn payload(record: &BatchRecord) -> usize {
    Settings::payload_bytes(record.partition_key.len(), record.data.len())
}
