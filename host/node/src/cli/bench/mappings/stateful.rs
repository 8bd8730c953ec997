//! What state costs: a consumer that reads and writes one row for each record, beside a transform that has none.
//!
//! Both emit one record for each that they get, so that what differs is the state: a row of the record's key, read
//! before the call's work is done and written by the commit that finishes the batch.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;

use crate::cli::bench::child::{Server, temporary};
use crate::cli::bench::function::{IDENTITY, upload};
use crate::cli::bench::ingest::per_second;
use crate::cli::bench::load::{self, Until};
use crate::cli::bench::payload::Payload;
use crate::cli::bench::report::float;
use crate::cli::bench::{Bench, consumed};
use crate::cli::progress;
use crate::client::Client;

const SHARDS: u32 = 4;
const WRITERS: usize = 4;
/// Records in one call.
const BATCH: usize = 500;
/// Records in one batch of the function.
const BATCH_RECORDS: u32 = 1000;
/// A consumer that keeps a count for each partition key.
const COUNTS: &[u8] = include_bytes!("../../../../../../guests/rust-counts/counts.wasm");

/// One function's way through the records.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Row {
    pub(super) function: &'static str,
    pub(super) records: u64,
    pub(super) records_per_second: f64,
    /// Processor time of the server for a record, all of it.
    pub(super) cpu_micros_per_record: f64,
    /// Records a second, of those without state.
    pub(super) of_stateless: f64,
}

/// Has both functions take about `records` events, one after the other.
pub(super) async fn run(bench: &Bench<'_>, records: u64) -> anyhow::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for (function, code) in [("stateless", IDENTITY), ("stateful", COUNTS)] {
        let row = take(bench, (function, code), records).await?;
        let stateless = rows.first().map_or(row.records_per_second, |row| row.records_per_second);
        let of_stateless = row.records_per_second / stateless;
        rows.push(Row { of_stateless, ..row });
    }
    Ok(rows)
}

async fn take(
    bench: &Bench<'_>,
    (function, code): (&'static str, &[u8]),
    records: u64,
) -> anyhow::Result<Row> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    upload(&client, function, code).await?;
    for stream in ["in", "out"] {
        client.create_stream(stream, SHARDS).await.context("cannot create the stream")?;
    }
    let bar = progress::busy("putting events");
    let bytes = bench.record_bytes;
    let pool = load::pool_of(Payload::Event, "in", BATCH, bytes, &*seams.entropy);
    let outcome = load::run(&client, &pool, WRITERS, Until::Records(records), seams).await?;
    let records = outcome.ledger.records();
    bar.finish_and_clear();

    let bar = progress::busy(format!("a {function} function takes them"));
    let (cpu, start) = (server.cpu_seconds(), seams.clock.monotonic());
    map(&client, function).await?;
    consumed::wait(bench, &client, 0, records).await?;
    let took = seams.clock.monotonic() - start;
    let cpu_micros = (server.cpu_seconds() - cpu) * 1e6;
    bar.finish_and_clear();
    server.kill().await?;
    Ok(Row {
        function,
        records,
        records_per_second: per_second(records, took),
        cpu_micros_per_record: cpu_micros / float(records),
        of_stateless: 1.0,
    })
}

async fn map(client: &Client, function: &str) -> anyhow::Result<()> {
    let input = json!({
        "FunctionName": function,
        "EventSourceArn": client.stream("in").await?.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": BATCH_RECORDS,
        "DestinationConfig": { "OnSuccess": { "Destination": client.stream("out").await?.stream_arn } },
    });
    client.create_mapping(&input).await.context("cannot create the mapping")?;
    Ok(())
}
