//! Batches as they are handed over and come back, with what must be true of them.

use std::sync::Arc;
use std::time::Duration;

use crate::lanes::{Discard, Failure};
use crate::processor::Batch;
use crate::settings::Settings;

use super::world::{Expected, World};

/// What the processor says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Done { bytes: usize },
    Throttled { ms: u64 },
    Failed { retry_after_ms: Option<u64> },
    NotRun,
}

fn indexes(batch: &Batch) -> Vec<usize> {
    batch.records.iter().map(|it| usize::try_from(it.position.offset).unwrap()).collect()
}

impl World {
    /// Hands over all that can be.
    pub(super) fn dispatch(&mut self) {
        let now = self.time();
        while let Some(batch) = self.lanes.next(&now) {
            self.note_discards();
            self.check(&batch);
            self.handed.extend(indexes(&batch));
            self.running.insert(batch.lane, batch);
        }
        self.note_discards();
        for lane in self.lanes.due_emits(&now) {
            self.lanes.finished(lane, 10);
        }
        let deadline = self.lanes.deadline();
        assert!(deadline.is_none_or(|at| at > self.now), "{deadline:?} is over, nothing happens");
    }

    fn check(&mut self, batch: &Batch) {
        let records = indexes(batch);
        let Settings { batch_records, batch_bytes, retries_max, .. } = self.settings;
        assert!(!self.running.contains_key(&batch.lane), "two batches in lane {}", batch.lane);
        assert!(records.is_sorted_by(|a, b| a < b));
        let oldest = self.oldest();
        for index in &records {
            assert_eq!(self.lane(*index), batch.lane);
            assert!(self.log[*index].arrival >= oldest, "{index} is too old");
            assert!(!self.is_passed(&self.durable, *index), "{index} is finished");
            assert!(!self.given_up.contains(index), "{index} was given up");
            let was_handed = self.handed_before.contains(index);
            assert!(batch.is_replay || !was_handed, "{index} is not announced as a replay");
        }
        // In order: whatever the lane has before the batch is over.
        for index in 0..records[0] {
            let is_over = self.is_passed(&self.durable, index)
                || self.given_up.contains(&index)
                || self.lost.contains(&index);
            assert!(self.lane(index) != batch.lane || is_over, "{index} is overtaken");
        }
        // Without gaps.
        let span = records[0]..=records[records.len() - 1];
        let skipped = span.filter(|it| self.lane(*it) == batch.lane && !records.contains(it));
        let lost = skipped.filter(|index| !self.lost.contains(index)).count();
        assert_eq!(lost, 0, "{records:?} has gaps");
        assert!(retries_max.is_none_or(|max| batch.attempt - 1 <= max));
        if batch.attempt > 1 {
            self.check_retry(batch, &records);
        } else if !self.handed.contains(&records[0]) {
            let payload = records.len() * Settings::payload_bytes(1, 4);
            assert!(records.len() <= batch_records as usize);
            assert!(payload <= batch_bytes || records.len() == 1);
        }
    }

    fn check_retry(&mut self, batch: &Batch, records: &[usize]) {
        assert!(batch.is_replay);
        let noted = self.durable[usize::from(batch.lane)].retry.map(|it| it.attempt);
        assert_eq!(noted, Some(batch.attempt), "the attempt is not noted");
        let oldest = self.oldest();
        let expected = self.retries.get_mut(&batch.lane).expect("a batch to be tried again");
        assert_eq!(expected.attempt, batch.attempt);
        assert!(self.now >= expected.not_before, "too early");
        let dropped = expected.records.strip_suffix(records);
        for index in dropped.expect("the same records, without the oldest") {
            let is_old = self.log[*index].arrival < oldest;
            assert!(is_old || self.lost.contains(index), "{index} is missing");
        }
        expected.records = records.to_vec();
    }

    /// The processor says something about one of the batches that it has.
    pub(super) fn say(&mut self, which: usize, said: Said) {
        let Some(at) = which.checked_rem(self.running.len()) else { return };
        let lane = *self.running.keys().nth(at).unwrap();
        let batch: Arc<Batch> = self.running.remove(&lane).unwrap();
        let records = indexes(&batch);
        match said {
            Said::Done { bytes } => {
                self.lanes.finished(lane, bytes);
                self.done.insert(lane, records);
            }
            Said::Throttled { ms } => {
                self.lanes.throttled(lane, self.now + Duration::from_millis(ms));
                self.done.insert(lane, records);
            }
            Said::Failed { retry_after_ms } => {
                let retry_after = retry_after_ms.map(Duration::from_millis);
                let failure = Failure { is_attempt: true, retry_after, random: 7 };
                let attempt = batch.attempt + 1;
                drop(batch);
                let least = Duration::from_millis(50).max(retry_after.unwrap_or_default());
                let not_before = self.now + least;
                self.lanes.failed(lane, &failure, &self.time());
                if self.lanes.discards.is_empty() {
                    self.retries.insert(lane, Expected { attempt, records, not_before });
                }
            }
            Said::NotRun => {
                let failure = Failure { is_attempt: false, retry_after: None, random: 7 };
                self.lanes.failed(lane, &failure, &self.time());
            }
        }
        self.note_discards();
    }

    fn note_discards(&mut self) {
        for Discard { lane, first, last, records, .. } in self.lanes.take_discards() {
            let index = |counter: u64| usize::try_from(counter).unwrap();
            let span = index(first.counter())..=index(last.counter());
            let gone: Vec<usize> = span
                .filter(|it| self.lane(*it) == lane && !self.lost.contains(it))
                .filter(|it| !self.is_passed(&self.durable, *it))
                .collect();
            assert_eq!(gone.len() as u64, records);
            self.given_up.extend(gone);
        }
    }
}
