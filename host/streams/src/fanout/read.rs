//! One event: what it says, and what it becomes.

use bytes::Bytes;
use domain::{SequenceNumber, limits};
use storage::{Position, ReadLimits};

use crate::shard::Page;
use crate::stream::{Shard, ShardFacts, Stream};
use crate::{Result, Streams};

/// What a subscription is told at once.
#[derive(Debug)]
pub struct Event<'e> {
    /// The records, if there are any.
    pub page: Option<&'e Page>,
    /// Where a later subscription goes on; nothing once a closed shard is drained.
    pub continuation: Option<SequenceNumber>,
    /// How far behind the newest record the event ends; 0 if it ends there.
    pub behind_ms: u64,
    /// The stream as it is, for the children of a shard that is drained.
    pub stream: &'e Stream,
    /// The shard.
    pub shard: ShardFacts,
}

/// How events are written.
#[derive(Clone, Copy, Debug)]
pub struct Encoding {
    /// Tells encodings apart.
    pub id: u8,
    /// Writes one.
    pub write: fn(&Event<'_>) -> Result<Bytes>,
}

/// An event as it goes out.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) bytes: Bytes,
    /// Where the next one begins; nothing if this is the last.
    pub(super) next: Option<Position>,
    pub(super) records: usize,
    /// Keys and data.
    pub(super) payload: usize,
    pub(super) behind_ms: u64,
}

impl Streams {
    /// Reads on from `from`, as much as an event takes.
    pub(super) async fn read_event(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        encoding: Encoding,
    ) -> Result<Written> {
        let limits = ReadLimits {
            tenant: stream.facts.account.number(),
            records: limits::SUBSCRIPTION_EVENT_RECORDS_MAX,
            bytes: limits::SUBSCRIPTION_EVENT_BYTES_MAX,
        };
        let page = self.read_page(stream, shard, from, limits).await?;
        let records = page.records().len();
        // Where nothing is, nothing is left to be read before the end either.
        let beyond = |next: Position| if records == 0 { next.max(page.end()) } else { next };
        let next = page.next.map(beyond);
        let event = Event {
            page: Some(&page),
            continuation: next.map(|next| continuation(&shard.facts, next)),
            behind_ms: page.behind_ms,
            stream,
            shard: shard.facts,
        };
        let bytes = (encoding.write)(&event)?;
        let (payload, behind_ms) = (page.bytes, page.behind_ms);
        Ok(Written { bytes, next, records, payload, behind_ms })
    }
}

/// The number by which a reader goes on at `next`, whether it asks for what is at it or after it.
pub(super) fn continuation(shard: &ShardFacts, next: Position) -> SequenceNumber {
    match next.offset.checked_sub(1) {
        Some(offset) => shard.number(Position { offset, ..next }).behind(),
        None => SequenceNumber::first_of(shard.creation, shard.id),
    }
}
