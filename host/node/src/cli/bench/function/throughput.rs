//! Records through put, function and output, beside plain puts of the same server and clients.
//!
//! The end is the newest arrival of an output, as the server tells it, which is before that output's sync; the
//! start is read from the same machine's clock. Outputs are read only after the last put, so that reading takes nothing from the puts;
//! from then on the function shares the processors with the reader.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::follow::newest_arrival;
use super::setup::{self, Mapped, OUTPUT, SOURCE};
use crate::cli::bench::child::{Server, temporary};
use crate::cli::bench::ingest::per_second;
use crate::cli::bench::load::{self, Outcome, Until};
use crate::cli::bench::{Bench, readback};
use crate::cli::progress;
use crate::client::Client;

/// A stream that nothing is mapped to.
const PLAIN: &str = "plain";
const SHARDS: u32 = 4;
/// Records in one call.
const BATCH: usize = 500;
/// Records in one batch of the function.
const BATCH_RECORDS: u32 = 1000;

/// What went through.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Report {
    pub(super) shards: u32,
    pub(super) clients: usize,
    pub(super) parallel: u32,
    pub(super) batch_records: u32,
    pub(super) records: u64,
    pub(super) outputs: u64,
    /// From the first put to the last output.
    pub(super) seconds: f64,
    /// Of them, after the last put.
    pub(super) behind_seconds: f64,
    pub(super) records_per_second: f64,
    /// Records a second that were put in the meantime.
    pub(super) mapped_put_records_per_second: f64,
    pub(super) plain_put_records_per_second: f64,
    /// Records a second through the function, in parts of plain puts.
    pub(super) ratio: f64,
    /// Of the server's process, in which functions run as well; compilers are processes of their own.
    pub(super) server_cpu_seconds: f64,
    /// Records that were refused, by code.
    pub(super) failures: BTreeMap<String, u64>,
    pub(super) problems: Vec<String>,
}

/// Puts for the time of `bench` into each stream.
pub(super) async fn run(
    bench: &Bench<'_>,
    clients: usize,
    parallel: u32,
) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    let bar = progress::busy("plain puts");
    client.create_stream(PLAIN, SHARDS).await.context("cannot create the stream")?;
    let plain = put(bench, &client, PLAIN, clients).await?;
    bar.finish_and_clear();

    let bar = progress::busy("puts through a function");
    let mapped = Mapped { shards: SHARDS, parallel, batch_records: BATCH_RECORDS };
    setup::prepare(&client, &mapped).await?;
    let cpu = server.cpu_seconds();
    let Put { outcome, began } = put(bench, &client, SOURCE, clients).await?;
    let records = outcome.ledger.records();
    let newest = newest_arrival(&client, OUTPUT, records, &*seams.clock).await?;
    let server_cpu_seconds = server.cpu_seconds() - cpu;
    bar.finish_and_clear();

    let bar = progress::busy("reading back");
    let (outputs, problems) = verify(bench, &client, &outcome).await?;
    bar.finish_and_clear();
    server.kill().await?;

    let took = newest.saturating_sub(began).max(outcome.took);
    let records_per_second = per_second(outputs, took);
    let plain_puts = per_second(plain.outcome.ledger.records(), plain.outcome.took);
    Ok(Report {
        shards: SHARDS,
        clients,
        parallel,
        batch_records: BATCH_RECORDS,
        records,
        outputs,
        seconds: took.as_secs_f64(),
        behind_seconds: (took - outcome.took).as_secs_f64(),
        records_per_second,
        mapped_put_records_per_second: per_second(records, outcome.took),
        plain_put_records_per_second: plain_puts,
        ratio: records_per_second / plain_puts,
        server_cpu_seconds,
        failures: outcome.failures,
        problems,
    })
}

struct Put {
    outcome: Outcome,
    /// Since 1970.
    began: Duration,
}

async fn put(
    bench: &Bench<'_>,
    client: &Client,
    stream: &str,
    clients: usize,
) -> anyhow::Result<Put> {
    let pool = load::pool(stream, BATCH, bench.record_bytes, &*bench.seams.entropy);
    let began = Duration::from_millis(bench.seams.clock.now().0);
    let until = Until::Time(bench.time);
    let outcome = load::run(client, &pool, clients, until, bench.seams).await?;
    Ok(Put { outcome, began })
}

/// Whether the source is what was acknowledged, and each shard of the output has the keys and data of the
/// source's, each as often. Tells how many came out, too.
async fn verify(
    bench: &Bench<'_>,
    client: &Client,
    outcome: &Outcome,
) -> anyhow::Result<(u64, Vec<String>)> {
    let clock = &*bench.seams.clock;
    let source = readback::read_all(client, SOURCE, clock).await.context("cannot read back")?;
    let output = readback::read_all(client, OUTPUT, clock).await.context("cannot read back")?;
    let mut problems = outcome.ledger.differences(&source.ledger);
    problems.extend(source.problems);
    problems.extend(output.problems);
    let differences = source.contents.differences(&output.contents);
    problems.extend(differences.iter().map(|one| format!("through the function: {one}")));
    if outcome.indefinite_calls > 0 {
        let calls = outcome.indefinite_calls;
        problems.push(format!("{calls} calls ended without an answer: more may have been written"));
    }
    Ok((output.ledger.records(), problems))
}
