//! From just before a single put is sent until what the function made of it was read, on one clock: this
//! process's.
//!
//! The reader asks again as soon as it was answered. So the figure holds the put, the function, the output's
//! commit, one GetRecords that finds it, and what asking without a pause costs the server.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use stdx::Clock;

use super::sent::Sent;
use super::setup::{self, Mapped, OUTPUT, SOURCE};
use crate::cli::bench::child::{Server, temporary};
use crate::cli::bench::{Bench, fdatasync};
use crate::cli::latency::{Latencies, Summary};
use crate::cli::progress;
use crate::client::{
    Client, GetRecordsReply, PutRecord, Start, decode_data, parse, put_record_body,
};

/// Records in one batch at most.
const BATCH_RECORDS: u32 = 100;
/// What may come on top of the put's and the output's sync, in the middle.
const ABOVE_SYNCS_MS: f64 = 3.0;

/// What single records took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Report {
    pub(super) puts_per_second: u32,
    /// From before the put to when the output was read.
    pub(in super::super) put_to_output_latency: Summary,
    /// Of it, the put itself.
    pub(super) put_latency: Summary,
    /// Half of it measured before, half after.
    pub(super) fdatasync_latency: Summary,
    /// Two syncs and 3 ms, in the middle.
    pub(super) budget_ms: f64,
    pub(super) is_within_budget: bool,
    pub(in super::super) problems: Vec<String>,
}

/// Puts for the time of `bench`, `pace` a second, with `parallel` batches of the shard at a time.
pub(in super::super) async fn run(
    bench: &Bench<'_>,
    pace: u32,
    parallel: u32,
) -> anyhow::Result<Report> {
    let dir = temporary(bench.data)?;
    let sync = async || {
        let time = bench.time.div_f64(4.0);
        fdatasync::measure(dir.path(), bench.record_bytes, time, bench.seams).await
    };
    let bar = progress::busy("fdatasync, and single puts through a function");
    let mut syncs = sync().await?;

    let data = temporary(bench.data)?;
    let server = Server::start(data.path(), bench.seams, &bench.proc).await?;
    let client = server.client(bench.seams);
    let mapped = Mapped { shards: 1, parallel, batch_records: BATCH_RECORDS };
    setup::prepare(&client, &mapped).await?;
    let sent = Mutex::new(Sent::default());
    let puts = put(&client, bench, Duration::from_secs(1) / pace, &sent);
    let reads = read(&client, bench, &sent);
    let (puts, outputs) = tokio::try_join!(puts, reads)?;
    server.kill().await?;

    syncs.add(&sync().await?);
    bar.finish_and_clear();
    let (put_to_output_latency, fdatasync_latency) = (outputs.summary(), syncs.summary());
    let budget_ms = 2.0f64.mul_add(fdatasync_latency.p50_ms, ABOVE_SYNCS_MS);
    Ok(Report {
        puts_per_second: pace,
        is_within_budget: put_to_output_latency.p50_ms <= budget_ms,
        put_to_output_latency,
        put_latency: puts.summary(),
        fdatasync_latency,
        budget_ms,
        problems: sent.into_inner().problems(),
    })
}

/// A record's data has at least its number.
fn record_bytes(bench: &Bench<'_>) -> usize {
    bench.record_bytes.max(8)
}

/// Puts one at a time; each is sent when it is due, or at once when the last one took longer.
async fn put(
    client: &Client,
    bench: &Bench<'_>,
    every: Duration,
    sent: &Mutex<Sent>,
) -> anyhow::Result<Latencies> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let mut latencies = Latencies::new();
    let mut due = clock.monotonic();
    let end = due + bench.time;
    for number in 0u64.. {
        tokio::time::sleep(due.saturating_sub(clock.monotonic())).await;
        due += every;
        let mut data = number.to_be_bytes().to_vec();
        data.resize(record_bytes(bench), 0x5a);
        let record = PutRecord::new(number.to_string(), Bytes::from(data));
        let body = put_record_body(SOURCE, &record);
        let start = clock.monotonic();
        if start >= end {
            break;
        }
        sent.lock().started.push(Some(start));
        client.call("PutRecord", body).await?;
        latencies.record(clock.monotonic() - start);
    }
    sent.lock().ended = Some(clock.monotonic());
    Ok(latencies)
}

/// Reads until every record has come out, and once more, which shows that nothing else does.
async fn read(client: &Client, bench: &Bench<'_>, sent: &Mutex<Sent>) -> anyhow::Result<Latencies> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let mut latencies = Latencies::new();
    let shards = client.list_shards(OUTPUT).await?;
    let shard = shards.first().context("the stream has no shard")?;
    let mut at = client.shard_iterator(OUTPUT, &shard.shard_id, &Start::TrimHorizon).await?;
    let bytes = record_bytes(bench);
    loop {
        let is_last = sent.lock().is_finished(clock.monotonic());
        let reply = client.get_records(&at, 1000).await?;
        let now = clock.monotonic();
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        for record in &reply.records {
            let data = decode_data(&record.data)?;
            if let Some(started) = sent.lock().output(&data, bytes) {
                latencies.record(now.saturating_sub(started));
            }
        }
        if is_last {
            return Ok(latencies);
        }
        at = reply.next_shard_iterator.context("the shard was closed")?;
    }
}
