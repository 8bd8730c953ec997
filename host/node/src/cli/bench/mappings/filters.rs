//! What a filter costs for each record.
//!
//! The same stream is read once for each filter. A filter that lets all records through is compared with none; one
//! that lets none through saves the function, so that its whole time is reading and looking.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::bench::child::{Server, temporary};
use crate::cli::bench::function::{DRAIN, upload};
use crate::cli::bench::load::{self, Until};
use crate::cli::bench::payload::Payload;
use crate::cli::bench::report::float;
use crate::cli::bench::{Bench, consumed};
use crate::cli::progress;
use crate::client::Client;

const SOURCE: &str = "in";
const FUNCTION: &str = "drain";
const SHARDS: u32 = 4;
const WRITERS: usize = 4;
/// Records in one call.
const BATCH: usize = 500;
/// Records in one batch of the function.
const BATCH_RECORDS: u32 = 1000;

/// One reading.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Row {
    pub(super) filter: &'static str,
    pub(super) records: u64,
    pub(super) records_per_second: f64,
    /// Processor time of the server for a record, all of it.
    pub(super) cpu_micros_per_record: f64,
    /// Of it, what is more than without a filter.
    pub(super) more_than_none_micros: f64,
}

/// Reads `records` events once for each filter.
pub(super) async fn run(bench: &Bench<'_>, records: u64) -> anyhow::Result<Vec<Row>> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    upload(&client, FUNCTION, DRAIN).await?;
    client.create_stream(SOURCE, SHARDS).await.context("cannot create the stream")?;
    let bar = progress::busy("putting events");
    let bytes = bench.record_bytes;
    let pool = load::pool_of(Payload::Event, SOURCE, BATCH, bytes, &*seams.entropy);
    let outcome = load::run(&client, &pool, WRITERS, Until::Records(records), seams).await?;
    let records = outcome.ledger.records();
    bar.finish_and_clear();
    let mut rows: Vec<Row> = Vec::new();
    for (name, pattern) in patterns() {
        let bar = progress::busy(format!("reading with filter: {name}"));
        let row = read(bench, &server, &client, (name, pattern.as_ref()), records).await?;
        let none = rows.first().map_or(row.cpu_micros_per_record, |row| row.cpu_micros_per_record);
        let more_than_none_micros = row.cpu_micros_per_record - none;
        rows.push(Row { more_than_none_micros, ..row });
        bar.finish_and_clear();
    }
    server.kill().await?;
    Ok(rows)
}

/// Filters by what they look at, the first of them none.
fn patterns() -> [(&'static str, Option<Value>); 4] {
    let types = ["view", "click", "scroll", "purchase"];
    [
        ("none", None),
        ("data, all pass", Some(json!({ "data": { "type": types } }))),
        ("data, none passes", Some(json!({ "data": { "type": ["other"] } }))),
        ("key, none passes", Some(json!({ "partitionKey": [{ "prefix": "other" }] }))),
    ]
}

async fn read(
    bench: &Bench<'_>,
    server: &Server,
    client: &Client,
    (filter, pattern): (&'static str, Option<&Value>),
    records: u64,
) -> anyhow::Result<Row> {
    let clock = &*bench.seams.clock;
    let mut input = json!({
        "FunctionName": FUNCTION,
        "EventSourceArn": client.stream(SOURCE).await?.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": BATCH_RECORDS,
    });
    if let Some(pattern) = pattern {
        input["FilterCriteria"] = json!({ "Filters": [{ "Pattern": pattern.to_string() }] });
    }
    let before = consumed::count(client).await?;
    let (cpu, start) = (server.cpu_seconds(), clock.monotonic());
    let made = client.create_mapping(&input).await.context("cannot create the mapping")?;
    consumed::wait(bench, client, before, records).await?;
    let took = clock.monotonic() - start;
    let cpu_micros = (server.cpu_seconds() - cpu) * 1e6;
    client.delete_mapping(&made.uuid).await.context("cannot delete the mapping")?;
    client.gone_mapping(&made.uuid).await?;
    Ok(Row {
        filter,
        records,
        records_per_second: float(records) / took.as_secs_f64(),
        cpu_micros_per_record: cpu_micros / float(records),
        more_than_none_micros: 0.0,
    })
}
