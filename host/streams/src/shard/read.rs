//! Reading a shard forward.

use domain::{SequenceNumber, limits};
use storage::{Chunk, Position, ReadLimits, Record};

use crate::error::Throttled;
use crate::stream::{Shard, ShardFacts, Stream};
use crate::{Error, Result, Streams};

/// What one read brought.
#[derive(Debug)]
pub struct Page {
    chunk: Chunk,
    count: usize,
    /// Bytes of keys and data.
    pub(crate) bytes: usize,
    shard: ShardFacts,
    /// Where to read on; `None` once a closed shard is drained.
    pub next: Option<Position>,
    /// How far behind the newest record the page ends; 0 if it ends there.
    pub behind_ms: u64,
}

/// What a page takes of a chunk.
struct Cut {
    count: usize,
    bytes: usize,
    last: Option<(Position, domain::Millis)>,
}

impl Page {
    /// Behind the newest record of the shard, when it was read.
    pub(crate) fn end(&self) -> Position {
        self.chunk.bounds.next
    }

    /// The records, in order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = (SequenceNumber, Record<'_>)> {
        let mut records = self.chunk.records();
        (0..self.count).map(move |_| {
            let (position, record) = records.next().expect("they were counted");
            (self.shard.number(position), record)
        })
    }
}

impl Streams {
    /// Reads up to `count` records from `from` on, within the limits of GetRecords.
    ///
    /// # Errors
    /// If the shard gives no more at the moment, the stream was deleted, or the store cannot be read.
    pub async fn get_records(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        count: usize,
    ) -> Result<Page> {
        let limited = self.settings.limits;
        if limited && !shard.admission.take_read(self.clock.monotonic()) {
            self.metrics.streams.throttled_reads.inc();
            shard.traffic.read_throttled();
            let (shard, stream) = (shard.facts.id, stream.named());
            return Err(Error::Throttled(Throttled::Read { shard, stream }));
        }
        let (tenant, bytes) = (stream.facts.account.number(), limits::GET_RECORDS_BYTES_MAX);
        let limits = ReadLimits { tenant, records: count, bytes };
        let page = self.read_page(stream, shard, from, limits).await?;
        self.metrics.streams.records_out.inc_by(page.count as u64);
        self.metrics.streams.bytes_out.inc_by(page.bytes as u64);
        shard.traffic.read(page.count, page.bytes);
        if limited {
            shard.admission.spend_read(page.bytes, self.clock.monotonic());
        }
        Ok(page)
    }

    /// Reads what fits `limits` from `from` on, but one record in any case.
    pub(crate) async fn read_page(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        limits: ReadLimits,
    ) -> Result<Page> {
        let chunk = self.read_kept(stream, shard, from, limits).await?;
        let cut = cut(&chunk, limits);
        Ok(self.page(shard, chunk, &cut))
    }

    /// Reads past what is older than the retention, since the store trims late and in whole frames, and opens what is
    /// sealed.
    pub(super) async fn read_kept(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        limits: ReadLimits,
    ) -> Result<Chunk> {
        let read = self.read_sealed(stream, shard, from, limits).await;
        let chunk = read.map_err(|error| Error::of_stream(error, stream))?;
        self.open_frames(stream, &chunk).await?;
        Ok(chunk)
    }

    async fn read_sealed(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        limits: ReadLimits,
    ) -> storage::Result<Chunk> {
        let log = shard.facts.log;
        let horizon = self.horizon(stream);
        let chunk = self.store.read(log, from, limits).await?;
        let expired = chunk.places().next().is_some_and(|(_, arrival)| arrival < horizon);
        if !expired {
            return Ok(chunk);
        }
        let kept = self.store.seek(log, horizon).await?;
        self.store.read(log, kept.max(from), limits).await
    }

    fn page(&self, shard: &Shard, chunk: Chunk, cut: &Cut) -> Page {
        let end = chunk.bounds.next;
        let next = match cut.last {
            Some((position, _)) => position.next(),
            None => chunk.from,
        };
        let at_end = next.offset >= end.offset;
        let behind_ms = match cut.last {
            _ if at_end => 0,
            // Not 0, which would say that nothing is left.
            Some((_, arrival)) => self.clock.now().since(arrival).max(1),
            None => 1,
        };
        let drained = shard.facts.closed.is_some_and(|it| next.offset >= it.end.offset);
        Page {
            count: cut.count,
            bytes: cut.bytes,
            shard: shard.facts,
            next: (!drained).then_some(next),
            behind_ms,
            chunk,
        }
    }
}

/// At most what fits `limits`, but one record in any case.
fn cut(chunk: &Chunk, limits: ReadLimits) -> Cut {
    let mut cut = Cut { count: 0, bytes: 0, last: None };
    for (position, record) in chunk.records().take(limits.records) {
        let bytes = cut.bytes + record.key.len() + record.data.len();
        if cut.count > 0 && bytes > limits.bytes {
            break;
        }
        cut = Cut { count: cut.count + 1, bytes, last: Some((position, record.arrival)) };
    }
    cut
}
