//! Which batch is run next, and what becomes of those that failed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::backoff;
use crate::processor::{Batch, BatchRecord, Reason};

use super::held::{Again, Held, Piece, Stage};
use super::lane::Bounds;
use super::{Lanes, Now};

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
    /// [`Lanes::finished`], [`Lanes::throttled`] and [`Lanes::failed`] is told. A batch that is given up is not
    /// run: it counts as throttled, and is due at once.
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

    /// The batch of `lane` is done, and what comes of it will bring so many bytes to a commit; `state` is what it
    /// leaves to the next one of its window.
    pub(crate) fn finished(&mut self, lane: u16, bytes: usize, state: Option<Bytes>) {
        self.set_stage(lane, Stage::Finished { bytes });
        if let Some(held) = &mut self.lanes[usize::from(lane)].held {
            held.state = state.filter(|_| held.given_up.is_none());
        }
        self.finished.push_back(lane);
    }

    /// The batch of `lane` is done or given up, but its records can be emitted at `due` at the earliest.
    pub(crate) fn throttled(&mut self, lane: u16, due: Duration) {
        self.set_stage(lane, Stage::Asking { due });
    }

    /// The lanes whose records may be emitted now.
    pub(crate) fn due_emits(&self, now: &Now) -> Vec<u16> {
        let is_due = |held: &Held| match held.stage {
            Stage::Asking { due } => due <= now.monotonic && !self.awaits_note(held),
            Stage::Running
            | Stage::Waiting { .. }
            | Stage::Telling { .. }
            | Stage::Finished { .. }
            | Stage::Committing => false,
        };
        let held = self.lanes.iter().filter_map(|lane| lane.held.as_ref());
        held.filter(|held| is_due(held)).map(|held| held.batch.lane).collect()
    }

    /// The batch of `lane` failed. It is halved, which counts as no attempt, or tried again as it is, or given up.
    pub(crate) fn failed(&mut self, lane: u16, failure: &Failure, now: &Now) {
        let at = usize::from(lane);
        let (settings, isolates) = (self.settings, self.isolates());
        let lane = &mut self.lanes[at];
        let Some(held) = &mut lane.held else { return };
        if !failure.is_attempt {
            held.not_run = held.not_run.saturating_add(1);
            held.stage = Stage::Waiting { due: failure.due(held.not_run, now) };
            return;
        }
        held.not_run = 0;
        let (tried, records) = (held.batch.attempt, held.batch.records.len());
        let is_halved = isolates && records > 1;
        if !is_halved && settings.retries_max.is_some_and(|max| tried > max) {
            self.discard(at, Reason::Attempts(tried), now);
            return;
        }
        if self.park_alone(at) {
            return;
        }
        let lane = &mut self.lanes[at];
        let Some(held) = &mut lane.held else { return };
        let due = failure.due(tried, now);
        let failed_at = *held.failed_at.get_or_insert(now.wall);
        if is_halved {
            held.split(records / 2, Again { attempt: tried, failed_at, due });
        } else {
            Arc::make_mut(&mut held.batch).attempt = tried.saturating_add(1);
        }
        held.stage = Stage::Waiting { due };
        held.is_noted = false;
        lane.edition += 1;
    }

    /// Only the first `done` records of the batch of `lane` are done, at least one: they are what is
    /// [`Lanes::finished`] next, and the others, if there are some, are tried again behind them. Where batches are
    /// halved, this is in place of it, and counts as no attempt either.
    pub(crate) fn partly(&mut self, lane: u16, done: usize, failure: &Failure, now: &Now) {
        let bisects = self.isolates();
        let Some(held) = &mut self.lanes[usize::from(lane)].held else { return };
        if done >= held.batch.records.len() {
            return;
        }
        let tried = held.batch.attempt;
        let attempt = if bisects { tried } else { tried.saturating_add(1) };
        let failed_at = held.failed_at.unwrap_or(now.wall);
        held.split(done, Again { attempt, failed_at, due: failure.due(tried, now) });
    }

    /// Nothing of the batch of `lane` is done, but it comes apart at `at`: the records before are run by themselves, at
    /// once, and the others behind them as those that failed. With nothing on one side it failed as a whole.
    pub(crate) fn apart(&mut self, lane: u16, at: usize, failure: &Failure, now: &Now) {
        let bisects = self.isolates();
        let number = lane;
        let lane = &mut self.lanes[usize::from(lane)];
        let Some(held) = &mut lane.held else { return };
        if at == 0 || at >= held.batch.records.len() {
            self.failed(number, failure, now);
            return;
        }
        held.not_run = 0;
        let tried = held.batch.attempt;
        let attempt = if bisects { tried } else { tried.saturating_add(1) };
        let failed_at = *held.failed_at.get_or_insert(now.wall);
        held.split(at, Again { attempt, failed_at, due: failure.due(tried, now) });
        held.stage = Stage::Waiting { due: now.monotonic };
        held.is_noted = false;
        lane.edition += 1;
    }

    /// When something is to be done although nothing happens.
    pub(crate) fn deadline(&self, now: &Now) -> Option<Duration> {
        let is_running = !self.is_stopped;
        let deadlines = self.lanes.iter().enumerate().filter_map(|(at, lane)| match &lane.held {
            Some(held) => match held.stage {
                Stage::Asking { due } => (!self.awaits_note(held)).then_some(due),
                Stage::Waiting { due } => {
                    (is_running && held.is_noted() && !self.is_blocked(lane)).then_some(due)
                }
                Stage::Running
                | Stage::Telling { .. }
                | Stage::Finished { .. }
                | Stage::Committing => None,
            },
            None if self.is_blocked(lane) => None,
            None if !is_running || !lane.resume.is_empty() || self.barrier.is_some() => None,
            None => {
                let timers = self.timer_deadline(at, now);
                let full = lane.seen().map(|seen| seen.saturating_add(self.settings.window));
                let over = self.window_deadline(lane, now);
                [full, over, timers].into_iter().flatten().min()
            }
        });
        deadlines.min()
    }

    /// Forms a batch of timers or records, which take turns where there are both.
    fn form(&mut self, at: usize, now: &Now) -> Option<Arc<Batch>> {
        if !self.lanes[at].has_fired
            && let Some(batch) = self.fire(at, now)
        {
            return Some(batch);
        }
        self.lanes[at].has_fired = false;
        let batch = self.form_records(at, now);
        if batch.is_some() || self.lanes[at].held.is_some() { batch } else { self.fire(at, now) }
    }

    /// Forms a batch of what was read, if it is complete or the time is over.
    fn form_records(&mut self, at: usize, now: &Now) -> Option<Arc<Batch>> {
        if !self.lanes[at].resume.is_empty() {
            self.resume(at, now)?;
            if self.lanes[at].held.is_some() {
                return self.again(at, Duration::ZERO, now);
            }
        }
        if self.close_window(at, now) {
            return self.again(at, Duration::ZERO, now);
        }
        if self.pass_over(at, now) {
            return None;
        }
        self.open_window(at, self.lanes[at].next_arrival()?);
        if self.park_queued(at, now) {
            return None;
        }
        if self.lanes[at].held.is_some() {
            return self.again(at, Duration::ZERO, now);
        }
        let settings = self.settings;
        let (end, free) = (self.window_end(at), self.free(at));
        let is_cut = self.is_window_full(at, now) || free.is_some();
        let lane = &mut self.lanes[at];
        let over = lane.seen()?.saturating_add(settings.window);
        let is_over = over <= now.monotonic || is_cut || self.is_closed || self.barrier.is_some();
        if !is_over && !lane.is_full(&settings) && self.span.has_room() {
            return None;
        }
        let records = lane.take(Bounds {
            records: free.unwrap_or(settings.batch_records as usize),
            payload: settings.batch_bytes,
            end: self.barrier,
            arrived_before: end,
        });
        let (first, last) = (records.first()?, records.last()?);
        let is_old = self.replay_before.is_some_and(|before| first.position.offset < before);
        let is_replay = is_old && lane.replay_left > 0;
        lane.replay_left = lane.replay_left.saturating_sub(records.len());
        lane.reached = last.position.next();
        let mut batch = self.batch(at, records, is_replay, now);
        batch.window = self.window(at, false);
        let batch = Arc::new(batch);
        self.lanes[at].held = Some(Held::new(Arc::clone(&batch), Stage::Running));
        Some(batch)
    }

    /// Forms the batches of an earlier life again, once all of them was read; nothing if none of them is left.
    fn resume(&mut self, at: usize, now: &Now) -> Option<()> {
        let lane = &mut self.lanes[at];
        if lane.awaits(self.cursor) {
            return None;
        }
        let mut pieces = VecDeque::new();
        for retry in std::mem::take(&mut lane.resume) {
            let records = lane.take(Bounds {
                records: usize::MAX,
                payload: usize::MAX,
                end: Some(retry.last.next()),
                arrived_before: None,
            });
            let (attempt, failed_at) = (retry.attempt, retry.failed_at);
            let again = Again { attempt, failed_at, due: Duration::ZERO };
            if !records.is_empty() {
                pieces.push_back(Piece { records, again });
            }
        }
        let like = self.batch(at, Vec::new(), true, now);
        self.lanes[at].held = Held::resumed(&like, pieces);
        self.is_dirty |= self.lanes[at].held.is_none();
        Some(())
    }

    /// Runs a batch that waited once more, unless it was tried too often or is too old.
    fn again(&mut self, at: usize, due: Duration, now: &Now) -> Option<Arc<Batch>> {
        let oldest = self.oldest(now);
        let newest = self.newest;
        let held = self.lanes[at].held.as_mut()?;
        let tried = held.batch.attempt.saturating_sub(1);
        if self.settings.retries_max.is_some_and(|max| tried > max) {
            self.discard(at, Reason::Attempts(tried), now);
            return None;
        }
        if held.arrival() < oldest {
            self.discard(at, Reason::Age, now);
            return None;
        }
        if !held.is_noted() || now.monotonic < due {
            return None;
        }
        let old = held.count_old(oldest);
        if old > 0 {
            let failed_at = held.failed_at.unwrap_or(now.wall);
            let attempt = held.batch.attempt;
            held.split(old, Again { attempt, failed_at, due });
            self.discard(at, Reason::Age, now);
            return None;
        }
        if self.park_held(at, due, now) {
            return None;
        }
        let held = self.lanes[at].held.as_ref()?;
        let behind_ms = held.batch.records.last().map_or(0, |last| behind_ms(last, newest, now));
        let is_again = held.failed_at.is_some();
        let (arrival, is_final) = (held.arrival(), held.is_last_of_window());
        let is_of_timers = held.is_of_timers();
        if !is_of_timers {
            self.open_window(at, arrival);
        }
        let window = if is_of_timers { None } else { self.window(at, is_final) };
        let held = self.lanes[at].held.as_mut()?;
        let batch = Arc::make_mut(&mut held.batch);
        batch.behind_ms = behind_ms;
        batch.is_replay |= is_again;
        batch.window = window;
        held.stage = Stage::Running;
        Some(Arc::clone(&held.batch))
    }

    pub(super) fn batch(
        &self,
        at: usize,
        records: Vec<BatchRecord>,
        is_replay: bool,
        now: &Now,
    ) -> Batch {
        Batch {
            stream: Arc::clone(&self.stream),
            shard: self.shard,
            lane: lane_number(at),
            attempt: 1,
            is_replay,
            behind_ms: records.last().map_or(0, |last| behind_ms(last, self.newest, now)),
            window: None,
            records,
            timers: Vec::new(),
        }
    }

    pub(super) fn set_stage(&mut self, lane: u16, stage: Stage) {
        if let Some(held) = &mut self.lanes[usize::from(lane)].held {
            held.stage = stage;
        }
    }
}

impl Failure {
    /// When the next attempt may come, after so many failures in a row.
    pub(super) fn due(&self, failures: u32, now: &Now) -> Duration {
        let pause = backoff::pause(failures, self.random);
        now.monotonic.saturating_add(pause.max(self.retry_after.unwrap_or_default()))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are at most ten")]
pub(super) fn lane_number(at: usize) -> u16 {
    at as u16
}

/// How far `last` is behind the newest record, which ends at `newest`.
fn behind_ms(last: &BatchRecord, newest: u64, now: &Now) -> u64 {
    // Not 0 where something is left.
    if last.position.offset + 1 >= newest { 0 } else { now.clock.since(last.arrival).max(1) }
}
