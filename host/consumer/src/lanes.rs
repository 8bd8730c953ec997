//! What the lanes of a shard do next (pure): records, results and time go in, batches and commits come out.
//!
//! The order of things for one batch of a lane: it is *formed* of the records that were read, *run*, and
//! then *finished* (its emitted records wait for the commit), *throttled* (they do not even get that far
//! yet) or *waiting* to be tried again. A batch that is given up takes the way of one that is done. What comes
//! apart goes on piece by piece (`held`). The lane's next batch is formed when the commit that finishes this
//! one is done. A commit takes what is finished at that moment, and the places of all lanes.
//!
//! Nothing here waits, reads a clock or draws randomness, so that a model can drive it through any order of
//! events.

mod decide;
mod giving_up;
mod group;
mod held;
mod lane;
mod park;
mod relane;
mod span;
#[cfg(test)]
mod tests;
mod timers;
mod window;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Millis, SequenceNumber};
use storage::Position;
use streams::{ShardFacts, Stream};

use crate::lane_of::lane_of;
use crate::parked::Parked;
use crate::processor::{BatchRecord, Reason};
use crate::progress::LaneProgress;
use crate::settings::Settings;

pub(crate) use decide::Failure;
pub(crate) use group::Group;
pub(crate) use timers::Gathered;

use held::Held;
use lane::Lane;
use span::Span;

/// The lanes of one shard.
pub(crate) struct Lanes {
    stream: Arc<Stream>,
    shard: ShardFacts,
    settings: Settings,
    lanes: Vec<Lane>,
    /// Everything before it was read.
    cursor: Position,
    span: Span,
    /// The offset behind the newest record of the shard, as far as is known.
    newest: u64,
    /// What lies before it may have been handed out by an earlier life; `None` until the first read.
    replay_before: Option<u64>,
    /// No batch begins any more.
    is_stopped: bool,
    /// Nothing will be added to the shard any more.
    is_closed: bool,
    /// All that there is was read.
    is_caught_up: bool,
    /// Set while the number of lanes is to change: no batch goes beyond it.
    barrier: Option<Position>,
    /// Places moved although no batch was finished.
    is_dirty: bool,
    /// Lanes whose batch is finished, in the order in which that happened.
    finished: VecDeque<u16>,
    in_flight: Option<Group>,
    discards: Vec<Discard>,
    /// The consumer's keys that are parked.
    parked: Arc<Parked>,
    timers: timers::Timers,
}

/// The time, as decisions need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For pauses and windows.
    pub(crate) monotonic: Duration,
    /// For ages: the time that retention goes by, which a jump of the time of day may be kept out of.
    pub(crate) wall: Millis,
    /// For timers and windows, which others compute from the time of day.
    pub(crate) clock: Millis,
    /// Records that arrived before it are past their retention.
    pub(crate) horizon: Millis,
}

/// The longest wait for a time of day: it may be set ahead meanwhile, or go on while the machine sleeps and the monotonic
/// clock stands still.
const LOOK: Duration = Duration::from_secs(60);

impl Now {
    /// When it is to be looked whether the time of day is `due`.
    fn look_at(&self, due: Millis) -> Duration {
        let left = Duration::from_millis(due.since(self.clock));
        self.monotonic.saturating_add(left.min(LOOK))
    }
}

/// Records that were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Discard {
    pub(crate) lane: u16,
    /// The first and the last; `None` if it is the last batch of a window.
    pub(crate) span: Option<(SequenceNumber, SequenceNumber)>,
    pub(crate) records: u64,
    /// Timers, in place of records.
    pub(crate) timers: usize,
    pub(crate) reason: Reason,
}

impl Lanes {
    /// The lanes as `progress` left them, `state` being that of the window that is open. `is_first` tells that no
    /// record was ever handed out.
    pub(crate) fn new(
        stream: Arc<Stream>,
        shard: ShardFacts,
        settings: Settings,
        progress: &[LaneProgress],
        state: &Bytes,
        parked: Arc<Parked>,
        is_first: bool,
    ) -> Self {
        let lane = |lane: &LaneProgress| Lane::new(lane, state, is_first);
        let lanes: Vec<Lane> = progress.iter().map(lane).collect();
        let cursor = progress.iter().map(|lane| lane.done).min().unwrap_or_default();
        let mut lanes = Self {
            stream,
            shard,
            settings,
            lanes,
            cursor,
            span: Span::default(),
            newest: 0,
            replay_before: None,
            is_stopped: false,
            is_closed: false,
            is_caught_up: false,
            barrier: None,
            is_dirty: false,
            finished: VecDeque::new(),
            in_flight: None,
            discards: Vec::new(),
            parked,
            timers: timers::Timers::default(),
        };
        lanes.go_by(settings);
        lanes
    }

    /// Begins no batch any more.
    pub(crate) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// The shard takes no more records, and all were read.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    /// The stream as it is now.
    pub(crate) fn renew(&mut self, stream: Arc<Stream>) {
        self.stream = stream;
    }

    /// Where to read on, if more records are wanted.
    pub(crate) fn wants(&mut self) -> Option<Position> {
        let low = self.low();
        self.span.release(low);
        // A batch to be tried again needs all its records, whatever else was read meanwhile.
        let is_needed = self.lanes.iter().any(|lane| lane.awaits(self.cursor));
        let wanted = !self.is_stopped && !self.is_closed && (is_needed || self.span.has_room());
        wanted.then_some(self.cursor)
    }

    /// Reading begins at `from`, with the shard's end at `newest`.
    pub(crate) fn read(&mut self, from: Position, newest: Position) {
        if from > self.cursor {
            self.cursor = from;
            self.is_dirty = true;
            // Lanes may be noted as being there before their number changes, and must not fall behind it.
            self.lanes.iter_mut().for_each(|lane| lane.reached = lane.reached.max(from));
            self.barrier = self.barrier.map(|barrier| barrier.max(from));
        }
        self.newest = newest.offset;
        self.replay_before.get_or_insert(newest.offset);
    }

    /// Takes a record, seen at `seen`; they come in order.
    pub(crate) fn push(&mut self, record: BatchRecord, seen: Duration) {
        let lane = lane_of(&record.partition_key, self.factor());
        self.lanes[usize::from(lane)].push(record, seen);
    }

    /// Everything before `end` was taken, for which `bytes` of memory and `records` are held.
    pub(crate) fn pushed(&mut self, end: Position, bytes: usize, records: usize) {
        self.cursor = end;
        self.newest = self.newest.max(end.offset);
        self.span.push(end, bytes, records);
    }

    /// What was given up since the last question.
    pub(crate) fn take_discards(&mut self) -> Vec<Discard> {
        std::mem::take(&mut self.discards)
    }

    /// Whether everything before `end` was read.
    pub(crate) fn has_read(&self, end: Position) -> bool {
        self.cursor.offset >= end.offset
    }

    /// Whether nothing is left to do and nothing will come.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_closed && self.is_settled()
    }

    /// Whether a batch is with the processor.
    pub(crate) fn is_running(&self) -> bool {
        self.lanes.iter().any(Lane::is_running)
    }

    /// Whether a batch failed or could not be run, or telling of one that is given up, and it is tried again.
    pub(crate) fn is_retrying(&self) -> bool {
        self.lanes.iter().any(|lane| lane.held.as_ref().is_some_and(Held::is_retried))
    }

    /// Whether nothing is to be done before more records come: nothing runs, waits or is to be committed. A
    /// batch that waits to be tried again does not count once it is stopped and noted.
    pub(crate) fn is_settled(&self) -> bool {
        let is_stopped = self.is_stopped;
        let is_settled = self.lanes.iter().all(|lane| lane.is_settled(is_stopped));
        is_settled && !self.is_dirty && self.in_flight.is_none()
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are at most ten")]
    fn factor(&self) -> u16 {
        self.lanes.len() as u16
    }

    /// The lowest unfinished position.
    fn low(&self) -> Position {
        let places = self.lanes.iter().map(|lane| lane.place(self.cursor));
        places.min().unwrap_or(self.cursor)
    }
}
