//! Putting and reading through the public API.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use stdx::Clock;

use super::check::{Placed, Read};
use crate::cli::latency::Latencies;
use crate::client::{
    Backoff, Client, GetRecordsReply, PutRecord, PutRecordsReply, Start, decode_data, parse,
    put_records_body,
};

/// Records in one call: few enough for some dozens of calls, so that percentiles mean something.
const BATCH: usize = 25;
/// Reads that bring nothing before a shard that still lacks records is given up.
const EMPTY_READS_MAX: u32 = 50;

/// What putting gave.
pub(super) struct Put {
    /// One for each record.
    pub(super) placed: Vec<Placed>,
    pub(super) latencies: Latencies,
    pub(super) took: Duration,
}

/// Puts each share over a connection of its own.
pub(super) async fn put(
    client: &Client,
    stream: &str,
    records: &[PutRecord],
    shares: &[Vec<usize>],
    clock: &dyn Clock,
    bar: &ProgressBar,
) -> anyhow::Result<Put> {
    let start = clock.monotonic();
    let workers = shares.iter().map(|share| put_share(client, stream, records, share, clock, bar));
    let done = try_join_all(workers).await?;
    let took = clock.monotonic() - start;
    let mut latencies = Latencies::new();
    let mut placed = vec![None; records.len()];
    for (share, (places, times)) in shares.iter().zip(done) {
        latencies.add(&times);
        for (index, place) in share.iter().zip(places) {
            placed[*index] = Some(place);
        }
    }
    let placed: Option<Vec<Placed>> = placed.into_iter().collect();
    Ok(Put { placed: placed.context("a record was put by nobody")?, latencies, took })
}

async fn put_share(
    client: &Client,
    stream: &str,
    records: &[PutRecord],
    share: &[usize],
    clock: &dyn Clock,
    bar: &ProgressBar,
) -> anyhow::Result<(Vec<Placed>, Latencies)> {
    let mut placed = Vec::with_capacity(share.len());
    let mut latencies = Latencies::new();
    for batch in share.chunks(BATCH) {
        let body = put_records_body(stream, batch.iter().map(|index| &records[*index]));
        let start = clock.monotonic();
        let reply = client.call("PutRecords", body).await?;
        latencies.record(clock.monotonic() - start);
        let reply: PutRecordsReply<'_> = parse(&reply)?;
        for entry in reply.records {
            let (Some(shard), Some(number)) = (entry.shard_id, entry.sequence_number) else {
                let code = entry.error_code.unwrap_or_default();
                let message = entry.error_message.unwrap_or_default();
                anyhow::bail!("a record was refused: {code}: {message}");
            };
            placed.push(Placed { shard: shard.into_owned(), sequence_number: number.into_owned() });
        }
        bar.inc(batch.len() as u64);
    }
    anyhow::ensure!(placed.len() == share.len(), "a reply has another number of records");
    Ok((placed, latencies))
}

/// Reads every shard from its start until it gave what it should, or nothing more comes.
pub(super) async fn read(
    client: &Client,
    stream: &str,
    expected: &BTreeMap<String, usize>,
    bar: &ProgressBar,
) -> anyhow::Result<BTreeMap<String, Vec<Read>>> {
    let shards = client.list_shards(stream).await?;
    let readers = shards.into_iter().map(|shard| async move {
        let count = expected.get(&shard.shard_id).copied().unwrap_or(0);
        let read = read_shard(client, stream, &shard.shard_id, count, bar).await?;
        Ok::<_, anyhow::Error>((shard.shard_id, read))
    });
    Ok(try_join_all(readers).await?.into_iter().collect())
}

async fn read_shard(
    client: &Client,
    stream: &str,
    shard: &str,
    count: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Read>> {
    let iterator = client.shard_iterator(stream, shard, &Start::TrimHorizon);
    let mut iterator = Some(iterator.await?);
    let mut read = Vec::with_capacity(count);
    let mut empty_reads = 0;
    while let Some(at) = iterator {
        let body = serde_json::json!({ "ShardIterator": at, "Limit": 500 }).to_string();
        let patience = Backoff::times(8);
        let reply = client.call_patiently("GetRecords", body.into(), patience).await?;
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        let before = read.len();
        for record in &reply.records {
            read.push(Read {
                sequence_number: record.sequence_number.to_string(),
                key: record.partition_key.to_string(),
                data: decode_data(&record.data)?,
            });
        }
        bar.inc((read.len() - before) as u64);
        iterator = reply.next_shard_iterator;
        if read.len() == before {
            // One read past the end shows that nothing is there that should not be.
            empty_reads += 1;
            if read.len() >= count || empty_reads > EMPTY_READS_MAX {
                break;
            }
        }
    }
    Ok(read)
}
