//! `bench put`: one record a call, against one `fdatasync` of as many bytes. What was put is read back.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde::Serialize;
use stdx::Clock;

use super::child::{Server, temporary};
use super::ledger::{Ledger, digest};
use super::{Bench, fdatasync, load, readback};
use crate::cli::latency::{Latencies, Summary};
use crate::cli::progress;
use crate::client::{Client, ClientError, put_record_body};

const STREAM: &str = "bench";

/// One number of clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) clients: usize,
    pub(super) put_latency: Summary,
    pub(super) puts_per_second: f64,
    /// Half of it measured before the puts, half after.
    pub(super) fdatasync_latency: Summary,
    /// What a put takes beyond one sync, in the middle.
    pub(super) p50_above_fdatasync_ms: f64,
    pub(super) server_cpu_seconds: f64,
    pub(super) generator_cpu_seconds: f64,
    pub(super) read_back_records: u64,
    /// What is wrong with what was read back; empty if nothing is.
    pub(super) problems: Vec<String>,
}

/// What one client put.
struct Put {
    latencies: Latencies,
    ledger: Ledger,
}

/// Measures every number of clients.
pub(super) async fn run(bench: &Bench<'_>, clients: &[usize]) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for clients in clients {
        rows.push(measure(bench, *clients).await?);
    }
    Ok(rows)
}

async fn measure(bench: &Bench<'_>, clients: usize) -> anyhow::Result<Row> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let sync = async || {
        let time = bench.time.div_f64(4.0);
        fdatasync::measure(dir.path(), bench.record_bytes, time, seams).await
    };
    let bar = progress::busy(format!("{clients} clients: fdatasync and single puts"));
    let mut syncs = sync().await?;

    let data = temporary(bench.data)?;
    let server = Server::start(data.path(), seams, proc).await?;
    let client = server.client(seams);
    client.create_stream(STREAM, 4).await.context("cannot create the stream")?;
    let (server_cpu, own_cpu) = (server.cpu_seconds(), proc.cpu_seconds(None));
    let start = seams.clock.monotonic();
    let workers = (0..clients).map(|_| put(&client, bench, start + bench.time));
    let (mut puts, mut ledger) = (Latencies::new(), Ledger::default());
    for put in try_join_all(workers).await? {
        puts.add(&put.latencies);
        ledger.merge(&put.ledger);
    }
    let took = seams.clock.monotonic() - start;
    let server_cpu_seconds = server.cpu_seconds() - server_cpu;
    let generator_cpu_seconds = proc.cpu_seconds(None) - own_cpu;
    bar.finish_and_clear();

    let bar = progress::busy(format!("{clients} clients: reading back, and fdatasync"));
    let back = readback::read_all(&client, STREAM, &*seams.clock).await;
    let back = back.context("cannot read back")?;
    server.kill().await?;
    syncs.add(&sync().await?);
    bar.finish_and_clear();
    let mut problems = back.problems;
    problems.extend(ledger.differences(&back.ledger));
    let (put_latency, fdatasync_latency) = (puts.summary(), syncs.summary());
    Ok(Row {
        clients,
        puts_per_second: super::ingest::per_second(put_latency.count, took),
        p50_above_fdatasync_ms: put_latency.p50_ms - fdatasync_latency.p50_ms,
        put_latency,
        fdatasync_latency,
        server_cpu_seconds,
        generator_cpu_seconds,
        read_back_records: back.ledger.records(),
        problems,
    })
}

async fn put(client: &Client, bench: &Bench<'_>, end: Duration) -> Result<Put, ClientError> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let mut put = Put { latencies: Latencies::new(), ledger: Ledger::default() };
    loop {
        let record = load::record(bench.record_bytes, &*bench.seams.entropy);
        let digest = digest(&record.key, &record.data);
        let body = put_record_body(STREAM, &record);
        let start = clock.monotonic();
        if start >= end {
            return Ok(put);
        }
        let reply = client.call("PutRecord", body).await?;
        put.latencies.record(clock.monotonic() - start);
        load::acknowledge_one(&mut put.ledger, digest, &reply)?;
    }
}
