//! What was measured, for people and for programs.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::cli::latency::Summary;
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Everything of one run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    version: &'static str,
    batch: usize,
    memory_mib: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline: Option<Native>,
    #[serde(rename = "functions")]
    pub(super) rows: Vec<Row>,
}

/// A job without a sandbox.
#[derive(Debug, Serialize)]
pub(super) struct Native {
    pub(super) job: &'static str,
    pub(super) warm: Summary,
}

/// A function.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) component: String,
    pub(super) world: &'static str,
    pub(super) bytes: usize,
    /// In a process of its own, as on an upload.
    pub(super) compile_ms: f64,
    /// What was compiled, from the cache, after a start of the host.
    pub(super) load_ms: f64,
    /// Loading, making an instance and the first call.
    pub(super) first_call_ms: f64,
    /// Making an instance of code that is at hand: half of them took no longer.
    pub(super) instantiate_ms: f64,
    /// Calls of a warm instance.
    pub(super) warm: Summary,
    /// Processor time of one warm call on average.
    pub(super) cpu_ms: f64,
    pub(super) records_per_s: f64,
    /// Warm calls.
    pub(super) calls: u64,
    /// Instances that were made meanwhile, since one was called too often or had too much memory.
    pub(super) instances: u64,
    /// Linear memory after the last call.
    pub(super) memory_bytes: u64,
    pub(super) peak_memory_bytes: u64,
    /// Calls of each point of the curve.
    pub(super) memory_step_calls: u64,
    /// The most memory after a call, in the order of the calls.
    pub(super) memory_curve_bytes: Vec<u64>,
}

impl Report {
    /// Of functions with so much memory, called with batches of so many records.
    pub(super) fn new(batch: usize, memory_mib: u32) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self { version, batch, memory_mib, baseline: None, rows: Vec::new() }
    }

    /// The call that others are compared with, and whose it is.
    fn first_ms(&self) -> f64 {
        let native = self.baseline.as_ref().map(|native| native.warm.p50_ms);
        native.or_else(|| self.rows.first().map(|row| row.warm.p50_ms)).unwrap_or_default()
    }
}

/// In milliseconds.
pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "records of one run")]
pub(super) fn per_second(records: u64, time: Duration) -> f64 {
    records as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// The report for people.
pub(super) struct Readable<'a>(pub(super) &'a Report, pub(super) Style);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, style) = self;
        let first = report.first_ms();
        let mut starts = Table::new(
            *style,
            &["function", "bytes", "compile ms", "load ms", "instantiate ms", "first call ms"],
        );
        let mut calls = Table::new(
            *style,
            &[
                "warm calls",
                "p50 ms",
                "p99 ms",
                "x",
                "cpu ms",
                "records/s",
                "calls",
                "instances",
                "memory KiB",
            ],
        );
        if let Some(Native { job, warm }) = &report.baseline {
            let mut cells =
                vec![format!("{job}, native"), ms(warm.p50_ms), ms(warm.p99_ms), times(1.0)];
            cells.resize(9, "-".to_owned());
            calls.row(cells);
        }
        for row in &report.rows {
            starts.row([
                row.component.clone(),
                grouped(row.bytes as u64),
                ms(row.compile_ms),
                ms(row.load_ms),
                ms(row.instantiate_ms),
                ms(row.first_call_ms),
            ]);
            calls.row([
                row.component.clone(),
                ms(row.warm.p50_ms),
                ms(row.warm.p99_ms),
                times(row.warm.p50_ms / first.max(f64::MIN_POSITIVE)),
                ms(row.cpu_ms),
                format!("{:.0}", row.records_per_s),
                grouped(row.calls),
                grouped(row.instances),
                grouped(row.peak_memory_bytes / 1024),
            ]);
        }
        writeln!(
            f,
            "batches of {}, {} MiB for a function, one call at a time",
            report.batch, report.memory_mib
        )?;
        write!(f, "{starts}\n{calls}")
    }
}

/// Three digits, so that microseconds and seconds fit into one column.
fn ms(ms: f64) -> String {
    let decimals = if ms < 10.0 {
        3
    } else if ms < 100.0 {
        1
    } else {
        0
    };
    format!("{ms:.decimals$}")
}

fn times(ratio: f64) -> String {
    format!("{ratio:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_compared_with_the_first_or_with_the_baseline() {
        let row = |name: &str, p50_ms| Row {
            component: name.to_owned(),
            warm: Summary { p50_ms, ..Summary::default() },
            ..Row::default()
        };
        let mut report = Report::new(100, 128);
        report.rows = vec![row("a.wasm", 2.0), row("b.wasm", 5.0)];
        let shown = Readable(&report, Style::plain()).to_string();
        assert!(shown.contains("  2.50  "), "{shown}");
        let warm = Summary { p50_ms: 1.0, ..Summary::default() };
        report.baseline = Some(Native { job: "quakes", warm });
        let shown = Readable(&report, Style::plain()).to_string();
        assert!(shown.contains("quakes, native") && shown.contains("  5.00  "), "{shown}");
    }

    #[test]
    fn times_have_three_digits_or_so() {
        assert_eq!([0.0314, 12.345, 14_200.4].map(ms), ["0.031", "12.3", "14200"]);
    }
}
