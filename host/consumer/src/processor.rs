//! What a consumer's owner brings: something that processes batches.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{HashKey, Millis, SequenceNumber, StreamId};
use storage::Position;
use streams::{ShardFacts, Stream};

use crate::keyed::{Kept, Row};

#[expect(unused_imports, reason = "for the documentation")]
use crate::settings::Settings;

/// The number of a consumer; given by [`storage::Store::new_ids`], never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub u64);

/// Processes batches. Several run at the same time: of different shards, and of different lanes of a shard.
#[async_trait]
pub trait Processor: Send + Sync + 'static {
    /// Processes a batch. A panic counts as a failure of this batch. Whoever wants a time limit sets it
    /// here: the engine waits as long as it takes.
    async fn process(&self, batch: Arc<Batch>) -> Verdict;

    /// Tells of records that are given up: what it answers is emitted, together with the note that they are given up.
    /// It is asked again until it could tell and that can be emitted, so that the owner may choose another place meanwhile;
    /// nothing behind the records in their lane is processed before, other lanes go on. When the consumer stops, the
    /// future is dropped, and whoever runs it next asks again. As it does after a crash: then, with
    /// [`Settings::notes_given_up`], about the very same records.
    async fn given_up(&self, given_up: GivenUp) -> Told {
        let _ = given_up;
        Told::With(Vec::new())
    }

    /// The note that records are given up, or parked, is committed, with what was emitted for them.
    fn gave_up(&self, batch: &Batch, is_parked: bool) {
        let _ = (batch, is_parked);
    }

    /// So many records of a shard were read, of which batches are formed; after a restart some are read again.
    fn read(&self, records: u64) {
        let _ = records;
    }
}

/// A run of records of one lane of a shard, in order; at least one, unless a window ends with it or it is of timers.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where they come from.
    pub stream: Arc<Stream>,
    /// Which of its shards.
    pub shard: ShardFacts,
    /// Which of the shard's lanes.
    pub lane: u16,
    /// 1 for the first try, then counted upwards.
    pub attempt: u32,
    /// Whether some of these records may have been handed over before.
    pub is_replay: bool,
    /// How far the last record is behind the newest of the shard; 0 if it is the newest.
    pub behind_ms: u64,
    /// The tumbling window that it belongs to, where there are some.
    pub window: Option<Window>,
    /// The records; none if it is the last batch of a window, or if it is of timers.
    pub records: Vec<BatchRecord>,
    /// Timers that are due, by their times: then there are no records. Whoever is done with them takes them away, by
    /// what it keeps.
    pub timers: Vec<Due>,
}

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its partition key and name.
    pub row: Row,
    /// When it was due.
    pub at: Millis,
}

/// A tumbling window, as a batch sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Records belong to it that arrived then or later ...
    pub start: Millis,
    /// ... and before this.
    pub end: Millis,
    /// What the batches before left; empty at first.
    pub state: Bytes,
    /// Whether this is its last batch, after which the state goes.
    pub is_final: bool,
    /// Whether it is over before its time: its state is beyond [`Settings::STATE_BYTES_MAX`], or windows are no
    /// longer wanted, or others.
    pub is_early: bool,
}

/// One record. Key and data are parts of the stored frame, not copies.
#[derive(Clone, Debug)]
pub struct BatchRecord {
    /// Its place in the shard's log.
    pub position: Position,
    /// Its sequence number.
    pub number: SequenceNumber,
    /// When it arrived.
    pub arrival: Millis,
    /// Its partition key: UTF-8.
    pub partition_key: Bytes,
    /// Its data.
    pub data: Bytes,
}

/// What became of a batch.
#[derive(Debug)]
pub enum Verdict {
    /// It is done.
    Done(Effects),
    /// Its first records are done, the others failed, which counts as an attempt unless batches are halved.
    Partly {
        /// How many are done. With none this is `Failed`, with all of them `Done`.
        done: usize,
        /// What comes of those.
        effects: Effects,
        /// Why, for whoever owns the processor.
        why: String,
        /// The others are not tried again earlier.
        retry_after: Option<Duration>,
    },
    /// Nothing is done, but the first records would be without the others: it comes apart, and they are handed over
    /// by themselves. For those whose effects cannot be told apart by records. It counts as `Partly` does.
    Apart {
        /// How many would be done. With none this is `Failed`, and so it is with all of them.
        at: usize,
        /// Why, for whoever owns the processor.
        why: String,
        /// The others are not tried again earlier.
        retry_after: Option<Duration>,
    },
    /// It failed, which counts as an attempt.
    Failed {
        /// Why, for whoever owns the processor.
        why: String,
        /// The next attempt does not come earlier.
        retry_after: Option<Duration>,
    },
    /// It was not run (throttled, or there is nothing to run it): tried again until the records are too old,
    /// whatever the number of attempts.
    NotRun {
        /// Why, for whoever owns the processor.
        why: String,
        /// It is not tried again earlier.
        retry_after: Option<Duration>,
    },
}

/// What comes of records that are done, committed together with the note that they are.
#[derive(Debug, Default)]
pub struct Effects {
    /// Records for other streams. Those for one shard keep their order.
    pub emits: Vec<Emission>,
    /// What changes for partition keys.
    pub kept: Kept,
    /// What the batch leaves to the next one of its window, at most [`Settings::STATE_BYTES_KEPT_MAX`]; it stays as it
    /// was if there is none.
    pub state: Option<Bytes>,
}

/// Records that are not tried any more: a batch, or what is left of one.
#[derive(Clone, Debug)]
pub struct GivenUp {
    /// They; `attempt` is the last one that was made, or, if they are too old, the one that was to come.
    pub batch: Arc<Batch>,
    /// Why.
    pub reason: Reason,
    /// Whether that is noted, as far as it has to be: only then it may be told outside of the commit.
    pub is_noted: bool,
}

/// What became of telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is told, except for this, which goes into the commit.
    With(Vec<Emission>),
    /// It could not be told.
    Not {
        /// Why, for whoever owns the processor.
        why: String,
        /// It is not asked again earlier.
        retry_after: Option<Duration>,
    },
}

/// Why records are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They were tried so many times, which is as often as the settings allow.
    Attempts(u32),
    /// They are older than the settings or the stream's retention allow.
    Age,
}

/// A record for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    /// The stream.
    pub stream: StreamId,
    /// Its partition key.
    pub partition_key: String,
    /// Where it goes, if not where the partition key says.
    pub hash_key: Option<HashKey>,
    /// Its data.
    pub data: Bytes,
}

impl fmt::Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
