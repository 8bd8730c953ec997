//! `shardmill usage`: how much of its streams an account used.

use std::io::{self, Write};

use domain::Millis;
use serde_json::{Value, json};

use super::members::{Whose, explain, print, word};
use super::start::{Since, parse_since};
use super::style::Style;
use super::table::Table;
use crate::client::Seams;

/// Show how much of its streams an account used
///
/// Quantities in whole hours of the clock, without prices: hours of open shards, hours of streams on demand, PUT
/// payload units (25 KiB of key and data, rounded up for each record), bytes and records in and out by GetRecords; for
/// enhanced fan-out, hours of shards with registered consumers, each consumer for itself, and what was pushed to them;
/// and hours of shards whose records are kept for more than a day. Usage is written down each hour and when the server ends in good order; a server
/// that is killed loses what it counted since then. It is kept for 100 days, also that of deleted streams.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill usage
  shardmill usage --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z
  shardmill usage --stream clicks --since 7d --json | jq '.[].PutPayloadUnits'
  shardmill usage --account 123456789012                another account's, for the operator")]
pub(super) struct Args {
    /// Begin with the hour of then or the next: a time span such as 7d, a moment such as 2026-11-01T00:00:00Z, or
    /// Unix seconds
    #[arg(long, value_name = "WHEN", value_parser = parse_since, default_value = "1d")]
    since: Since,

    /// End before the hour of then, said in the same ways [default: now]
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    until: Option<Since>,

    /// Only streams of this name
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,

    #[command(flatten)]
    whose: Whose,
}

/// Prints a line for each stream.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let now = seams.clock.now();
    let mut input = json!({ "Since": seconds(args.since.moment(now)) });
    if let Some(until) = args.until {
        input["Until"] = seconds(until.moment(now));
    }
    if let Some(stream) = &args.stream {
        input["StreamName"] = stream.as_str().into();
    }
    let streams = client.own_all("GetUsage", args.whose.input(input), "Streams").await;
    let streams = streams.map_err(explain)?;
    if args.whose.json {
        return print(&Value::Array(streams));
    }
    write!(io::stdout().lock(), "{}", table(&streams, Style::stdout()))?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "moments that people ask for")]
fn seconds(moment: Millis) -> Value {
    json!(moment.0 as f64 / 1000.0)
}

fn table(streams: &[Value], style: Style) -> Table {
    let headings = [
        "region",
        "stream",
        "shard h",
        "on-demand h",
        "put units",
        "records in",
        "bytes in",
        "records out",
        "bytes out",
        "fan-out h",
        "fan-out records",
        "fan-out bytes",
        "extended h",
    ];
    let mut table = Table::new(style, &headings).words(2);
    for stream in streams {
        let count = |member: &str| stream[member].as_u64().unwrap_or(0).to_string();
        let hours = |member: &str| hours(stream[member].as_u64().unwrap_or(0));
        table.row([
            word(stream, "Region"),
            word(stream, "StreamName"),
            hours("ShardSeconds"),
            hours("OnDemandSeconds"),
            count("PutPayloadUnits"),
            count("RecordsIn"),
            count("BytesIn"),
            count("RecordsOut"),
            count("BytesOut"),
            hours("FanOutShardSeconds"),
            count("FanOutRecords"),
            count("FanOutBytes"),
            hours("ExtendedRetentionShardSeconds"),
        ]);
    }
    table
}

/// With two digits behind the point, rounded down.
fn hours(seconds: u64) -> String {
    let hundredths = seconds / 36;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_a_line() {
        let stream = json!({ "Region": "us-east-1", "StreamName": "a", "ShardSeconds": 5400, "RecordsIn": 7,
            "FanOutShardSeconds": 3600, "FanOutRecords": 3, "FanOutBytes": 30, "ExtendedRetentionShardSeconds": 900 });
        let shown = table(&[stream], Style::plain()).to_string();
        let line = shown.lines().nth(1).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        let expected =
            ["us-east-1", "a", "1.50", "0.00", "0", "7", "0", "0", "0", "1.00", "3", "30", "0.25"];
        assert_eq!(cells, expected);
    }

    #[test]
    fn hours_are_told_to_the_hundredth() {
        assert_eq!((hours(0), hours(35), hours(36)), ("0.00".into(), "0.00".into(), "0.01".into()));
        assert_eq!(hours(360_000), "100.00");
    }
}
