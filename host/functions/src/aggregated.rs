//! The records of a mapping's batch as its function gets them: aggregated ones taken apart.
//!
//! A user record keeps its place in its aggregated record as sub-sequence. The batch of a mapping is one thing
//! whatever it holds: it is done, or all of it fails and is tried again, so a user record that failed concerns the
//! stream's record that it came in, and the batch of that one.
//!
//! A batch may hold many times more user records than stream records, and for a handler a record takes more room than
//! its bytes, so a batch goes to the function in parts, each no larger than what a call may carry. Records that the
//! mapping's filters do not want are in no part; while filters look at many, others get their turn.

use std::vec;

use bytes::Bytes;
use consumer::BatchRecord;
use domain::limits;
use wasm::World;
use wasm::message::{Batch, Record};
use wire::aggregation::{Aggregate, UserRecord};
use wire::filter::Verdict;

use crate::filters::Filters;
use crate::kinesis_event::{Event, Origin};
use crate::mapping_measures::Given;

/// What a function wants of aggregated records. It is the function that can or cannot read them, so the function
/// says it, by a variable that any client can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Their user records, if they are for the shard that they came from: what the Kinesis Client Library gives.
    Split,
    /// Their user records, wherever they should be.
    All,
    /// The records as they are stored: what AWS gives.
    Whole,
}

impl Wanted {
    /// The environment variable that says it.
    pub(crate) const VARIABLE: &str = "SHARDMILL_AGGREGATED";

    /// What a value of the variable means.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "split" => Some(Self::Split),
            "all" => Some(Self::All),
            "whole" => Some(Self::Whole),
            _ => None,
        }
    }

    /// What the function says, or else what functions of its world were written for: transforms for user records,
    /// handlers for what AWS gives.
    pub(crate) fn of(environment: &[(String, String)], world: World) -> Self {
        let variable = environment.iter().find(|(name, _)| name == Self::VARIABLE);
        variable.and_then(|(_, word)| Self::from_word(word)).unwrap_or(match world {
            World::Transform | World::Consumer => Self::Split,
            World::Handler => Self::Whole,
        })
    }
}

/// Bytes that filters look at before others get their turn: some milliseconds if they are usual ones.
const TURN_BYTES: usize = 256 << 10;

/// What a record counts towards that beside its bytes, as it does in what filters may do about it.
const TURN_RECORD_BYTES: usize = 4 << 10;

/// What a part may hold, and how its records count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Room<'a> {
    /// Keys and data, as a transform gets them.
    OfBatch,
    /// The JSON of records from there, as a handler gets them, where so many bytes are kept free for other things.
    OfEvent(Origin<'a>, usize),
}

/// A part that is being filled.
enum Filling<'a> {
    /// The bytes of its records.
    OfBatch(usize),
    /// What it may have, and where it is from.
    OfEvent(Event, Origin<'a>, usize),
}

impl<'a> Filling<'a> {
    fn new(room: Room<'a>) -> Self {
        match room {
            Room::OfBatch => Self::OfBatch(0),
            Room::OfEvent(origin, kept_free) => {
                let bytes_max = limits::INVOKE_BYTES_MAX.saturating_sub(kept_free);
                Self::OfEvent(Event::new(), origin, bytes_max)
            }
        }
    }

    /// Whether there is room for a record, which then has its place. One alone may go beyond the bound.
    fn takes(&mut self, record: &Record) -> bool {
        match self {
            Self::OfBatch(bytes) => {
                let is_first = *bytes == 0;
                *bytes += record.partition_key.len() + record.data.len();
                is_first || *bytes <= limits::INVOKE_BYTES_MAX
            }
            Self::OfEvent(event, origin, bytes_max) => event.push(record, origin, *bytes_max),
        }
    }

    fn into_event(self) -> Option<Event> {
        match self {
            Self::OfBatch(_) => None,
            Self::OfEvent(event, ..) => Some(event),
        }
    }
}

/// What a function is called with once.
pub(crate) struct Part {
    pub(crate) batch: Batch,
    /// For a handler, the event of these records as far as it could be written.
    pub(crate) event: Option<Event>,
}

/// A batch on its way to the function, part by part.
pub(crate) struct Parts<'b> {
    batch: &'b consumer::Batch,
    wanted: Wanted,
    filters: &'b Filters,
    room: Room<'b>,
    /// A record that had no room in the last part.
    held: Option<Record>,
    /// The stream's record that comes next.
    next: usize,
    /// What is left of the aggregated record before it.
    rest: Option<Rest<'b>>,
    /// What was left out so far.
    pub(crate) left_out: LeftOut,
    /// How many records the filters did not want so far.
    pub(crate) filtered: u64,
    /// The sequence number of the first of them that took too much work to match.
    pub(crate) exhausting: Option<String>,
    /// What the filters have looked at in this turn.
    looked_at: usize,
    /// Which of the stream's records are in parts so far.
    pub(crate) given: Given,
}

struct Rest<'b> {
    of: &'b BatchRecord,
    records: vec::IntoIter<UserRecord<'b>>,
    sub_sequence: u32,
}

/// User records that were for other shards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) user_records: usize,
    /// The sequence number of the first stream record that held some.
    pub(crate) first: Option<String>,
}

impl<'b> Parts<'b> {
    pub(crate) fn new(
        batch: &'b consumer::Batch,
        wanted: Wanted,
        filters: &'b Filters,
        room: Room<'b>,
    ) -> Self {
        let left_out = LeftOut::default();
        let (held, next, rest) = (None, 0, None);
        let given = Given::default();
        Self {
            batch,
            wanted,
            filters,
            room,
            held,
            next,
            rest,
            left_out,
            filtered: 0,
            exhausting: None,
            looked_at: 0,
            given,
        }
    }

    /// The next part; none behind the last one.
    pub(crate) async fn next(&mut self) -> Option<Part> {
        let (mut records, mut filling) = (Vec::new(), Filling::new(self.room));
        while records.len() < limits::MAPPING_BATCH_MAX as usize {
            let Some(record) = self.wanted().await else { break };
            if !filling.takes(&record) {
                self.held = Some(record);
                break;
            }
            records.push(record);
            // The record, or a part of it, that was taken last.
            self.given.push(self.next - 1);
        }
        let is_some = !records.is_empty();
        is_some.then(|| Part { batch: part(self.batch, records), event: filling.into_event() })
    }

    /// What the function's log tells of records that took too much work.
    pub(crate) fn exhausting(&self) -> Option<String> {
        let first = self.exhausting.as_ref()?;
        Some(format!(
            "left out records that take too much work to match with FilterCriteria, the first of them {first}"
        ))
    }

    /// The next record that the mapping wants.
    async fn wanted(&mut self) -> Option<Record> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        loop {
            let record = self.record()?;
            let (verdict, bytes) = (self.filters.want(&record), record.data.len());
            self.give_way(bytes).await;
            match verdict {
                Verdict::Wanted => return Some(record),
                Verdict::Unwanted => {}
                Verdict::Exhausted => {
                    self.exhausting.get_or_insert(record.sequence);
                }
            }
            self.filtered += 1;
        }
    }

    /// Ends the turn if filters have looked at much, now that they have looked at so many bytes more.
    async fn give_way(&mut self, bytes: usize) {
        if self.filters.is_empty() {
            return;
        }
        self.looked_at += TURN_RECORD_BYTES + bytes;
        if self.looked_at >= TURN_BYTES {
            self.looked_at = 0;
            tokio::task::yield_now().await;
        }
    }

    fn record(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.rest.as_mut().and_then(Rest::next) {
                return Some(record);
            }
            self.rest = None;
            let record = self.batch.records.get(self.next)?;
            self.next += 1;
            match self.apart(record) {
                Some(aggregate) => {
                    let records = aggregate.records.into_iter();
                    self.rest = Some(Rest { of: record, records, sub_sequence: 0 });
                }
                None => return Some(whole(record)),
            }
        }
    }

    /// The user records that are wanted of a record, if it is aggregated.
    fn apart(&mut self, record: &'b BatchRecord) -> Option<Aggregate<'b>> {
        if self.wanted == Wanted::Whole {
            return None;
        }
        let mut aggregate = Aggregate::read(&record.data)?;
        if self.wanted == Wanted::Split && !aggregate.is_within(self.batch.shard.range) {
            self.left_out.user_records += aggregate.records.len();
            self.left_out.first.get_or_insert_with(|| record.number.to_string());
            aggregate.records.clear();
        }
        Some(aggregate)
    }
}

impl Rest<'_> {
    fn next(&mut self) -> Option<Record> {
        let UserRecord { partition_key, data, .. } = self.records.next()?;
        let data = self.of.data.slice_ref(data);
        let record = message(self.of, self.sub_sequence, partition_key.to_owned(), data);
        self.sub_sequence += 1;
        Some(record)
    }
}

/// A batch for a function, of these records of the one that it comes from.
pub(crate) fn part(batch: &consumer::Batch, records: Vec<Record>) -> Batch {
    Batch {
        stream: batch.stream.arn().to_string(),
        shard: batch.shard.id.to_string(),
        attempt: batch.attempt,
        is_replay: batch.is_replay,
        behind_ms: batch.behind_ms,
        records,
    }
}

/// A record as it is stored.
pub(crate) fn whole(record: &BatchRecord) -> Record {
    let key = String::from_utf8_lossy(&record.partition_key).into_owned();
    message(record, 0, key, record.data.clone())
}

/// A record as the sandbox takes it; data is shared, not copied.
fn message(record: &BatchRecord, sub_sequence: u32, partition_key: String, data: Bytes) -> Record {
    Record {
        sequence: record.number.to_string(),
        sub_sequence,
        partition_key,
        arrival_ms: record.arrival.0,
        data,
    }
}

impl LeftOut {
    /// What the function's log tells of it.
    pub(crate) fn told(&self) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(format!(
            "left out {} user records, the first of aggregated record {first}: their keys belong to other shards, \
             as when a stream was resharded while its producer aggregated. {}=all takes them",
            self.user_records,
            Wanted::VARIABLE
        ))
    }
}
