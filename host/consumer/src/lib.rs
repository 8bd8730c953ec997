//! The one engine that reads streams for others: functions first, delivery and analytics later.
//!
//! A consumer is a stream, a place in each of its shards and a [`Processor`]. One task for each shard (the
//! pump) reads, forms batches, runs them and commits what came of them; what it decides is decided by a pure
//! state machine (`lanes`), to which time and results are told.
//!
//! Promises:
//! - A batch's emitted records and the note that it is finished are one commit: they happen once, whatever
//!   crashes. The processor itself may see a batch again.
//! - Records with one partition key are processed in order, one batch at a time, also over splits and merges of
//!   shards: parents before children.
//! - Nothing is passed over in silence: a record is finished, discarded (counted and told) or was no longer
//!   there when it should have been read (counted as lost).
//! - A batch that is tried again has exactly the records it had, also after a restart; too old ones leave it. Where
//!   it comes apart, because a part of it is done or because it is halved, that holds for each piece.
//! - What a batch changes of what is kept for partition keys is part of its commit, too ([`Kept`], [`Keyed`]).
//! - What the processor emits for records that are given up, and the note that they are, are one commit. Where it tells
//!   somebody else of them, it has done so before that commit, and is asked again, after a crash too, until it has.
//! - Where records are parked instead of blocking their lane, only those of their key wait, in order ([`ParkedRecords`],
//!   [`Redrive`]).
//!
//! Lanes: with a factor of n, a shard has n lanes, each of which runs one batch at a time. A record's lane is
//! [`lane_of`] its partition key. Progress is one fact for each shard: for each lane the position before
//! which everything of that lane is finished, so at most ten positions, which is both the lowest unfinished
//! position (their least) and what is finished above it. A lane that fails stops nobody else until the span
//! between the lowest unfinished record and the newest one read has reached its bound (8 MiB).
//!
//! Tumbling windows: a batch may leave a state to the next one of its window, which is committed with everything else
//! that comes of it. When the window is over, its last batch, without records, has the state that all of them left.
//!
//! What it leaves to others: what a processor does, when a consumer runs and where its settings are kept.

#![forbid(unsafe_code)]

mod backoff;
mod begin;
mod engine;
mod error;
mod family;
mod keyed;
mod lane_of;
mod lanes;
mod parked;
mod processor;
mod progress;
mod pump;
mod settings;
mod status;
mod timetable;

pub use engine::{Engine, Handle, Redrive};
pub use error::{Error, Result};
pub use keyed::{Change, Hold, Kept, KeyPage, KeySummary, Keyed, Row, Scanned, To};
pub use lane_of::lane_of;
pub use parked::{ParkedPlace, ParkedRecord, ParkedRecords, Redriven, Wanted};
pub use processor::{
    Batch, BatchRecord, ConsumerId, Due, Effects, Emission, GivenUp, Processor, Reason, Told,
    Verdict, Window,
};
pub use settings::{InvalidSettings, Settings};
pub use status::{Counters, Status};
