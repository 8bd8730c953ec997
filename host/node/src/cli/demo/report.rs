//! What the demonstration found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::check::Read;
use crate::cli::latency::Summary;
use crate::cli::progress::{grouped, mib};
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Everything that was measured and checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) stream: String,
    pub(super) endpoint: String,
    pub(super) connections: usize,
    pub(super) records: usize,
    pub(super) bytes: u64,
    pub(super) seconds_to_put: f64,
    pub(super) seconds_to_read: f64,
    pub(super) put_records_per_second: f64,
    pub(super) put_mib_per_second: f64,
    pub(super) put_latency: Summary,
    pub(super) shards: Vec<ShardReport>,
    pub(super) verified: bool,
    pub(super) problems: Vec<String>,
}

/// What one shard holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShardReport {
    pub(super) shard: String,
    pub(super) records: usize,
    pub(super) bytes: usize,
    pub(super) first_sequence_number: Option<String>,
    pub(super) last_sequence_number: Option<String>,
}

impl ShardReport {
    /// One for each shard.
    pub(super) fn all(read: &BTreeMap<String, Vec<Read>>) -> Vec<Self> {
        let number = |read: &Read| read.sequence_number.clone();
        let report = |(shard, read): (&String, &Vec<Read>)| Self {
            shard: shard.clone(),
            records: read.len(),
            bytes: read.iter().map(|read| read.key.len() + read.data.len()).sum(),
            first_sequence_number: read.first().map(number),
            last_sequence_number: read.last().map(number),
        };
        read.iter().map(report).collect()
    }
}

/// `count` a second.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// The report for people.
pub(super) struct Readable<'a>(pub(super) &'a Report, pub(super) Style);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, style) = self;
        let mut table =
            Table::new(*style, &["shard", "records", "bytes", "first", "last sequence number"]);
        for shard in &report.shards {
            table.row([
                shard.shard.clone(),
                grouped(shard.records as u64),
                grouped(shard.bytes as u64),
                shortened(shard.first_sequence_number.as_deref()),
                shortened(shard.last_sequence_number.as_deref()),
            ]);
        }
        write!(f, "\n{table}\n")?;
        let Summary { p50_ms, p90_ms, p99_ms, count, .. } = report.put_latency;
        writeln!(
            f,
            "  {:.0} records/s and {:.1} MiB/s in, every call synced to disk before its reply",
            report.put_records_per_second, report.put_mib_per_second
        )?;
        writeln!(
            f,
            "  put latency p50 {p50_ms:.2} ms, p90 {p90_ms:.2} ms, p99 {p99_ms:.2} ms ({count} calls on {} connections)\n",
            report.connections
        )?;
        if report.verified {
            let mib = mib(report.bytes);
            let records = grouped(report.records as u64);
            writeln!(
                f,
                "{} {records} records ({mib}) came back once each, byte for byte, in order for every key",
                style.good("verified:")
            )
        } else {
            writeln!(f, "{} {} problems", style.error("failed:"), report.problems.len())?;
            let some = report.problems.iter().take(10);
            some.into_iter().try_for_each(|problem| writeln!(f, "  {problem}"))
        }
    }
}

/// `4968...0002`: all 56 digits would fill the line; they stand in the JSON report.
fn shortened(number: Option<&str>) -> String {
    match number {
        Some(number) if number.len() > 24 => {
            format!("{}...{}", &number[..4], &number[number.len() - 16..])
        }
        Some(number) => number.to_owned(),
        None => "-".to_owned(),
    }
}

/// How to do it by hand.
pub(super) fn by_hand(style: Style) -> String {
    format!(
        r#"
{}
  shardmill serve --dev &
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws kinesis create-stream --stream-name quakes --shard-count 4
  shardmill put --stream quakes --partition-key-field net examples/earthquakes/earthquakes.ndjson
  shardmill tail --stream quakes --follow

{}
  import boto3
  kinesis = boto3.client("kinesis")
  kinesis.put_record(StreamName="quakes", PartitionKey="us", Data=b"hello")
  shard = kinesis.list_shards(StreamName="quakes")["Shards"][0]["ShardId"]
  at = kinesis.get_shard_iterator(StreamName="quakes", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
  print(kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"][:3])
"#,
        style.heading("the same by hand:"),
        style.heading("and from Python, with the same environment:"),
    )
}
