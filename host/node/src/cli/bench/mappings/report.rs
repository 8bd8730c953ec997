//! What was measured, for people.

use std::fmt;

use super::Report;
use crate::cli::bench::report::whole;
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::cli::table::Table;

/// Each question as a table.
pub(in super::super) fn lines(
    f: &mut fmt::Formatter<'_>,
    style: Style,
    report: &Report,
) -> fmt::Result {
    latency(f, style, report)?;
    drained(f, style, report)?;
    filters(f, style, report)?;
    state(f, style, report)
}

fn latency(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let headings = ["parallelization factor", "outputs", "put to output p50 ms", "p99 ms"];
    let mut table = Table::new(style, &headings);
    for row in &report.latency {
        let latency = &row.latency.put_to_output_latency;
        table.row([
            row.parallelization_factor.to_string(),
            grouped(latency.count),
            format!("{:.2}", latency.p50_ms),
            format!("{:.2}", latency.p99_ms),
        ]);
    }
    write!(f, "\n{}\n{table}", style.heading("mappings: single records through a function"))
}

fn drained(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let headings = ["mappings", "records", "s", "records/s", "server cpu s"];
    let mut table = Table::new(style, &headings);
    for row in &report.drained {
        table.row([
            row.mappings.to_string(),
            grouped(row.records),
            format!("{:.2}", row.seconds),
            whole(row.records_per_second),
            format!("{:.1}", row.server_cpu_seconds),
        ]);
    }
    let title = "mappings: one function that does nothing takes what is there";
    write!(f, "\n{}\n{table}", style.heading(title))
}

fn filters(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let headings = ["filter", "records", "records/s", "cpu us a record", "more than none"];
    let mut table = Table::new(style, &headings);
    for row in &report.filters {
        table.row([
            row.filter.to_owned(),
            grouped(row.records),
            whole(row.records_per_second),
            format!("{:.2}", row.cpu_micros_per_record),
            format!("{:.2}", row.more_than_none_micros),
        ]);
    }
    write!(f, "\n{}\n{table}", style.heading("mappings: one event, one filter"))
}

fn state(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let headings = ["function", "records", "records/s", "cpu us a record", "of stateless"];
    let mut table = Table::new(style, &headings);
    for row in &report.state {
        table.row([
            row.function.to_owned(),
            grouped(row.records),
            whole(row.records_per_second),
            format!("{:.2}", row.cpu_micros_per_record),
            format!("{:.2}", row.of_stateless),
        ]);
    }
    let title = "mappings: one row read and written for each record, and none";
    write!(f, "\n{}\n{table}", style.heading(title))
}
