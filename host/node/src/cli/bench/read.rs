//! `bench read`: from the start as fast as it goes, and at the tail from put to get.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use stdx::Clock;

use super::child::{Server, temporary};
use super::ingest::{mib_per_second, per_second};
use super::load::{self, Until};
use super::{Bench, readback};
use crate::cli::latency::{Latencies, Summary};
use crate::cli::progress;
use crate::client::{
    Client, GetRecordsReply, PutRecord, Start, decode_data, parse, put_record_body,
};

const STREAM: &str = "bench";
const TAIL: &str = "tail";
const SHARDS: u32 = 4;
const WRITERS: usize = 4;
const BATCH: usize = 500;
/// Between two puts at the tail.
const PUT_EVERY: Duration = Duration::from_millis(10);

/// Both ways of reading.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) records: u64,
    pub(super) records_per_second: f64,
    pub(super) mib_per_second: f64,
    pub(super) server_cpu_seconds: f64,
    pub(super) reader_cpu_seconds: f64,
    pub(super) problems: Vec<String>,
    /// From before the put to when the record was seen.
    pub(super) put_to_get_latency: Summary,
    /// Of it, the put itself.
    pub(super) put_latency: Summary,
    /// Pause between two reads at the tail.
    pub(super) poll_ms: u64,
}

/// Measures both.
pub(super) async fn run(bench: &Bench<'_>, records: u64, poll_ms: u64) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let clock = &*seams.clock;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    client.create_stream(STREAM, SHARDS).await.context("cannot create the stream")?;
    client.create_stream(TAIL, 1).await.context("cannot create the stream")?;

    let bar = progress::busy(format!("putting {records} records to read"));
    let pool = load::pool(STREAM, BATCH, bench.record_bytes, &*seams.entropy);
    let outcome = load::run(&client, &pool, WRITERS, Until::Records(records), seams).await?;
    bar.finish_and_clear();

    let bar = progress::busy("reading from the start");
    let (server_cpu, own_cpu) = (server.cpu_seconds(), proc.cpu_seconds(None));
    let back = readback::read_all(&client, STREAM, clock).await.context("cannot read")?;
    let server_cpu_seconds = server.cpu_seconds() - server_cpu;
    let reader_cpu_seconds = proc.cpu_seconds(None) - own_cpu;
    bar.finish_and_clear();

    let bar = progress::busy("reading at the tail");
    let tail = tail(&client, bench, Duration::from_millis(poll_ms)).await.context("cannot read")?;
    bar.finish_and_clear();
    server.kill().await?;

    let mut problems = back.problems;
    problems.extend(outcome.ledger.differences(&back.ledger));
    let records_per_second = per_second(back.ledger.records(), back.took);
    Ok(Report {
        records: back.ledger.records(),
        records_per_second,
        mib_per_second: mib_per_second(records_per_second, bench.record_bytes),
        server_cpu_seconds,
        reader_cpu_seconds,
        problems,
        put_to_get_latency: tail.seen.summary(),
        put_latency: tail.acknowledged.summary(),
        poll_ms,
    })
}

struct Tail {
    seen: Latencies,
    acknowledged: Latencies,
}

/// When each record was put, by the number that it carries; `None` at the end.
type Started = Arc<Mutex<Vec<Duration>>>;

async fn tail(client: &Client, bench: &Bench<'_>, poll: Duration) -> anyhow::Result<Tail> {
    let clock = &*bench.seams.clock;
    let started = Started::default();
    let shards = client.list_shards(TAIL).await?;
    let shard = shards.first().context("the stream has no shard")?;
    let iterator = client.shard_iterator(TAIL, &shard.shard_id, &Start::Latest).await?;
    let end = clock.monotonic() + bench.time;
    let puts = put_slowly(client, bench, &started, end);
    let gets = get(client, iterator, poll, &started, end, clock);
    let (acknowledged, seen) = tokio::try_join!(puts, gets)?;
    Ok(Tail { seen, acknowledged })
}

async fn put_slowly(
    client: &Client,
    bench: &Bench<'_>,
    started: &Started,
    end: Duration,
) -> anyhow::Result<Latencies> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let mut latencies = Latencies::new();
    for number in 0u64.. {
        let mut data = number.to_be_bytes().to_vec();
        data.resize(bench.record_bytes.max(8), 0x5a);
        let record = PutRecord::new("tail", Bytes::from(data));
        let body = put_record_body(TAIL, &record);
        let start = clock.monotonic();
        if start >= end {
            break;
        }
        started.lock().push(start);
        client.call("PutRecord", body).await?;
        latencies.record(clock.monotonic() - start);
        tokio::time::sleep(PUT_EVERY).await;
    }
    Ok(latencies)
}

/// Reads until every record that was put has been seen.
async fn get(
    client: &Client,
    mut iterator: String,
    poll: Duration,
    started: &Started,
    end: Duration,
    clock: &dyn Clock,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::new();
    loop {
        let is_last = clock.monotonic() >= end + PUT_EVERY;
        let reply = client.get_records(&iterator, 1000).await?;
        let now = clock.monotonic();
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        for record in &reply.records {
            let data = decode_data(&record.data)?;
            let number = data.first_chunk().context("a record is too short")?;
            let number = usize::try_from(u64::from_be_bytes(*number))?;
            let start = started.lock().get(number).copied();
            latencies.record(now.saturating_sub(start.context("a record came before it was put")?));
        }
        if is_last && reply.records.is_empty() {
            return Ok(latencies);
        }
        iterator = reply.next_shard_iterator.context("the shard was closed")?;
        tokio::time::sleep(poll).await;
    }
}
