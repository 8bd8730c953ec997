//! How far a consumer is in a shard: the one fact that its commits write.

mod codec;
pub(crate) mod state;
#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes};
use domain::{Millis, ShardId};
use storage::{Position, Scope};

use crate::processor::ConsumerId;

pub(crate) use codec::{decode, encode};

/// How far a consumer is in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Who may write it.
    pub(crate) owner: Owner,
    /// One for each lane; 1 to 10.
    pub(crate) lanes: Vec<LaneProgress>,
}

/// Who may write a shard's progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The producer of this shard's commits, drawn when the consumer began.
    pub(crate) producer: u64,
    /// How often the consumer was started; 0 before the first time.
    pub(crate) generation: u32,
    /// A random number by which a start recognises its own claim.
    pub(crate) claim: u64,
}

/// How far a lane is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LaneProgress {
    /// Everything of the lane before this is finished.
    pub(crate) done: Position,
    /// Batches that wait to be tried again, at most [`RETRIES_MAX`]: the first begins at `done`, each other one
    /// behind the one before it.
    pub(crate) retries: Vec<Retry>,
    /// The tumbling window that is open.
    pub(crate) window: Option<WindowProgress>,
}

/// A tumbling window that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowProgress {
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// Bytes of its state, which lies in facts of its own.
    pub(crate) state_bytes: u32,
    /// Set once it is settled that it is over, and its last batch is to come.
    pub(crate) closing: Option<Closing>,
}

/// How far the last batch of a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    /// Whether the window is over before its time.
    pub(crate) is_early: bool,
    /// The attempt that is to come.
    pub(crate) attempt: u32,
    /// When the first attempt failed.
    pub(crate) failed_at: Option<Millis>,
}

/// Batches of a lane that wait to be tried again. Halving 10,000 records leaves 15.
pub(crate) const RETRIES_MAX: usize = 32;

/// A batch that failed and is to be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    /// Its last record.
    pub(crate) last: Position,
    /// How many records it has; at least one.
    pub(crate) records: u32,
    /// The attempt that is to come; 1 for a part of a batch that came apart before an attempt counted.
    pub(crate) attempt: u32,
    /// When the first attempt failed.
    pub(crate) failed_at: Millis,
}

impl Progress {
    /// Whether everything before `end` is finished, the window that it is in, too.
    pub(crate) fn reaches(&self, end: Position) -> bool {
        let is_there = |lane: &LaneProgress| {
            lane.retries.is_empty() && lane.window.is_none() && lane.done.offset >= end.offset
        };
        self.lanes.iter().all(is_there)
    }
}

impl LaneProgress {
    /// A lane that stands at `done`.
    pub(crate) const fn at(done: Position) -> Self {
        Self { done, retries: Vec::new(), window: None }
    }
}

/// What keys of progress start with.
pub(crate) const SHARDS: &[u8] = b"p";

/// The key of the note that a consumer has begun. Its shards come and go.
pub(crate) const BEGUN: &[u8] = b"b";

/// Where the facts of a consumer lie.
pub(crate) const fn scope(id: ConsumerId) -> Scope {
    Scope("consumer", id.0)
}

/// The key of a shard's progress.
pub(crate) fn key(shard: ShardId) -> Bytes {
    let mut key = Vec::from(SHARDS);
    key.put_u32(shard.0);
    key.into()
}

/// The shard whose progress lies under `key`.
pub(crate) fn shard_of(key: &[u8]) -> Option<ShardId> {
    let number = key.strip_prefix(SHARDS)?.try_into().ok()?;
    Some(ShardId(u32::from_be_bytes(number)))
}
