//! The batch that a lane has in hand, as it was formed or in pieces.
//!
//! A batch comes apart where only a part of it is done, where it is halved because it failed, and where its first
//! records have grown too old. The piece in hand goes on like any batch, the others wait behind it in order, and
//! each has a fate of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::Position;

use crate::processor::{Batch, BatchRecord, Reason};
use crate::progress::{RETRIES_MAX, Retry};
use crate::settings::Settings;

/// The batch that a lane has in hand.
#[derive(Debug)]
pub(super) struct Held {
    /// The piece in hand; all of the batch as long as it is whole.
    pub(super) batch: Arc<Batch>,
    /// What waits behind it, in order.
    pub(super) rest: VecDeque<Piece>,
    /// When its first attempt failed, if it is tried again.
    pub(super) failed_at: Option<Millis>,
    /// Whether a commit knows of the attempt that is to come.
    pub(super) is_noted: bool,
    /// How often in a row it was not run.
    pub(super) not_run: u32,
    /// How often in a row it could not be told that it is given up.
    pub(super) untold: u32,
    /// Set once it is not tried any more.
    pub(super) given_up: Option<Reason>,
    /// Set once it is to be parked.
    pub(super) is_parked: bool,
    /// What it leaves to the next batch of its window, once it is done.
    pub(super) state: Option<Bytes>,
    pub(super) stage: Stage,
}

/// What happens to a batch in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is with the processor.
    Running,
    /// It is tried again then.
    Waiting { due: Duration },
    /// It is done or given up; whether what it emits can be emitted is asked (again) then.
    Asking { due: Duration },
    /// It is given up, and the processor tells of it: perhaps elsewhere, which may take long.
    Telling { is_elsewhere: bool },
    /// It is done or given up and waits for a commit, to which it brings so many bytes.
    Finished { bytes: usize },
    /// It is part of the commit in flight.
    Committing,
}

/// Records of a batch that are to be tried again on their own; at least one.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) records: Vec<BatchRecord>,
    pub(super) again: Again,
}

/// How records are tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    /// The attempt that is to come.
    pub(super) attempt: u32,
    /// When the first attempt failed.
    pub(super) failed_at: Millis,
    /// It does not come earlier.
    pub(super) due: Duration,
}

impl Held {
    /// A batch that was just formed.
    pub(super) fn new(batch: Arc<Batch>, stage: Stage) -> Self {
        Self {
            batch,
            rest: VecDeque::new(),
            failed_at: None,
            is_noted: false,
            not_run: 0,
            untold: 0,
            given_up: None,
            is_parked: false,
            state: None,
            stage,
        }
    }

    /// The first of `pieces` in hand, the others behind it; they are noted. `like` says whose they are.
    pub(super) fn resumed(like: &Batch, mut pieces: VecDeque<Piece>) -> Option<Self> {
        let Piece { records, again } = pieces.pop_front()?;
        let batch = Batch {
            stream: Arc::clone(&like.stream),
            shard: like.shard,
            lane: like.lane,
            attempt: again.attempt,
            is_replay: true,
            behind_ms: like.behind_ms,
            window: None,
            records,
            timers: Vec::new(),
        };
        Some(Self {
            rest: pieces,
            failed_at: Some(again.failed_at),
            is_noted: true,
            ..Self::new(Arc::new(batch), Stage::Waiting { due: again.due })
        })
    }

    /// What comes next once the piece in hand is finished.
    pub(super) fn next(&mut self) -> Option<Self> {
        Self::resumed(&self.batch, std::mem::take(&mut self.rest))
    }

    /// Where its first record is, if it has one.
    pub(super) fn place(&self) -> Option<Position> {
        self.batch.records.first().map(|record| record.position)
    }

    /// When its newest record arrived. The last batch of a window is as old as the window.
    pub(super) fn arrival(&self) -> Millis {
        let end = self.batch.window.as_ref().map(|window| window.end);
        let last = self.batch.records.last().map(|record| record.arrival);
        // Timers wait for as long as they must.
        let timers = self.is_of_timers().then_some(Millis(u64::MAX));
        last.or(end).or(timers).unwrap_or_default()
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Whether it failed, or could not be run or told of, and is tried again.
    pub(super) fn is_retried(&self) -> bool {
        self.failed_at.is_some() || self.not_run > 0 || self.untold > 0
    }

    /// Whether the next attempt may begin: the store knows of it, or it is the first.
    pub(super) fn is_noted(&self) -> bool {
        // Timers lie in the store themselves.
        self.is_noted || self.failed_at.is_none() || self.is_of_timers()
    }

    /// Whether a commit is to note how far it is before anything else happens to it.
    pub(super) fn wants_note(&self, settings: &Settings) -> bool {
        let is_to_be_told = settings.notes_given_up
            && self.given_up.is_some()
            && matches!(self.stage, Stage::Asking { .. })
            // What has no records is noted otherwise: where windows are, or as timers.
            && !self.batch.records.is_empty();
        (self.is_waiting() || is_to_be_told) && !self.is_noted()
    }

    /// The attempt that is noted: of a batch that is given up one that is beyond those it had, so that it is given up
    /// at once by who finds it.
    fn attempt_noted(&self) -> u32 {
        match self.given_up {
            Some(Reason::Attempts(tried)) => tried.saturating_add(1),
            Some(Reason::Age) | None => self.batch.attempt,
        }
    }

    /// Whether it can be left as it is by who stops: the next life finds it as it is noted.
    pub(super) fn can_be_left(&self) -> bool {
        match self.stage {
            Stage::Waiting { .. } => self.is_noted(),
            Stage::Asking { .. } => self.given_up.is_some() || self.is_parked,
            Stage::Telling { is_elsewhere } => is_elsewhere,
            Stage::Running | Stage::Finished { .. } | Stage::Committing => false,
        }
    }

    /// What is to be noted about it: nothing, or all pieces that are to be tried again.
    pub(super) fn retries(&self) -> Vec<Retry> {
        // As long as its first attempt was not finished it is noted as nothing, and formed anew after a crash.
        let Some(failed_at) = self.failed_at.filter(|_| !self.batch.records.is_empty()) else {
            return Vec::new();
        };
        let first = retry(&self.batch.records, self.attempt_noted(), failed_at);
        std::iter::once(first).chain(self.retries_behind()).collect()
    }

    /// What is to be noted about it once the piece in hand is finished.
    pub(super) fn retries_behind(&self) -> impl Iterator<Item = Retry> {
        let retry_of =
            |Piece { records, again }: &Piece| retry(records, again.attempt, again.failed_at);
        self.rest.iter().map(retry_of)
    }

    /// Where the lane goes on behind the piece in hand, if that is in the batch.
    pub(super) fn place_behind(&self) -> Option<Position> {
        let records = &self.rest.front()?.records;
        records.first().map(|record| record.position)
    }

    /// Keeps the records before `at` in hand; the others wait behind them. Both must have some.
    pub(super) fn split(&mut self, at: usize, again: Again) {
        let records = Arc::make_mut(&mut self.batch).records.split_off(at);
        self.rest.push_front(Piece { records, again });
        // With the one in hand. Halving never comes to so many; what does is tried together at its end.
        while self.rest.len() + 1 > RETRIES_MAX
            && let Some(last) = self.rest.pop_back()
            && let Some(before) = self.rest.back_mut()
        {
            before.join(last);
        }
    }

    /// How many records at the front arrived before `oldest`.
    pub(super) fn count_old(&self, oldest: Millis) -> usize {
        self.batch.records.iter().take_while(|record| record.arrival < oldest).count()
    }
}

impl Piece {
    fn join(&mut self, behind: Self) {
        let Self { records, again } = behind;
        self.records.extend(records);
        self.again.attempt = self.again.attempt.max(again.attempt);
        self.again.failed_at = self.again.failed_at.min(again.failed_at);
        self.again.due = self.again.due.max(again.due);
    }
}

fn retry(records: &[BatchRecord], attempt: u32, failed_at: Millis) -> Retry {
    Retry {
        last: records.last().map(|record| record.position).unwrap_or_default(),
        records: u32::try_from(records.len()).unwrap_or(u32::MAX),
        attempt,
        failed_at,
    }
}
