//! `bench ingest`: PutRecords through the front door, against the same frames written without one.

use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::child::{Server, temporary};
use super::load::{self, Until};
use super::payload::Payload;
use super::readers::Readers;
use super::{Bench, IngestArgs, baseline, metric, readback};
use crate::cli::latency::Summary;
use crate::cli::progress;
use crate::client::Client;

const STREAM: &str = "bench";

/// What is measured.
#[derive(Clone, Copy)]
struct Case {
    shards: u32,
    clients: usize,
    batch: usize,
    encrypted: bool,
    compressed: bool,
    payload: Payload,
    fanout_readers: u32,
}

/// What fan-out readers took meanwhile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Beside {
    pub(super) readers: u32,
    pub(super) mib_per_second: f64,
    /// Records put a second, in parts of those without readers.
    pub(super) to_alone: f64,
}

/// One combination of shards and clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) shards: u32,
    pub(super) clients: usize,
    /// Whether the stream was encrypted.
    pub(super) encrypted: bool,
    /// Whether the stream was compressed.
    pub(super) compressed: bool,
    /// What the records held.
    pub(super) payload: Payload,
    /// Who read meanwhile, if anybody did.
    pub(super) fanout: Option<Beside>,
    pub(super) records: u64,
    pub(super) records_per_second: f64,
    pub(super) mib_per_second: f64,
    pub(super) baseline_records_per_second: f64,
    /// Records a second through HTTP, in parts of those without it.
    pub(super) ratio: f64,
    /// Bytes of frames on the disk, in parts of what they would be without compression.
    pub(super) stored_ratio: f64,
    pub(super) call_latency: Summary,
    pub(super) server_cpu_seconds: f64,
    pub(super) generator_cpu_seconds: f64,
    pub(super) baseline_cpu_seconds: f64,
    pub(super) server_resident_mib: f64,
    pub(super) read_back_seconds: f64,
    pub(super) read_back_records: u64,
    /// Records that were refused, by code.
    pub(super) failures: std::collections::BTreeMap<String, u64>,
    /// What is wrong with what was read back; empty if nothing is.
    pub(super) problems: Vec<String>,
}

impl Case {
    fn shown(self) -> String {
        let compressed = if self.compressed { ", compressed" } else { "" };
        let encrypted = if self.encrypted { ", encrypted" } else { "" };
        let beside = match self.fanout_readers {
            0 => String::new(),
            count => format!(", beside {count} fan-out readers"),
        };
        format!("{compressed}{encrypted}{beside}")
    }

    /// Has a server store the stream like this.
    async fn ask(self, client: &Client) -> anyhow::Result<()> {
        if self.encrypted {
            client.encrypt_stream(STREAM).await.context("cannot encrypt the stream")?;
        }
        if self.compressed {
            client.compress_stream(STREAM).await.context("cannot compress the stream")?;
        }
        Ok(())
    }
}

/// Measures every combination.
pub(super) async fn run(bench: &Bench<'_>, args: &IngestArgs) -> anyhow::Result<Vec<Row>> {
    let IngestArgs { shards, clients, batch, encrypted, fanout_readers, .. } = args;
    let payload = args.payload.unwrap_or_else(|| Payload::usual(args.compressed));
    let mut rows = Vec::new();
    for shards in shards {
        for clients in clients {
            let plain = Case {
                shards: *shards,
                clients: *clients,
                batch: *batch,
                encrypted: false,
                compressed: false,
                payload,
                fanout_readers: 0,
            };
            let alone = measure(bench, plain).await?;
            let records_per_second = alone.records_per_second;
            rows.push(alone);
            if *encrypted {
                rows.push(measure(bench, Case { encrypted: true, ..plain }).await?);
            }
            if args.compressed {
                let compressed = Case { compressed: true, ..plain };
                rows.push(measure(bench, compressed).await?);
                if *encrypted {
                    rows.push(measure(bench, Case { encrypted: true, ..compressed }).await?);
                }
            }
            if *fanout_readers > 0 {
                let case = Case { fanout_readers: *fanout_readers, ..plain };
                let mut beside = measure(bench, case).await?;
                if let Some(fanout) = &mut beside.fanout {
                    fanout.to_alone = beside.records_per_second / records_per_second;
                }
                rows.push(beside);
            }
        }
    }
    Ok(rows)
}

async fn measure(bench: &Bench<'_>, case: Case) -> anyhow::Result<Row> {
    let Case { shards, clients, batch, fanout_readers, payload, .. } = case;
    let Bench { seams, proc, .. } = bench;
    let clock = &*seams.clock;
    let pool = load::pool_of(payload, STREAM, batch, bench.record_bytes, &*seams.entropy);
    let how = case.shown();
    let what = format!("{shards} shards, {clients} clients{how}");

    let (taken, baseline_cpu_seconds) = in_process(bench, case, &pool, &what).await?;

    let bar = progress::busy(format!("{what}: over HTTP"));
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    client.create_stream(STREAM, shards).await.context("cannot create the stream")?;
    case.ask(&client).await?;
    let readers = match fanout_readers {
        0 => None,
        count => Some(Readers::start(&server, seams, STREAM, count).await?),
    };
    let (server_cpu, own_cpu) = (server.cpu_seconds(), proc.cpu_seconds(None));
    let outcome = load::run(&client, &pool, clients, Until::Time(bench.time), seams).await?;
    let fanout = match readers {
        None => None,
        Some(readers) => Some(beside(fanout_readers, readers.stop().await?, outcome.took)),
    };
    let server_cpu_seconds = server.cpu_seconds() - server_cpu;
    let generator_cpu_seconds = proc.cpu_seconds(None) - own_cpu;
    let server_resident_mib = server.resident_mib();
    let stored_ratio = stored_ratio(&client).await?;
    bar.finish_and_clear();

    let bar = progress::busy(format!("{what}: reading back"));
    let back = readback::read_all(&client, STREAM, clock).await.context("cannot read back")?;
    bar.finish_and_clear();
    server.kill().await?;

    let mut problems = back.problems;
    problems.extend(outcome.ledger.differences(&back.ledger));
    if outcome.indefinite_calls > 0 {
        let calls = outcome.indefinite_calls;
        problems.push(format!("{calls} calls ended without an answer: more may have been written"));
    }
    let records = outcome.ledger.records();
    let records_per_second = per_second(records, outcome.took);
    let baseline_records_per_second = per_second(taken.records, taken.took);
    Ok(Row {
        shards,
        clients,
        encrypted: case.encrypted,
        compressed: case.compressed,
        payload,
        fanout,
        records,
        records_per_second,
        mib_per_second: mib_per_second(records_per_second, bench.record_bytes),
        baseline_records_per_second,
        ratio: records_per_second / baseline_records_per_second,
        stored_ratio,
        call_latency: outcome.latencies.map(|times| times.summary()).unwrap_or_default(),
        server_cpu_seconds,
        generator_cpu_seconds,
        baseline_cpu_seconds,
        server_resident_mib,
        read_back_seconds: back.took.as_secs_f64(),
        read_back_records: back.ledger.records(),
        failures: outcome.failures,
        problems,
    })
}

/// The same frames written without HTTP, and the processor seconds that took.
async fn in_process(
    bench: &Bench<'_>,
    case: Case,
    pool: &[load::Body],
    what: &str,
) -> anyhow::Result<(baseline::Taken, f64)> {
    let bar = progress::busy(format!("{what}: in-process baseline"));
    let dir = temporary(bench.data)?;
    let cpu = bench.proc.cpu_seconds(None);
    let Case { shards, clients, .. } = case;
    let taken = baseline::run(dir.path(), pool, shards, clients, bench.time, bench.seams)
        .await
        .context("baseline")?;
    let seconds = bench.proc.cpu_seconds(None) - cpu;
    bar.finish_and_clear();
    Ok((taken, seconds))
}

/// What readers took; how ingest fared is told once it is known what it is alone.
fn beside(readers: u32, bytes: u64, took: Duration) -> Beside {
    Beside { readers, mib_per_second: mib_per_second(per_second(bytes, took), 1), to_alone: 0.0 }
}

/// What all frames so far take on the disk, in parts of what they would without compression.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
async fn stored_ratio(client: &Client) -> anyhow::Result<f64> {
    let stored = metric::counter(client, "shardmill_commit_payload_bytes_total").await?;
    let plain = metric::counter(client, "shardmill_commit_plain_bytes_total").await?;
    Ok(stored as f64 / (plain as f64).max(1.0))
}

/// `count` a second.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// Data that so many records a second carry.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn mib_per_second(records_per_second: f64, record_bytes: usize) -> f64 {
    records_per_second * record_bytes as f64 / (1024.0 * 1024.0)
}
