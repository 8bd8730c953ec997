//! Reading everything back, into a ledger.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::ShardId;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use stdx::Clock;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::ledger::{Ledger, Tally, digest};
use super::report::float;
use crate::client::{
    Backoff, Client, GetRecordsReply, GotRecord, Seams, Start, decode_data, parse,
};

/// Shards read at one moment: bounds the memory for replies.
const READERS: usize = 4;
/// Tries of one read.
const TRIES: u32 = 10;

/// What was read.
pub(super) struct ReadBack {
    pub(super) ledger: Ledger,
    /// The same without sequence numbers: what copies of the records have in common with them.
    pub(super) contents: Ledger,
    pub(super) took: Duration,
    pub(super) data_bytes: u64,
    /// Shards whose numbers do not rise.
    pub(super) problems: Vec<String>,
}

/// What one reader was given of a shard so far.
#[derive(Default)]
pub(super) struct ShardRead {
    pub(super) tally: Tally,
    contents: Tally,
    data_bytes: u64,
    last: String,
    /// The first number that does not rise.
    pub(super) problem: Option<String>,
}

impl ShardRead {
    /// Adds a record with its data, in the order in which they were given.
    pub(super) fn add(&mut self, shard: &str, record: &GotRecord<'_>, data: &[u8]) {
        let number = &*record.sequence_number;
        if *number <= *self.last && self.problem.is_none() {
            self.problem = Some(format!("{shard}: {number} does not rise"));
        }
        number.clone_into(&mut self.last);
        self.data_bytes += data.len() as u64;
        let digest = digest(&record.partition_key, data);
        self.tally.add(number, digest);
        self.contents.add("", digest);
    }
}

/// Reads all shards from their start to their end, on a thread that stands back: readers are not on the machine of a
/// server, and what they do with what they read should not be felt by whoever else is measured. On the threads of the
/// load generator, parsing replies of 13 MB took most of a p99 of ingest for itself. All readers together take no more
/// than `mib_per_second`, if that is given.
pub(super) async fn read_aside(
    client: impl FnOnce() -> Client + Send + 'static,
    stream: &'static str,
    mib_per_second: Option<u32>,
    seams: &Seams,
) -> anyhow::Result<ReadBack> {
    let clock = Arc::clone(&seams.clock);
    let (sender, receiver) = oneshot::channel();
    let read = move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { read(&client(), stream, mib_per_second, &*clock).await })
    };
    // Whoever waited may be gone with the runtime.
    let work = move || drop(sender.send(read()));
    seams.tasks.background("bench readers", work).context("cannot start a thread")?;
    receiver.await.context("the readers ended without a result")?
}

/// Reads all shards from their start to their end.
pub(super) async fn read_all(
    client: &Client,
    stream: &str,
    clock: &dyn Clock,
) -> anyhow::Result<ReadBack> {
    read(client, stream, None, clock).await
}

async fn read(
    client: &Client,
    stream: &str,
    mib_per_second: Option<u32>,
    clock: &dyn Clock,
) -> anyhow::Result<ReadBack> {
    let start = clock.monotonic();
    let shards = client.list_shards(stream).await?;
    let pace = Pace::of(mib_per_second, shards.len().min(READERS), clock);
    let reads = shards.into_iter().map(|shard| async move {
        let read = read_shard(client, stream, &shard.shard_id, pace).await?;
        let id: ShardId = shard.shard_id.parse()?;
        Ok::<_, anyhow::Error>((id, read))
    });
    let reads: Vec<_> = stream::iter(reads).buffer_unordered(READERS).try_collect().await?;
    let mut back = ReadBack {
        ledger: Ledger::default(),
        contents: Ledger::default(),
        took: clock.monotonic() - start,
        data_bytes: 0,
        problems: Vec::new(),
    };
    for (shard, read) in reads {
        *back.ledger.shard(shard) = read.tally;
        *back.contents.shard(shard) = read.contents;
        back.data_bytes += read.data_bytes;
        back.problems.extend(read.problem);
    }
    Ok(back)
}

/// How fast one reader reads, if that is bounded.
#[derive(Clone, Copy)]
struct Pace<'c> {
    clock: &'c dyn Clock,
    bytes_per_second: Option<f64>,
}

impl<'c> Pace<'c> {
    /// Of one of `readers`, who have the rate together.
    fn of(mib_per_second: Option<u32>, readers: usize, clock: &'c dyn Clock) -> Self {
        let share = |mib| f64::from(mib) * 1024.0 * 1024.0 / float(readers.max(1) as u64);
        Self { clock, bytes_per_second: mib_per_second.map(share) }
    }

    /// Waits until a reader that began at `start` may have read so much.
    async fn keep(self, start: Duration, bytes: u64) {
        let Some(rate) = self.bytes_per_second else { return };
        let due = start + Duration::from_secs_f64(float(bytes) / rate);
        tokio::time::sleep(due.saturating_sub(self.clock.monotonic())).await;
    }
}

async fn read_shard(
    client: &Client,
    stream: &str,
    shard: &str,
    pace: Pace<'_>,
) -> anyhow::Result<ShardRead> {
    let start = pace.clock.monotonic();
    let iterator = client.shard_iterator(stream, shard, &Start::TrimHorizon);
    let mut iterator = Some(iterator.await?);
    let mut read = ShardRead::default();
    while let Some(at) = iterator {
        let body = serde_json::json!({ "ShardIterator": at }).to_string();
        let reply = client.call_patiently("GetRecords", body.into(), Backoff::times(TRIES));
        let reply = reply.await?;
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        for record in &reply.records {
            read.add(shard, record, &decode_data(&record.data)?);
        }
        pace.keep(start, read.data_bytes).await;
        let is_at_end = reply.records.is_empty() && reply.millis_behind_latest == 0;
        iterator = if is_at_end { None } else { reply.next_shard_iterator };
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[(&str, &str)]) -> ShardRead {
        let mut read = ShardRead::default();
        for (number, data) in records {
            let record = GotRecord {
                sequence_number: (*number).into(),
                partition_key: "key".into(),
                data: "".into(),
                approximate_arrival_timestamp: 0.0,
            };
            read.add("shard", &record, data.as_bytes());
        }
        read
    }

    #[test]
    fn what_comes_twice_or_out_of_order_is_a_problem() {
        let well = read(&[("491", "a"), ("492", "b")]);
        assert_eq!((well.tally.records, well.data_bytes, well.problem), (2, 2, None));
        for (records, number) in [
            ([("491", "a"), ("491", "a"), ("492", "b")], "491"),
            ([("492", "b"), ("491", "a"), ("490", "c")], "491"),
        ] {
            assert_eq!(read(&records).problem, Some(format!("shard: {number} does not rise")));
        }
        assert_eq!(read(&[("492", "b"), ("491", "a")]).tally, well.tally, "sums know no order");
    }
}
