//! What was measured, for people.

use std::fmt;

use super::Report;
use crate::cli::bench::report::whole;
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Both measurements, each as a table.
pub(in super::super) fn lines(
    f: &mut fmt::Formatter<'_>,
    style: Style,
    report: &Report,
) -> fmt::Result {
    latency(f, style, report)?;
    throughput(f, style, report)
}

fn latency(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let latency = &report.latency;
    let headings = [
        "puts/s",
        "outputs",
        "put to output p50 ms",
        "p99 ms",
        "of it the put p50 ms",
        "fdatasync p50 ms",
        "budget ms",
        "p50",
        "read back",
    ];
    let mut table = Table::new(style, &headings);
    table.row([
        latency.puts_per_second.to_string(),
        grouped(latency.put_to_output_latency.count),
        format!("{:.2}", latency.put_to_output_latency.p50_ms),
        format!("{:.2}", latency.put_to_output_latency.p99_ms),
        format!("{:.2}", latency.put_latency.p50_ms),
        format!("{:.2}", latency.fdatasync_latency.p50_ms),
        format!("{:.2}", latency.budget_ms),
        if latency.is_within_budget { "within" } else { "above" }.to_owned(),
        verdict(&latency.problems),
    ]);
    let title =
        "function: single records, read without a pause; the budget is two fdatasyncs and 3 ms";
    write!(f, "\n{}\n{table}", style.heading(title))
}

fn throughput(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let throughput = &report.throughput;
    let headings = [
        "shards",
        "clients",
        "parallel",
        "records",
        "records/s",
        "put meanwhile/s",
        "plain puts/s",
        "ratio",
        "s behind",
        "server cpu s",
        "in and out",
    ];
    let mut table = Table::new(style, &headings);
    table.row([
        throughput.shards.to_string(),
        throughput.clients.to_string(),
        throughput.parallel.to_string(),
        grouped(throughput.outputs),
        whole(throughput.records_per_second),
        whole(throughput.mapped_put_records_per_second),
        whole(throughput.plain_put_records_per_second),
        format!("{:.2}", throughput.ratio),
        format!("{:.2}", throughput.behind_seconds),
        format!("{:.1}", throughput.server_cpu_seconds),
        verdict(&throughput.problems),
    ]);
    let title = "function: put, function and output, and plain puts without a mapping";
    write!(f, "\n{}\n{table}", style.heading(title))?;
    if !throughput.failures.is_empty() {
        writeln!(f, "  refused {:?}", throughput.failures)?;
    }
    Ok(())
}

fn verdict(problems: &[String]) -> String {
    if problems.is_empty() { "verified" } else { "WRONG" }.to_owned()
}
