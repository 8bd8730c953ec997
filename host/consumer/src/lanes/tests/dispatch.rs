//! Batches as they are handed over and come back, with what must be true of them.

use std::sync::Arc;
use std::time::Duration;

use crate::lanes::{Discard, Failure};
use crate::processor::{Batch, Reason};
use crate::progress::LaneProgress;
use crate::settings::Settings;

use super::world::{Hand, Piece, World};

/// What the processor says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Done {
        bytes: usize,
    },
    Throttled {
        ms: u64,
    },
    /// So many are done, modulo how many there are.
    Partly {
        done: usize,
        retry_after_ms: Option<u64>,
    },
    /// So many would be done without the others, modulo how many there are.
    Apart {
        at: usize,
        retry_after_ms: Option<u64>,
    },
    Failed {
        retry_after_ms: Option<u64>,
    },
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
            self.check_told(lane);
            self.lanes.finished(lane, 10, None);
        }
        let deadline = self.lanes.deadline(&now);
        assert!(deadline.is_none_or(|at| at > self.now), "{deadline:?} is over, nothing happens");
    }

    /// What is told elsewhere is durable as what is given up, with just these records.
    fn check_told(&self, lane: u16) {
        let Some(given_up) = self.lanes.given_up(lane) else { return };
        if !self.settings.notes_given_up {
            return;
        }
        let LaneProgress { done, retries, .. } = &self.durable[usize::from(lane)];
        let records = &given_up.batch.records;
        let (first, last) = (records[0].position, records[records.len() - 1].position);
        let noted = retries.first().expect("it is told before it is noted");
        assert_eq!((noted.last, u64::from(noted.records)), (last, records.len() as u64));
        assert!(*done <= first, "more is finished than what is before it");
        if let Reason::Attempts(tried) = given_up.reason {
            assert_eq!(noted.attempt, tried + 1, "it would be tried again");
        }
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
        self.forget_lost();
        if self.hands.contains_key(&batch.lane) {
            self.check_again(batch, &records);
            return;
        }
        assert_eq!(batch.attempt, 1);
        let payload = records.len() * Settings::payload_bytes(1, 4);
        assert!(records.len() <= batch_records as usize);
        assert!(payload <= batch_bytes || records.len() == 1);
        let piece = Piece { attempt: 1, records, not_before: Duration::ZERO };
        self.hands.insert(batch.lane, Hand { is_again: false, pieces: [piece].into() });
    }

    /// What comes back is what is expected, and noted if it came back before.
    fn check_again(&mut self, batch: &Batch, records: &[usize]) {
        let hand = &self.hands[&batch.lane];
        let piece = &hand.pieces[0];
        assert_eq!((batch.attempt, records), (piece.attempt, &piece.records[..]));
        assert!(self.now >= piece.not_before, "too early");
        if hand.is_again {
            assert!(batch.is_replay);
            let noted = &self.durable[usize::from(batch.lane)].retries;
            let is_noted = |it: &crate::progress::Retry| {
                it.attempt == batch.attempt
                    && Some(it.last) == batch.records.last().map(|it| it.position)
            };
            assert!(noted.iter().any(is_noted), "the attempt is not noted");
        }
    }

    /// The processor says something about one of the batches that it has.
    pub(super) fn say(&mut self, which: usize, said: Said) {
        let Some(at) = which.checked_rem(self.running.len()) else { return };
        let lane = *self.running.keys().nth(at).unwrap();
        let batch: Arc<Batch> = self.running.remove(&lane).unwrap();
        let records = indexes(&batch);
        match said {
            Said::Done { bytes } => {
                self.lanes.finished(lane, bytes, None);
                self.done.insert(lane, records);
            }
            Said::Throttled { ms } => {
                self.lanes.throttled(lane, self.now + Duration::from_millis(ms));
                self.done.insert(lane, records);
            }
            Said::Partly { done, retry_after_ms } if done % records.len() > 0 => {
                let done = done % records.len();
                let failure = failure(true, retry_after_ms);
                self.lanes.partly(lane, done, &failure, &self.time());
                self.lanes.finished(lane, 10, None);
                let attempt = batch.attempt + u32::from(!self.settings.bisects);
                self.split(lane, done, attempt, self.not_before(&failure));
                self.done.insert(lane, records[..done].to_vec());
            }
            Said::Apart { at, retry_after_ms } if at % records.len() > 0 => {
                let at = at % records.len();
                let failure = failure(true, retry_after_ms);
                self.lanes.apart(lane, at, &failure, &self.time());
                let attempt = batch.attempt + u32::from(!self.settings.bisects);
                self.split(lane, at, attempt, self.not_before(&failure));
                let hand = self.hands.get_mut(&lane).unwrap();
                hand.is_again = true;
                hand.pieces[0].not_before = self.now;
            }
            Said::Failed { retry_after_ms }
            | Said::Partly { retry_after_ms, .. }
            | Said::Apart { retry_after_ms, .. } => {
                let attempt = batch.attempt;
                drop(batch);
                let failure = failure(true, retry_after_ms);
                let not_before = self.not_before(&failure);
                self.lanes.failed(lane, &failure, &self.time());
                let Settings { bisects, retries_max, .. } = self.settings;
                if bisects && records.len() > 1 {
                    self.split(lane, records.len() / 2, attempt, not_before);
                } else if retries_max.is_some_and(|max| attempt > max) {
                    self.note_discards();
                    assert!(self.given_up.is_superset(&records.into_iter().collect()));
                    return;
                } else {
                    self.hands.get_mut(&lane).unwrap().pieces[0].attempt += 1;
                }
                let hand = self.hands.get_mut(&lane).unwrap();
                hand.is_again = true;
                hand.pieces[0].not_before = not_before;
            }
            Said::NotRun => {
                self.lanes.failed(lane, &failure(false, None), &self.time());
            }
        }
        self.note_discards();
    }

    fn not_before(&self, failure: &Failure) -> Duration {
        self.now + Duration::from_millis(50).max(failure.retry_after.unwrap_or_default())
    }

    /// The first piece of a hand comes apart.
    fn split(&mut self, lane: u16, at: usize, attempt: u32, not_before: Duration) {
        let pieces = &mut self.hands.get_mut(&lane).unwrap().pieces;
        let records = pieces[0].records.split_off(at);
        pieces.insert(1, Piece { attempt, records, not_before });
    }

    fn note_discards(&mut self) {
        for Discard { lane, span, records, timers: _, reason } in self.lanes.take_discards() {
            let (first, last) = span.unwrap();
            let index = |counter: u64| usize::try_from(counter).unwrap();
            let span = index(first.counter())..=index(last.counter());
            let gone: Vec<usize> = span
                .filter(|it| self.lane(*it) == lane && !self.lost.contains(it))
                .filter(|it| !self.is_passed(&self.durable, *it))
                .collect();
            assert_eq!(gone.len() as u64, records);
            if reason == Reason::Age {
                let oldest = self.oldest();
                assert!(gone.iter().all(|it| self.log[*it].arrival < oldest));
            }
            self.give_up(lane, &gone, reason);
            self.given_up.extend(gone);
        }
    }

    /// What was no longer there when it was read again is in no hand.
    fn forget_lost(&mut self) {
        for (lane, hand) in &mut self.hands {
            // A lane that has not read it again does not know.
            let lane = self.lanes.lanes.get(usize::from(*lane));
            if lane.is_some_and(|lane| !lane.resume.is_empty()) {
                continue;
            }
            hand.pieces.iter_mut().for_each(|it| it.records.retain(|it| !self.lost.contains(it)));
            hand.pieces.retain(|it| !it.records.is_empty());
        }
        self.hands.retain(|_, hand| !hand.pieces.is_empty());
    }

    /// The first records that a lane has in hand, or would have had next, are given up. Where that is noted, they come
    /// back as they are, with an attempt that they do not have.
    fn give_up(&mut self, lane: u16, gone: &[usize], reason: Reason) {
        let new = || {
            let piece = Piece { attempt: 1, records: gone.to_vec(), not_before: Duration::ZERO };
            Hand { is_again: false, pieces: [piece].into() }
        };
        self.forget_lost();
        let hand = self.hands.entry(lane).or_insert_with(new);
        let Piece { attempt, records, not_before } = &hand.pieces[0];
        assert!(records.starts_with(gone), "{records:?} {gone:?}");
        let (attempt, not_before) = (*attempt, *not_before);
        if records.len() > gone.len() {
            self.split(lane, gone.len(), attempt, not_before);
        }
        let hand = self.hands.get_mut(&lane).unwrap();
        hand.is_again |= self.settings.notes_given_up;
        if let Reason::Attempts(tried) = reason {
            hand.pieces[0].attempt = tried + 1;
        }
    }
}

fn failure(is_attempt: bool, retry_after_ms: Option<u64>) -> Failure {
    Failure { is_attempt, retry_after: retry_after_ms.map(Duration::from_millis), random: 7 }
}
