//! Reading streams through the public API: whole, and while they grow.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use stdx::Clock;

use super::check::Read;
use crate::client::{Backoff, Client, GetRecordsReply, GotRecord, Start, decode_data, parse};

/// Reads that bring nothing before a shard that still lacks records is given up.
const EMPTY_READS_MAX: u32 = 50;
/// How long to wait between two reads of a stream that grows.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long nothing may come before a stream that should grow is given up.
const QUIET_MAX: Duration = Duration::from_secs(20);

/// A stream that is being read, all shards from their start.
pub(super) struct Reader<'a> {
    client: &'a Client,
    shards: Vec<Shard>,
}

struct Shard {
    id: String,
    /// `None` when the shard is closed and read to its end.
    iterator: Option<String>,
    read: Vec<Read>,
}

impl<'a> Reader<'a> {
    /// Begins at the start of every shard.
    pub(super) async fn open(client: &'a Client, stream: &str) -> anyhow::Result<Self> {
        let shards = client.list_shards(stream).await?.into_iter().map(|shard| async move {
            let id = shard.shard_id;
            let iterator = client.shard_iterator(stream, &id, &Start::TrimHorizon).await?;
            Ok::<_, anyhow::Error>(Shard { id, iterator: Some(iterator), read: Vec::new() })
        });
        Ok(Self { client, shards: try_join_all(shards).await? })
    }

    /// Reads every shard until it gave what it should, or nothing more comes.
    pub(super) async fn drain(
        mut self,
        expected: &BTreeMap<String, usize>,
        bar: &ProgressBar,
    ) -> anyhow::Result<BTreeMap<String, Vec<Read>>> {
        let client = self.client;
        let drained = self.shards.iter_mut().map(|shard| async move {
            let count = expected.get(&shard.id).copied().unwrap_or(0);
            let mut empty_reads = 0;
            while shard.iterator.is_some() {
                let came = shard.advance(client).await?;
                bar.inc(came as u64);
                if came == 0 {
                    // One read past the end shows that nothing is there that should not be.
                    empty_reads += 1;
                    if shard.read.len() >= count || empty_reads > EMPTY_READS_MAX {
                        break;
                    }
                }
            }
            Ok::<_, anyhow::Error>(())
        });
        try_join_all(drained).await?;
        Ok(self.finish())
    }

    /// Reads until `count` records have come, or nothing comes for a long time. `seen` is given each record.
    pub(super) async fn follow(
        &mut self,
        count: usize,
        clock: &dyn Clock,
        mut seen: impl FnMut(&Read),
    ) -> anyhow::Result<()> {
        let mut newest = clock.monotonic();
        loop {
            let came = self.advance(&mut seen).await?;
            if came > 0 {
                newest = clock.monotonic();
            }
            if self.count() >= count || clock.monotonic() - newest > QUIET_MAX {
                return Ok(());
            }
            if came == 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    /// Reads each shard once; tells how many records came.
    pub(super) async fn advance(&mut self, seen: &mut impl FnMut(&Read)) -> anyhow::Result<usize> {
        let client = self.client;
        let came = try_join_all(self.shards.iter_mut().map(|shard| shard.advance(client))).await?;
        for (shard, came) in self.shards.iter().zip(&came) {
            shard.read[shard.read.len() - came..].iter().for_each(&mut *seen);
        }
        Ok(came.into_iter().sum())
    }

    /// How many records have come.
    pub(super) fn count(&self) -> usize {
        self.shards.iter().map(|shard| shard.read.len()).sum()
    }

    /// What was read, by shard.
    pub(super) fn finish(self) -> BTreeMap<String, Vec<Read>> {
        self.shards.into_iter().map(|shard| (shard.id, shard.read)).collect()
    }
}

impl Shard {
    /// Reads once; tells how many records came.
    async fn advance(&mut self, client: &Client) -> anyhow::Result<usize> {
        let Some(at) = &self.iterator else {
            return Ok(0);
        };
        let body = serde_json::json!({ "ShardIterator": at, "Limit": 500 }).to_string();
        let patience = Backoff::times(8);
        let reply = client.call_patiently("GetRecords", body.into(), patience).await?;
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        let came = reply.records.len();
        for record in &reply.records {
            self.read.push(read(record)?);
        }
        self.iterator = reply.next_shard_iterator;
        Ok(came)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and times are not before 1970"
)]
fn read(record: &GotRecord<'_>) -> anyhow::Result<Read> {
    Ok(Read {
        sequence_number: record.sequence_number.to_string(),
        key: record.partition_key.to_string(),
        data: decode_data(&record.data)?,
        arrival_ms: (record.approximate_arrival_timestamp * 1000.0).round() as u64,
    })
}
