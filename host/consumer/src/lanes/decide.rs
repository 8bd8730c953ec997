//! Which batch is run next, and what becomes of those that failed.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;

use crate::backoff;
use crate::processor::{Batch, BatchRecord};

use super::lane::{Bounds, Dropped, Held, Stage};
use super::{Discard, Lanes, Now, Reason};

/// How an attempt failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    /// Whether it counts as one.
    pub(crate) is_attempt: bool,
    /// The next does not come earlier.
    pub(crate) retry_after: Option<Duration>,
    /// For the pause.
    pub(crate) random: u64,
}

impl Lanes {
    /// The next batch to be run, if there is one now. It counts as running until one of
    /// [`Lanes::finished`], [`Lanes::throttled`] and [`Lanes::failed`] is told.
    pub(crate) fn next(&mut self, now: &Now) -> Option<Arc<Batch>> {
        if self.is_stopped {
            return None;
        }
        self.change_factor();
        let low = self.low();
        self.span.release(low);
        (0..self.lanes.len()).find_map(|at| {
            let stage = self.lanes[at].held.as_ref().map(|held| held.stage);
            match stage {
                None => self.form(at, now),
                Some(Stage::Waiting { due }) => self.again(at, due, now),
                Some(_) => None,
            }
        })
    }

    /// The batch of `lane` is done, and its records will bring so many bytes to a commit.
    pub(crate) fn finished(&mut self, lane: u16, bytes: usize) {
        self.set_stage(lane, Stage::Finished { bytes, is_discarded: false });
        self.finished.push_back(lane);
    }

    /// The batch of `lane` is done, but its records can be emitted at `due` at the earliest.
    pub(crate) fn throttled(&mut self, lane: u16, due: Duration) {
        self.set_stage(lane, Stage::Throttled { due });
    }

    /// The lanes whose records may be emitted now.
    pub(crate) fn due_emits(&self, now: &Now) -> Vec<u16> {
        let is_due = |held: &Held| match held.stage {
            Stage::Throttled { due } => due <= now.monotonic,
            Stage::Running
            | Stage::Waiting { .. }
            | Stage::Finished { .. }
            | Stage::Committing { .. } => false,
        };
        let held = self.lanes.iter().filter_map(|lane| lane.held.as_ref());
        held.filter(|held| is_due(held)).map(|held| held.batch.lane).collect()
    }

    /// The batch of `lane` failed.
    pub(crate) fn failed(&mut self, lane: u16, failure: &Failure, now: &Now) {
        let at = usize::from(lane);
        let Some(held) = &mut self.lanes[at].held else { return };
        let tried = held.batch.attempt;
        let failures = if failure.is_attempt {
            held.not_run = 0;
            held.failed_at.get_or_insert(now.wall);
            if self.settings.retries_max.is_some_and(|max| tried > max) {
                self.discard(at, Reason::Attempts(tried));
                return;
            }
            held.is_noted = false;
            Arc::make_mut(&mut held.batch).attempt = tried.saturating_add(1);
            tried
        } else {
            held.not_run = held.not_run.saturating_add(1);
            held.not_run
        };
        let pause = backoff::pause(failures, failure.random);
        let pause = pause.max(failure.retry_after.unwrap_or_default());
        held.stage = Stage::Waiting { due: now.monotonic.saturating_add(pause) };
    }

    /// When something is to be done although nothing happens.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let is_running = !self.is_stopped;
        let deadlines = self.lanes.iter().filter_map(|lane| match &lane.held {
            Some(held) => match held.stage {
                Stage::Throttled { due } => Some(due),
                Stage::Waiting { due } => (is_running && held.is_noted()).then_some(due),
                Stage::Running | Stage::Finished { .. } | Stage::Committing { .. } => None,
            },
            None => {
                let waits = is_running && lane.resume.is_none() && self.barrier.is_none();
                let seen = lane.seen().filter(|_| waits)?;
                Some(seen.saturating_add(self.settings.window))
            }
        });
        deadlines.min()
    }

    /// What arrived before this is not tried any more.
    fn oldest(&self, now: &Now) -> Millis {
        let age_ms = self.settings.age_max.map(|age| u64::try_from(age.as_millis()));
        let oldest = age_ms.map(|ms| now.wall.minus(ms.unwrap_or(u64::MAX)));
        oldest.unwrap_or_default().max(now.horizon)
    }

    /// Forms a batch of what was read, if it is complete or the time is over.
    fn form(&mut self, at: usize, now: &Now) -> Option<Arc<Batch>> {
        if self.lanes[at].resume.is_some() {
            self.resume(at, now)?;
            if self.lanes[at].held.is_some() {
                return self.again(at, Duration::ZERO, now);
            }
        }
        self.drop_old(at, now);
        let settings = self.settings;
        let lane = &mut self.lanes[at];
        let over = lane.seen()?.saturating_add(settings.window);
        let is_over = over <= now.monotonic || self.is_closed || self.barrier.is_some();
        if !is_over && !lane.is_full(&settings) && self.span.has_room() {
            return None;
        }
        let records = lane.take(Bounds {
            records: settings.batch_records as usize,
            payload: settings.batch_bytes,
            end: self.barrier,
        });
        let (first, last) = (records.first()?, records.last()?);
        let is_old = self.replay_before.is_some_and(|before| first.position.offset < before);
        let is_replay = is_old && lane.replay_left > 0;
        lane.replay_left = lane.replay_left.saturating_sub(records.len());
        lane.reached = last.position.next();
        let batch = Arc::new(self.batch(at, records, is_replay, now));
        let held = Held {
            batch: Arc::clone(&batch),
            failed_at: None,
            is_noted: false,
            not_run: 0,
            stage: Stage::Running,
        };
        self.lanes[at].held = Some(held);
        Some(batch)
    }

    /// Forms the batch of an earlier life again, once all of it was read; nothing if none of it is left.
    fn resume(&mut self, at: usize, now: &Now) -> Option<()> {
        if self.lanes[at].awaits(self.cursor) {
            return None;
        }
        let retry = self.lanes[at].resume.take()?;
        let end = Some(retry.last.next());
        let bounds = Bounds { records: usize::MAX, payload: usize::MAX, end };
        let records = self.lanes[at].take(bounds);
        if records.is_empty() {
            self.is_dirty = true;
        } else {
            let mut batch = self.batch(at, records, true, now);
            batch.attempt = retry.attempt;
            self.lanes[at].held = Some(Held {
                batch: Arc::new(batch),
                failed_at: Some(retry.failed_at),
                is_noted: true,
                not_run: 0,
                stage: Stage::Waiting { due: Duration::ZERO },
            });
        }
        Some(())
    }

    /// Runs a batch that waited once more, unless it was tried too often or is too old.
    fn again(&mut self, at: usize, due: Duration, now: &Now) -> Option<Arc<Batch>> {
        let oldest = self.oldest(now);
        let newest = self.newest;
        let held = self.lanes[at].held.as_mut()?;
        let tried = held.batch.attempt.saturating_sub(1);
        if self.settings.retries_max.is_some_and(|max| tried > max) {
            self.discard(at, Reason::Attempts(tried));
            return None;
        }
        if held.last().arrival < oldest {
            self.discard(at, Reason::Age);
            return None;
        }
        if !held.is_noted() || now.monotonic < due {
            return None;
        }
        let dropped = held.drop_old(oldest);
        let behind_ms = behind_ms(held.last(), newest, now);
        let batch = Arc::make_mut(&mut held.batch);
        batch.behind_ms = behind_ms;
        batch.is_replay |= batch.attempt > 1;
        held.stage = Stage::Running;
        let batch = Arc::clone(&held.batch);
        self.discarded(at, dropped, Reason::Age);
        Some(batch)
    }

    fn batch(&self, at: usize, records: Vec<BatchRecord>, is_replay: bool, now: &Now) -> Batch {
        Batch {
            stream: Arc::clone(&self.stream),
            shard: self.shard,
            lane: lane_number(at),
            attempt: 1,
            is_replay,
            behind_ms: records.last().map_or(0, |last| behind_ms(last, self.newest, now)),
            records,
        }
    }

    fn drop_old(&mut self, at: usize, now: &Now) {
        let oldest = self.oldest(now);
        let dropped = self.lanes[at].drop_old(oldest, self.barrier);
        self.is_dirty |= dropped.is_some();
        self.discarded(at, dropped, Reason::Age);
    }

    /// Gives up the batch in hand.
    fn discard(&mut self, at: usize, reason: Reason) {
        let Some(held) = &mut self.lanes[at].held else { return };
        let (first, last) = (held.first().number, held.last().number);
        let dropped = Dropped { first, last, records: held.batch.records.len() };
        held.stage = Stage::Finished { bytes: 0, is_discarded: true };
        self.finished.push_back(lane_number(at));
        self.discarded(at, Some(dropped), reason);
    }

    fn discarded(&mut self, at: usize, dropped: Option<Dropped>, reason: Reason) {
        let discard = dropped.map(|Dropped { first, last, records }| Discard {
            lane: lane_number(at),
            first,
            last,
            records: records as u64,
            reason,
        });
        self.discards.extend(discard);
    }

    fn set_stage(&mut self, lane: u16, stage: Stage) {
        if let Some(held) = &mut self.lanes[usize::from(lane)].held {
            held.stage = stage;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are at most ten")]
fn lane_number(at: usize) -> u16 {
    at as u16
}

/// How far `last` is behind the newest record, which ends at `newest`.
fn behind_ms(last: &BatchRecord, newest: u64, now: &Now) -> u64 {
    // Not 0 where something is left.
    if last.position.offset + 1 >= newest { 0 } else { now.wall.since(last.arrival).max(1) }
}
