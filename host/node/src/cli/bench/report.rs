//! What was measured, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::machine::Machine;
use super::{backlog, fanout, function, idle, ingest, many, mappings, put, queue, read, trim};
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Everything of one run; what was not asked for is absent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) version: &'static str,
    pub(super) machine: Machine,
    pub(super) seconds: u64,
    pub(super) record_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ingest: Option<Vec<ingest::Row>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) put: Option<Vec<put::Row>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read: Option<read::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) idle: Option<idle::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<function::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fanout: Option<fanout::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queue: Option<queue::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backlog: Option<backlog::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trim: Option<trim::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) many: Option<many::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mappings: Option<mappings::Report>,
}

impl Report {
    /// What was not read back as it was written.
    pub(super) fn problems(&self) -> Vec<&String> {
        let ingest = self.ingest.iter().flatten().flat_map(|row| &row.problems);
        let put = self.put.iter().flatten().flat_map(|row| &row.problems);
        let read = self.read.iter();
        let read = read.flat_map(|read| read.problems.iter().chain(&read.tail_problems));
        let function = self.function.iter().flat_map(function::Report::problems);
        let backlog = self.backlog.iter().flat_map(|backlog| &backlog.problems);
        let fanout = self.fanout.iter().flat_map(|fanout| &fanout.problems);
        let queue = self.queue.iter().flat_map(|queue| &queue.problems);
        let mappings = self.mappings.iter().flat_map(mappings::Report::problems);
        let function = function.chain(mappings);
        let ingest = ingest.chain(put);
        ingest.chain(read).chain(function).chain(fanout).chain(queue).chain(backlog).collect()
    }
}

/// The report for people.
pub(super) struct Readable<'a>(pub(super) &'a Report, pub(super) Style);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, style) = self;
        let Machine { cores, processor, kernel, memory_mib, filesystem } = &report.machine;
        writeln!(
            f,
            "{cores} cores ({processor}), {memory_mib} MiB, Linux {kernel}, data on {filesystem}"
        )?;
        writeln!(
            f,
            "{} s a measurement, records of {} bytes",
            report.seconds, report.record_bytes
        )?;
        if let Some(rows) = &report.ingest {
            ingest_table(f, *style, rows)?;
        }
        if let Some(rows) = &report.put {
            put_table(f, *style, rows)?;
        }
        if let Some(read) = &report.read {
            read_lines(f, *style, read)?;
        }
        if let Some(idle) = &report.idle {
            idle_lines(f, *style, idle)?;
        }
        if let Some(function) = &report.function {
            function::lines(f, *style, function)?;
        }
        if let Some(fanout) = &report.fanout {
            fanout::lines(f, *style, fanout)?;
        }
        if let Some(queue) = &report.queue {
            queue::lines(f, *style, queue)?;
        }
        if let Some(backlog) = &report.backlog {
            backlog::lines(f, *style, backlog)?;
        }
        if let Some(trim) = &report.trim {
            trim::lines(f, *style, trim)?;
        }
        if let Some(many) = &report.many {
            many::lines(f, *style, many)?;
        }
        if let Some(mappings) = &report.mappings {
            mappings::lines(f, *style, mappings)?;
        }
        for problem in report.problems() {
            writeln!(f, "{} {problem}", style.error("problem:"))?;
        }
        Ok(())
    }
}

fn ingest_table(f: &mut fmt::Formatter<'_>, style: Style, rows: &[ingest::Row]) -> fmt::Result {
    let headings = [
        "shards",
        "clients",
        "compressed",
        "encrypted",
        "records/s",
        "MiB/s",
        "in-process",
        "ratio",
        "stored",
        "p50 ms",
        "p99 ms",
        "server cpu s",
        "generator cpu s",
        "MiB held",
        "read back",
    ];
    let mut table = Table::new(style, &headings);
    for row in rows {
        table.row([
            row.shards.to_string(),
            row.clients.to_string(),
            if row.compressed { "yes" } else { "no" }.to_owned(),
            if row.encrypted { "yes" } else { "no" }.to_owned(),
            whole(row.records_per_second),
            format!("{:.1}", row.mib_per_second),
            whole(row.baseline_records_per_second),
            format!("{:.2}", row.ratio),
            format!("{:.2}", row.stored_ratio),
            format!("{:.2}", row.call_latency.p50_ms),
            format!("{:.2}", row.call_latency.p99_ms),
            format!("{:.1}", row.server_cpu_seconds),
            format!("{:.1}", row.generator_cpu_seconds),
            format!("{:.0}", row.server_resident_mib),
            found(&row.problems).to_owned(),
        ]);
    }
    let title = "ingest: PutRecords over HTTP, and the same frames written in-process";
    write!(f, "\n{}\n{table}", style.heading(title))?;
    for row in rows {
        let Some(ingest::Beside { readers, mib_per_second, to_alone }) = &row.fanout else {
            continue;
        };
        let (shards, clients) = (row.shards, row.clients);
        writeln!(
            f,
            "  {shards} shards, {clients} clients beside {readers} fan-out readers, who took {mib_per_second:.1} MiB/s: {to_alone:.2} of ingest alone"
        )?;
    }
    for row in rows.iter().filter(|row| !row.failures.is_empty()) {
        let (shards, clients) = (row.shards, row.clients);
        writeln!(f, "  {shards} shards, {clients} clients: refused {:?}", row.failures)?;
    }
    Ok(())
}

fn put_table(f: &mut fmt::Formatter<'_>, style: Style, rows: &[put::Row]) -> fmt::Result {
    let headings = [
        "clients",
        "puts/s",
        "put p50 ms",
        "p99 ms",
        "fdatasync p50 ms",
        "p99 ms",
        "p50 above it",
        "server cpu s",
        "generator cpu s",
        "read back",
    ];
    let mut table = Table::new(style, &headings);
    for row in rows {
        table.row([
            row.clients.to_string(),
            whole(row.puts_per_second),
            format!("{:.2}", row.put_latency.p50_ms),
            format!("{:.2}", row.put_latency.p99_ms),
            format!("{:.2}", row.fdatasync_latency.p50_ms),
            format!("{:.2}", row.fdatasync_latency.p99_ms),
            format!("{:+.2} ms", row.p50_above_fdatasync_ms),
            format!("{:.1}", row.server_cpu_seconds),
            format!("{:.1}", row.generator_cpu_seconds),
            found(&row.problems).to_owned(),
        ]);
    }
    let title = "put: one record a call, and one fdatasync of as many bytes";
    write!(f, "\n{}\n{table}", style.heading(title))
}

fn read_lines(f: &mut fmt::Formatter<'_>, style: Style, read: &read::Report) -> fmt::Result {
    writeln!(f, "\n{}", style.heading("read:"))?;
    writeln!(
        f,
        "  from the start   {} records at {} records/s, {:.1} MiB/s, server {:.1} and reader {:.1} cpu s, {}",
        grouped(read.records),
        whole(read.records_per_second),
        read.mib_per_second,
        read.server_cpu_seconds,
        read.reader_cpu_seconds,
        found(&read.problems),
    )?;
    let (seen, put) = (read.put_to_get_latency, read.put_latency);
    writeln!(
        f,
        "  at the tail      put to get p50 {:.2} ms, p99 {:.2} ms, polled every {} ms; of it the put p50 {:.2} ms; {} records {}",
        seen.p50_ms,
        seen.p99_ms,
        read.poll_ms,
        put.p50_ms,
        grouped(read.tail_records),
        found(&read.tail_problems),
    )
}

fn idle_lines(f: &mut fmt::Formatter<'_>, style: Style, idle: &idle::Report) -> fmt::Result {
    writeln!(f, "\n{}", style.heading("idle:"))?;
    let first = (idle.first_start_ms_p50, idle.first_start_ms_max);
    let later = (idle.later_start_ms_p50, idle.later_start_ms_max);
    writeln!(
        f,
        "  ready on a new directory in {:.0} ms (worst of {}: {:.0} ms)",
        first.0, idle.starts, first.1
    )?;
    writeln!(
        f,
        "  ready after a kill       in {:.0} ms (worst of {}: {:.0} ms)",
        later.0, idle.starts, later.1
    )?;
    writeln!(f, "  resident memory {:.1} MiB", idle.resident_mib)
}

/// What reading back came to, in a word.
fn found(problems: &[String]) -> &'static str {
    if problems.is_empty() { "verified" } else { "WRONG" }
}

/// A count, for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "counts of one run fit 53 bits")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// `193,000`, of a figure with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float saturates"
)]
pub(super) fn whole(number: f64) -> String {
    grouped(number.round() as u64)
}
