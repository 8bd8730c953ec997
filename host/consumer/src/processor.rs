//! What a consumer's owner brings: something that processes batches.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{HashKey, Millis, SequenceNumber, StreamId};
use storage::Position;
use streams::{ShardFacts, Stream};

use crate::keyed::{Hold, Kept, Row};

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

    /// Reports records that are given up (discarded): what it returns is emitted in the commit that notes that they are.
    ///
    /// It is called again until it could report them and what it returned can be emitted, so that the owner may choose
    /// another destination meanwhile; nothing behind the records in their lane is processed before, other lanes go on.
    /// When the consumer stops, the future is dropped, and whoever runs it next calls again; so it is after a crash,
    /// with [`Settings::notes_given_up`] about the very same records.
    async fn given_up(&self, given_up: GivenUp) -> Told {
        let _ = given_up;
        Told::With(Vec::new())
    }

    /// Waits until no batch has one of these partition keys for itself, and keeps others from them until what it returns is
    /// dropped; for processors whose batches may change what is kept for keys of other lanes and shards. Timers that are
    /// given up are taken away under it. When the consumer stops, the future is dropped.
    async fn hold(&self, keys: &BTreeSet<Arc<str>>) -> Hold {
        let _ = keys;
        Hold::default()
    }

    /// Called when the commit that notes that records are given up, or parked, is done, with what was emitted for them.
    fn gave_up(&self, batch: &Batch, is_parked: bool) {
        let _ = (batch, is_parked);
    }

    /// Called with how many records of a shard were read, of which batches are formed; after a restart some are read
    /// again.
    fn read(&self, records: u64) {
        let _ = records;
    }
}

/// Records of one lane of a shard, in order; at least one, unless a window ends with the batch or it is one of timers.
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
    /// Timers that are due, sorted by time; a batch with timers has no records. Whoever is done with them removes them,
    /// by what it keeps ([`Effects::kept`]).
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
    /// Whether it ends before its time: its state is beyond [`Settings::STATE_BYTES_MAX`], or there are to be no windows
    /// any more, or windows of another length.
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
    /// Nothing is done, because a later record failed and the effects of the first ones cannot be told from its own. The
    /// batch is split: the records before `at` are handed over again without the others, which follow in a batch of
    /// their own. It counts as an attempt where `Partly` does.
    Apart {
        /// How many records could be done without the others. 0 and all of them mean `Failed`.
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

/// What comes of records that are done; committed together with the note that they are done.
#[derive(Debug, Default)]
pub struct Effects {
    /// Records for other streams. Those for one shard keep their order.
    pub emits: Vec<Emission>,
    /// What changes for partition keys.
    pub kept: Kept,
    /// The state that the batch leaves to the next one of its window, at most [`Settings::STATE_BYTES_KEPT_MAX`]; with
    /// none, the state stays as it was.
    pub state: Option<Bytes>,
}

/// Records that are not tried any more: a batch, or what is left of one.
#[derive(Clone, Debug)]
pub struct GivenUp {
    /// The records. The batch's `attempt` is the last one that was made or, if they are too old, the one that would have
    /// come next.
    pub batch: Arc<Batch>,
    /// Why.
    pub reason: Reason,
    /// Whether it is committed already which records these are, as [`Settings::notes_given_up`] asks for. Only then may
    /// they be reported outside of the commit that gives them up.
    pub is_noted: bool,
}

/// Whether records that are given up were reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// They were, and these emissions, which may be none, go into the commit that gives the records up: they are what
    /// is reported to streams of this server.
    With(Vec<Emission>),
    /// They could not be.
    Not {
        /// Why, for whoever owns the processor.
        why: String,
        /// The next try does not come earlier.
        retry_after: Option<Duration>,
    },
}

/// Why records are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They were tried this many times, which is as often as the settings allow.
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
