//! `bench read`: from the start as fast as it goes, and at the tail from put to get. Both times what was read is compared
//! with what was acknowledged.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use stdx::Clock;

use super::child::{Server, temporary};
use super::ingest::{mib_per_second, per_second};
use super::ledger::{Ledger, digest};
use super::load::{self, Until};
use super::readback::ShardRead;
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
    /// What is wrong with what was read from the start; empty if nothing is.
    pub(super) problems: Vec<String>,
    pub(super) tail_records: u64,
    /// The same of what was read at the tail.
    pub(super) tail_problems: Vec<String>,
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
        tail_records: tail.records,
        tail_problems: tail.problems,
        put_to_get_latency: tail.seen.summary(),
        put_latency: tail.acknowledged.summary(),
        poll_ms,
    })
}

struct Tail {
    seen: Latencies,
    acknowledged: Latencies,
    records: u64,
    problems: Vec<String>,
}

/// What the side that puts tells the one that reads.
#[derive(Default)]
struct Puts {
    /// When each record was put, by the number that it carries.
    started: Vec<Duration>,
    /// Whether the last one was acknowledged.
    are_done: bool,
}

async fn tail(client: &Client, bench: &Bench<'_>, poll: Duration) -> anyhow::Result<Tail> {
    let clock = &*bench.seams.clock;
    let shards = client.list_shards(TAIL).await?;
    let shard = shards.first().context("the stream has no shard")?;
    let iterator = client.shard_iterator(TAIL, &shard.shard_id, &Start::Latest).await?;
    let puts = Mutex::new(Puts::default());
    let end = clock.monotonic() + bench.time;
    let put = put_slowly(client, bench, &puts, end);
    let get = get(client, &shard.shard_id, iterator, poll, &puts, clock);
    let ((acknowledged, ledger), (seen, read)) = tokio::try_join!(put, get)?;
    let mut back = Ledger::default();
    *back.shard(shard.shard_id.parse()?) = read.tally;
    let mut problems = Vec::from_iter(read.problem);
    problems.extend(ledger.differences(&back));
    let problems = problems.into_iter().map(|problem| format!("at the tail: {problem}")).collect();
    Ok(Tail { seen, acknowledged, records: back.records(), problems })
}

async fn put_slowly(
    client: &Client,
    bench: &Bench<'_>,
    puts: &Mutex<Puts>,
    end: Duration,
) -> anyhow::Result<(Latencies, Ledger)> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let (mut latencies, mut ledger) = (Latencies::new(), Ledger::default());
    for number in 0u64.. {
        let mut data = number.to_be_bytes().to_vec();
        data.resize(bench.record_bytes.max(8), 0x5a);
        let record = PutRecord::new("tail", Bytes::from(data));
        let digest = digest(&record.key, &record.data);
        let body = put_record_body(TAIL, &record);
        let start = clock.monotonic();
        if start >= end {
            break;
        }
        puts.lock().started.push(start);
        let reply = client.call("PutRecord", body).await?;
        latencies.record(clock.monotonic() - start);
        load::acknowledge_one(&mut ledger, digest, &reply)?;
        tokio::time::sleep(PUT_EVERY).await;
    }
    puts.lock().are_done = true;
    Ok((latencies, ledger))
}

/// Reads until there is nothing more after the last put was acknowledged: what was not seen by then is lost.
async fn get(
    client: &Client,
    shard: &str,
    mut iterator: String,
    poll: Duration,
    puts: &Mutex<Puts>,
    clock: &dyn Clock,
) -> anyhow::Result<(Latencies, ShardRead)> {
    let (mut latencies, mut read) = (Latencies::new(), ShardRead::default());
    loop {
        let is_last = puts.lock().are_done;
        let reply = client.get_records(&iterator, 1000).await?;
        let now = clock.monotonic();
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        for record in &reply.records {
            let data = decode_data(&record.data)?;
            read.add(shard, record, &data);
            // One that was altered may carry any number: the ledgers differ then.
            let number = data.first_chunk().map(|number| u64::from_be_bytes(*number));
            let number = number.and_then(|number| usize::try_from(number).ok());
            if let Some(start) = number.and_then(|at| puts.lock().started.get(at).copied()) {
                latencies.record(now.saturating_sub(start));
            }
        }
        if is_last && reply.records.is_empty() && reply.millis_behind_latest == 0 {
            return Ok((latencies, read));
        }
        iterator = reply.next_shard_iterator.context("the shard was closed")?;
        tokio::time::sleep(poll).await;
    }
}
