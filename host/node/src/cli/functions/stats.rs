//! `shardmill functions stats`: what functions used.

use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;

use super::explain;
use crate::cli::progress::{self, grouped};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::tail::moment;
use crate::cli::target::Target;
use crate::client::{FunctionStats, Seams, StatsPage};

/// Print what functions used since the server started
///
/// Calls, errors, throttles, processor time, the most memory after a call, and what went in and came out: records of
/// batches, or events and answers. Of several functions, the sum of all stands last.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions stats
  shardmill functions stats quakes --json | jq '.Functions[0].CpuMilliseconds'")]
pub(super) struct Args {
    /// Name or ARN of a function; all of the account and region if not given
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,

    /// Print what the server said
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them by name.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = args.name.as_deref();
    let stats = client.function_stats(name).await;
    let stats = stats.map_err(|error| explain(error, name.unwrap_or_default()))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&stats)?)?;
    } else if stats.functions.is_empty() {
        writeln!(io::stderr(), "no functions; `shardmill functions deploy` makes one")?;
    } else {
        write!(out, "since {}\n{}", moment(stats.since), table(&stats, Style::stdout()))?;
    }
    Ok(())
}

fn table(stats: &StatsPage, style: Style) -> Table {
    let headings = [
        "function",
        "calls",
        "errors",
        "throttles",
        "cold",
        "cpu",
        "cpu a call",
        "memory",
        "in",
        "bytes in",
        "out",
        "bytes out",
    ];
    let mut table = Table::new(style, &headings);
    for function in &stats.functions {
        table.row(cells(function));
    }
    if stats.functions.len() > 1 {
        table.row(cells(&sum(&stats.functions)));
    }
    table
}

fn sum(functions: &[FunctionStats]) -> FunctionStats {
    let mut sum = FunctionStats { function_name: "all".to_owned(), ..FunctionStats::default() };
    for function in functions {
        sum.invocations += function.invocations;
        sum.errors += function.errors;
        sum.throttles += function.throttles;
        sum.cold_starts += function.cold_starts;
        sum.cpu_milliseconds += function.cpu_milliseconds;
        sum.peak_memory_bytes = sum.peak_memory_bytes.max(function.peak_memory_bytes);
        sum.records_in += function.records_in;
        sum.bytes_in += function.bytes_in;
        sum.records_out += function.records_out;
        sum.bytes_out += function.bytes_out;
    }
    sum
}

fn cells(of: &FunctionStats) -> [String; 12] {
    [
        of.function_name.clone(),
        grouped(of.invocations),
        grouped(of.errors),
        grouped(of.throttles),
        grouped(of.cold_starts),
        format!("{:.2} s", of.cpu_milliseconds / 1000.0),
        a_call(of),
        progress::size(of.peak_memory_bytes),
        grouped(of.records_in),
        progress::size(of.bytes_in),
        grouped(of.records_out),
        progress::size(of.bytes_out),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "calls of one process")]
fn a_call(of: &FunctionStats) -> String {
    match of.invocations {
        0 => "-".to_owned(),
        calls => format!("{:.3} ms", of.cpu_milliseconds / calls as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(name: &str, invocations: u64, peak_memory_bytes: u64) -> FunctionStats {
        FunctionStats {
            function_name: name.to_owned(),
            invocations,
            cpu_milliseconds: 6.0,
            peak_memory_bytes,
            ..FunctionStats::default()
        }
    }

    #[test]
    fn several_functions_have_a_sum_and_one_has_none() {
        let sum = sum(&[used("a", 3, 1024), used("b", 1, 4096)]);
        assert_eq!((sum.invocations, sum.peak_memory_bytes), (4, 4096));
        assert_eq!(a_call(&sum), "3.000 ms");
        assert_eq!(a_call(&used("a", 0, 0)), "-");
    }
}
