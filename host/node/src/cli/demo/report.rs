//! What the demonstration found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::check::Read;
use super::put::Put;
use super::{batches, setup};
use crate::cli::latency::Summary;
use crate::cli::progress::{grouped, size};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::PutRecord;

/// Everything that was measured and checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) endpoint: String,
    pub(super) min_magnitude: f64,
    pub(super) records: usize,
    pub(super) bytes: u64,
    /// Of the stream that was put to.
    pub(super) shards: Vec<ShardReport>,
    /// Many records at a time.
    pub(super) burst: PutReport,
    /// One record at a time.
    pub(super) singles: PutReport,
    pub(super) output: OutputReport,
    pub(super) function: FunctionReport,
    pub(super) verified: bool,
    pub(super) problems: Vec<String>,
}

/// Records that were put in one way.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutReport {
    pub(super) records: usize,
    pub(super) bytes: u64,
    pub(super) connections: usize,
    pub(super) seconds: f64,
    pub(super) records_per_second: f64,
    pub(super) mib_per_second: f64,
    pub(super) put_latency: Summary,
    /// From the arrival of a record to the arrival of what was made of it, to the millisecond.
    pub(super) output_delay: Summary,
}

/// What the function was called with.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FunctionReport {
    /// Calls, as far as its log tells of them.
    pub(super) calls: usize,
    /// Records of all calls.
    pub(super) records: u64,
    /// Processor time of all calls.
    pub(super) cpu_ms: f64,
    /// Its calls for the burst.
    pub(super) burst: batches::Summary,
}

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutputReport {
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// From the first put of the burst to the last output that it led to.
    pub(super) burst_seconds: f64,
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

impl PutReport {
    pub(super) fn new(
        records: &[PutRecord],
        put: &Put,
        connections: usize,
        output_delay: Summary,
    ) -> Self {
        let bytes = records.iter().map(|record| record.bytes() as u64).sum();
        Self {
            records: records.len(),
            bytes,
            connections,
            seconds: put.took.as_secs_f64(),
            records_per_second: rate(records.len() as u64, put.took),
            mib_per_second: rate(bytes, put.took) / (1024.0 * 1024.0),
            put_latency: put.latencies.summary(),
            output_delay,
        }
    }
}

impl OutputReport {
    pub(super) fn new(read: &BTreeMap<String, Vec<Read>>, burst_took: Duration) -> Self {
        let shards = ShardReport::all(read);
        Self {
            records: shards.iter().map(|shard| shard.records).sum(),
            bytes: shards.iter().map(|shard| shard.bytes).sum(),
            burst_seconds: burst_took.as_secs_f64(),
            shards,
        }
    }
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
fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// The report for people.
pub(super) struct Readable<'a>(pub(super) &'a Report, pub(super) Style);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, style) = self;
        write!(f, "\n{}\n{}\n", self.table(), self.times())?;
        let burst = &report.function.burst;
        writeln!(
            f,
            "  put: ms until the reply, which comes when the records are synced to disk\n  \
             output: ms from a record's arrival to that of what the function made of it\n  \
             function: {} calls for the burst, with {} records in the median and {} at most; {:.0} ms of processor time in all\n",
            burst.calls,
            burst.batch_records_median,
            burst.batch_records_max,
            report.function.cpu_ms
        )?;
        match report.verified {
            true => self.verdict(f, *style),
            false => self.problems(f, *style),
        }
    }
}

impl Readable<'_> {
    /// How long puts and outputs took.
    fn times(&self) -> Table {
        let Self(report, style) = self;
        let headings =
            ["", "records", "records/s", "put p50", "p90", "p99", "output p50", "p90", "p99"];
        let mut table = Table::new(*style, &headings);
        for (name, put) in [("burst", &report.burst), ("one by one", &report.singles)] {
            let times = [put.put_latency, put.output_delay];
            let times = times.into_iter().flat_map(|Summary { p50_ms, p90_ms, p99_ms, .. }| {
                [p50_ms, p90_ms, p99_ms].map(|ms| format!("{ms:.1}"))
            });
            let records = grouped(put.records as u64);
            let row = [name.to_owned(), records, format!("{:.0}", put.records_per_second)];
            table.row(row.into_iter().chain(times));
        }
        table
    }

    fn table(&self) -> Table {
        let Self(Report { shards, output, .. }, style) = self;
        let headings = ["stream", "shard", "records", "bytes", "first", "last sequence number"];
        let mut table = Table::new(*style, &headings).words(2);
        for (stream, shards) in [(setup::SOURCE, shards), (setup::OUTPUT, &output.shards)] {
            for shard in shards {
                table.row([
                    stream.to_owned(),
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
        let (read_bytes, made_bytes) = (size(report.bytes), size(report.output.bytes as u64));
        let (good, minimum) = (style.good("verified:"), report.min_magnitude);
        writeln!(
            f,
            "{good} {read} records ({read_bytes}) in, each once, byte for byte, in order for every key"
        )?;
        writeln!(
            f,
            "{good} {made} records ({made_bytes}) out, each once: those of magnitude {minimum} or more, in order for every key"
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::cli::latency::Latencies;

    fn report(problems: Vec<String>) -> Report {
        let record = PutRecord::new("k", Bytes::from_static(b"1234"));
        let read = Read {
            sequence_number: "4968".repeat(14),
            key: "k".to_owned(),
            data: b"1234".to_vec(),
            arrival_ms: 7,
        };
        let read = BTreeMap::from([("shardId-000000000000".to_owned(), vec![read])]);
        let mut latencies = Latencies::new();
        latencies.record(Duration::from_millis(2));
        let delay = latencies.summary();
        let put = Put { placed: vec![], latencies, took: Duration::from_millis(100) };
        let put = PutReport::new(&[record], &put, 1, delay);
        Report {
            endpoint: "http://127.0.0.1:1".to_owned(),
            min_magnitude: 2.5,
            records: 1707,
            bytes: 1_115_424,
            shards: ShardReport::all(&read),
            burst: put.clone(),
            singles: put,
            output: OutputReport::new(&read, Duration::from_millis(150)),
            function: FunctionReport::default(),
            verified: problems.is_empty(),
            problems,
        }
    }

    #[test]
    fn people_read_tables_and_a_verdict() {
        let shown = Readable(&report(vec![]), Style::plain()).to_string();
        for line in [
            "  significant  shardId-000000000000        1      5  4968...4968496849684968",
            "  burst             1         10      2.0  2.0  2.0         2.0  2.0  2.0\n",
            "verified: 1,707 records (1.06 MiB) in, each once",
            "verified: 1 records (5 B) out, each once: those of magnitude 2.5 or more",
        ] {
            assert!(shown.contains(line), "`{line}` is not in\n{shown}");
        }
        let failed = report(vec!["event x did not come out".to_owned()]);
        let shown = Readable(&failed, Style::plain()).to_string();
        assert!(shown.ends_with("failed: 1 problems\n  event x did not come out\n"), "{shown}");
    }

    #[test]
    fn programs_find_what_people_read() {
        let told = serde_json::to_value(report(vec![])).unwrap();
        assert_eq!(told["verified"], true);
        assert_eq!(told["burst"]["recordsPerSecond"], 10.0);
        assert_eq!(told["singles"]["outputDelay"]["count"], 1);
        assert_eq!(told["output"]["shards"][0]["lastSequenceNumber"], "4968".repeat(14));
    }
}
