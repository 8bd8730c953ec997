//! What the demonstration found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::batches;
use super::check::Read;
use super::put::Put;
use crate::cli::latency::Summary;
use crate::cli::progress::{grouped, size};
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Everything that was measured and checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) endpoint: String,
    pub(super) min_magnitude: f64,
    pub(super) connections: usize,
    pub(super) records: usize,
    pub(super) bytes: u64,
    /// From the first put to the last output.
    pub(super) seconds: f64,
    pub(super) input: InputReport,
    pub(super) output: OutputReport,
    pub(super) function: batches::Summary,
    pub(super) verified: bool,
    pub(super) problems: Vec<String>,
}

/// What went in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InputReport {
    pub(super) stream: String,
    pub(super) seconds: f64,
    pub(super) records_per_second: f64,
    pub(super) mib_per_second: f64,
    pub(super) put_latency: Summary,
    pub(super) shards: Vec<ShardReport>,
}

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutputReport {
    pub(super) stream: String,
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// From the arrival of a record to the arrival of what was made of it, to the millisecond.
    pub(super) delay: Summary,
    pub(super) shards: Vec<ShardReport>,
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

impl InputReport {
    pub(super) fn new(
        stream: &str,
        bytes: u64,
        put: &Put,
        read: &BTreeMap<String, Vec<Read>>,
    ) -> Self {
        Self {
            stream: stream.to_owned(),
            seconds: put.took.as_secs_f64(),
            records_per_second: rate(put.placed.len() as u64, put.took),
            mib_per_second: rate(bytes, put.took) / (1024.0 * 1024.0),
            put_latency: put.latencies.summary(),
            shards: ShardReport::all(read),
        }
    }
}

impl OutputReport {
    pub(super) fn new(stream: &str, read: &BTreeMap<String, Vec<Read>>, delay: Summary) -> Self {
        let shards = ShardReport::all(read);
        Self {
            stream: stream.to_owned(),
            records: shards.iter().map(|shard| shard.records).sum(),
            bytes: shards.iter().map(|shard| shard.bytes).sum(),
            delay,
            shards,
        }
    }
}

impl ShardReport {
    /// One for each shard.
    fn all(read: &BTreeMap<String, Vec<Read>>) -> Vec<Self> {
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
fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// The report for people.
pub(super) struct Readable<'a>(pub(super) &'a Report, pub(super) Style);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, style) = self;
        let Report { input, output, function, connections, .. } = report;
        write!(f, "\n{}\n", self.table())?;
        let (records, bytes) = (grouped(report.records as u64), size(report.bytes));
        let Summary { p50_ms, p90_ms, p99_ms, count, .. } = input.put_latency;
        writeln!(
            f,
            "  in      {records} records, {bytes}: {:.0} records/s, {:.1} MiB/s, all synced to disk before the reply",
            input.records_per_second, input.mib_per_second
        )?;
        writeln!(
            f,
            "  put     p50 {p50_ms:.2} ms, p90 {p90_ms:.2} ms, p99 {p99_ms:.2} ms ({count} calls on {connections} connections)"
        )?;
        let batches::Summary { calls, batch_records_median, batch_records_max, cpu_ms, .. } =
            function;
        writeln!(
            f,
            "  batch   median {batch_records_median} records, largest {batch_records_max} ({calls} calls of the function, {cpu_ms:.0} ms of processor time)"
        )?;
        let Summary { p50_ms, p90_ms, p99_ms, .. } = output.delay;
        let (records, bytes) = (grouped(output.records as u64), size(output.bytes as u64));
        writeln!(f, "  out     {records} records, {bytes}, all within {:.2} s", report.seconds)?;
        writeln!(
            f,
            "  delay   p50 {p50_ms:.0} ms, p90 {p90_ms:.0} ms, p99 {p99_ms:.0} ms from a record's arrival to that of its output\n"
        )?;
        match report.verified {
            true => self.verdict(f, *style),
            false => self.problems(f, *style),
        }
    }
}

impl Readable<'_> {
    fn table(&self) -> Table {
        let Self(Report { input, output, .. }, style) = self;
        let headings = ["stream", "shard", "records", "bytes", "first", "last sequence number"];
        let mut table = Table::new(*style, &headings).words(2);
        for (stream, shards) in [(&input.stream, &input.shards), (&output.stream, &output.shards)] {
            for shard in shards {
                table.row([
                    stream.clone(),
                    shard.shard.clone(),
                    grouped(shard.records as u64),
                    grouped(shard.bytes as u64),
                    shortened(shard.first_sequence_number.as_deref()),
                    shortened(shard.last_sequence_number.as_deref()),
                ]);
            }
        }
        table
    }

    fn verdict(&self, f: &mut fmt::Formatter<'_>, style: Style) -> fmt::Result {
        let Self(report, _) = self;
        let (read, made) = (grouped(report.records as u64), grouped(report.output.records as u64));
        let (good, minimum) = (style.good("verified:"), report.min_magnitude);
        writeln!(f, "{good} {read} records in, each once, byte for byte, in order for every key")?;
        writeln!(
            f,
            "{good} {made} records out, each once: those of magnitude {minimum} or more, in order for every key"
        )
    }

    fn problems(&self, f: &mut fmt::Formatter<'_>, style: Style) -> fmt::Result {
        let Self(report, _) = self;
        writeln!(f, "{} {} problems", style.error("failed:"), report.problems.len())?;
        let mut some = report.problems.iter().take(10);
        some.try_for_each(|problem| writeln!(f, "  {problem}"))
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
