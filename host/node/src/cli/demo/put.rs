//! Putting the input through the public API.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use stdx::Clock;

use super::check::Placed;
use crate::cli::latency::Latencies;
use crate::client::{Client, PutRecord, PutRecordsReply, parse, put_records_body};

/// What putting gave.
pub(super) struct Put {
    /// One for each record.
    pub(super) placed: Vec<Placed>,
    pub(super) latencies: Latencies,
    pub(super) took: Duration,
}

/// What to put, and how.
#[derive(Clone, Copy)]
pub(super) struct Load<'a> {
    pub(super) stream: &'a str,
    pub(super) records: &'a [PutRecord],
    /// The records of each connection.
    pub(super) shares: &'a [Vec<usize>],
    /// Records in one call.
    pub(super) batch: usize,
}

/// Puts each share over a connection of its own, one call after the other.
pub(super) async fn put(
    client: &Client,
    load: Load<'_>,
    clock: &dyn Clock,
    bar: &ProgressBar,
) -> anyhow::Result<Put> {
    let Load { records, shares, .. } = load;
    let start = clock.monotonic();
    let workers = shares.iter().map(|share| put_share(client, load, share, clock, bar));
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
    Load { stream, records, batch, .. }: Load<'_>,
    share: &[usize],
    clock: &dyn Clock,
    bar: &ProgressBar,
) -> anyhow::Result<(Vec<Placed>, Latencies)> {
    let mut placed = Vec::with_capacity(share.len());
    let mut latencies = Latencies::new();
    for batch in share.chunks(batch) {
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
