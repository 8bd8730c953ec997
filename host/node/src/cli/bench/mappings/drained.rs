//! Records a second that one function takes through many mappings.
//!
//! The records are there before the mappings are enabled, in streams of one shard each. Enabling them one after the
//! other belongs to the time that is measured: a few milliseconds each.

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::json;

use crate::cli::bench::child::{Server, temporary};
use crate::cli::bench::function::{DRAIN, upload};
use crate::cli::bench::ingest::per_second;
use crate::cli::bench::load::{self, Until};
use crate::cli::bench::{Bench, consumed};
use crate::cli::progress;
use crate::client::Client;

const FUNCTION: &str = "drain";
/// Records in one call.
const BATCH: usize = 500;
/// Records in one batch of the function.
const BATCH_RECORDS: u32 = 1000;

/// What went through so many mappings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Row {
    pub(super) mappings: u32,
    pub(super) records: u64,
    pub(super) seconds: f64,
    pub(super) records_per_second: f64,
    pub(super) server_cpu_seconds: f64,
}

/// Has the function take about `records` through `mappings` mappings.
pub(super) async fn run(bench: &Bench<'_>, mappings: u32, records: u64) -> anyhow::Result<Row> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    upload(&client, FUNCTION, DRAIN).await?;
    let bar = progress::busy(format!("putting into {mappings} streams"));
    let (mut mapped, mut there) = (Vec::new(), 0);
    for number in 0..mappings {
        let stream = format!("in-{number}");
        client.create_stream(&stream, 1).await.context("cannot create the stream")?;
        let pool = load::pool(&stream, BATCH, bench.record_bytes, &*seams.entropy);
        let some = Until::Records(records / u64::from(mappings));
        there += load::run(&client, &pool, 1, some, seams).await?.ledger.records();
        mapped.push(map(&client, &stream).await?);
    }
    bar.finish_and_clear();

    let bar = progress::busy(format!("a function takes them through {mappings} mappings"));
    let (cpu, start) = (server.cpu_seconds(), seams.clock.monotonic());
    let enable = json!({ "Enabled": true });
    let enabled = mapped.iter().map(|uuid| client.update_mapping(uuid, &enable));
    try_join_all(enabled).await.context("cannot enable the mapping")?;
    consumed::wait(bench, &client, 0, there).await?;
    let took = seams.clock.monotonic() - start;
    let server_cpu_seconds = server.cpu_seconds() - cpu;
    bar.finish_and_clear();
    server.kill().await?;
    Ok(Row {
        mappings,
        records: there,
        seconds: took.as_secs_f64(),
        records_per_second: per_second(there, took),
        server_cpu_seconds,
    })
}

/// Maps the function to a stream without letting it begin.
async fn map(client: &Client, stream: &str) -> anyhow::Result<String> {
    let input = json!({
        "FunctionName": FUNCTION,
        "EventSourceArn": client.stream(stream).await?.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": BATCH_RECORDS,
        "Enabled": false,
    });
    let made = client.create_mapping(&input).await.context("cannot create the mapping")?;
    Ok(client.settled_mapping(made).await?.uuid)
}
