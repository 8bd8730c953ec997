//! A record that is not done with.

use std::time::Duration;

use domain::{Millis, ShardId};
use storage::Position;

/// Where a record stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) shard: ShardId,
    pub(crate) position: Position,
}

/// The area of a queue that a record is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The queue itself.
    Live,
    /// Its dead letters.
    Dead,
}

/// A record that is not done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) side: Side,
    /// How often it was received since it came into the queue, or back into it.
    pub(crate) receives: u32,
    /// How often it was given out at all: each time under a receipt of its own.
    pub(crate) handout: u32,
    /// 0 if it never was.
    pub(crate) first_received: Millis,
    /// The last change of it by a call, by number; 0 if there was none in this life of the process.
    pub(crate) change: u64,
    pub(crate) state: State,
}

/// Whether a record can be received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not before this moment of the monotonic clock.
    Hidden { until: Duration },
    /// When those before it in line were.
    Visible { turn: u64 },
}

/// A record that was just given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) place: Place,
    pub(crate) entry: Entry,
    pub(crate) undo: Undo,
}

/// How a record was before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    pub(crate) place: Place,
    /// The number of the change; none if the record was acknowledged.
    pub(crate) change: Option<u64>,
    pub(crate) before: Entry,
}

/// Why a receipt is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// The area has no such record: it was acknowledged, is in the other one, or no longer in the stream.
    Gone,
    /// The record was given out again since, under another receipt.
    Superseded,
    /// The record is not hidden any more.
    Visible,
}

impl Entry {
    /// A record that was never given out.
    pub(super) const fn unseen(turn: u64) -> Self {
        Self {
            side: Side::Live,
            receives: 0,
            handout: 0,
            first_received: Millis(0),
            change: 0,
            state: State::Visible { turn },
        }
    }
}
