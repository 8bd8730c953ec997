//! `shardmill functions parked`: what mappings of a function put aside.

use std::io::{self, IsTerminal as _, Write};

use clap::builder::NonEmptyStringValueParser;

use super::mappings_of;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::tail::moment;
use crate::cli::target::Target;
use crate::client::{ParkedRecord, Seams};

/// Characters of an error in a table on a terminal; elsewhere all of its first line stands there.
const ERROR_CHARS: usize = 60;

/// Show records that always failed and were put aside, with those of the same keys behind them
///
/// Mappings made with --park-after put such records aside instead of blocking their shard.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions parked quakes
  shardmill functions parked quakes --json --data | jq -r '.[].Data' | base64 -d
  shardmill functions redrive quakes")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Print an array of records, each with its mapping
    #[arg(long)]
    json: bool,

    /// With --json: with the data of each record, in base64
    #[arg(long, requires = "json")]
    data: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them, mapping by mapping.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = &args.name;
    let mappings = mappings_of(&client, name).await?;
    let mut all: Vec<(String, ParkedRecord)> = Vec::new();
    for mapping in mappings {
        let parked = client.parked(&mapping.uuid, args.data).await?;
        all.extend(parked.into_iter().map(|record| (mapping.uuid.clone(), record)));
    }
    let mut out = io::stdout().lock();
    if args.json {
        let shown: Result<Vec<_>, _> =
            all.iter().map(|(uuid, record)| json(uuid, record)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&shown?)?)?;
    } else if all.is_empty() {
        writeln!(io::stderr(), "nothing is parked")?;
    } else {
        let chars = if out.is_terminal() { ERROR_CHARS } else { usize::MAX };
        write!(out, "{}", table(&all, chars, Style::stdout()))?;
    }
    Ok(())
}

fn json(uuid: &str, record: &ParkedRecord) -> serde_json::Result<serde_json::Value> {
    let mut value = serde_json::to_value(record)?;
    value["UUID"] = uuid.into();
    Ok(value)
}

fn table(all: &[(String, ParkedRecord)], chars: usize, style: Style) -> Table {
    let headings = ["mapping", "key", "sequence number", "parked", "attempts", "size", "error"];
    let mut table = Table::new(style, &headings).words(headings.len());
    for (uuid, record) in all {
        let error: String = why(record).chars().take(chars).collect();
        table.row([
            uuid.clone(),
            record.partition_key.escape_debug().to_string(),
            record.sequence_number.clone(),
            moment(record.parked_time),
            if record.attempts == 0 { "-".to_owned() } else { record.attempts.to_string() },
            progress::size(record.data_bytes),
            error.escape_debug().to_string(),
        ]);
    }
    table
}

/// What went wrong, in a line. The number, which has a column, is left out: that of a function that judges records
/// begins with it, or has it behind the kind of the error.
fn why(record: &ParkedRecord) -> String {
    let line = record.error.lines().next().unwrap_or_default();
    let own = format!("record {}: ", record.sequence_number);
    match line.split_once(own.as_str()) {
        Some((kind, rest)) if kind.is_empty() || kind.ends_with(": ") => format!("{kind}{rest}"),
        Some(_) | None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_behind_another_record_has_no_attempts() {
        let record = |attempts, error: &str| ParkedRecord {
            shard_id: "shardId-000000000000".to_owned(),
            sequence_number: "1".to_owned(),
            partition_key: "key\n".to_owned(),
            approximate_arrival_timestamp: 1.0,
            parked_time: 1_790_068_000.5,
            attempts,
            error: error.to_owned(),
            data_bytes: 7,
            data: None,
        };
        let all = [
            ("u".to_owned(), record(3, "trapped: unreachable\n  at handle")),
            ("u".to_owned(), record(0, "")),
            ("u".to_owned(), record(1, "record 1: no magnitude")),
            ("u".to_owned(), record(1, "record 17: of another")),
            ("u".to_owned(), record(1, "ValueError: record 1: no depth")),
        ];
        let shown = table(&all, ERROR_CHARS, Style::plain()).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 6, "{shown}");
        assert!(lines[1].ends_with("trapped: unreachable") && lines[1].contains(" 3 "), "{shown}");
        assert!(lines[2].contains(" - "), "{shown}");
        assert!(lines[3].ends_with(" no magnitude") && !lines[3].contains("record"), "{shown}");
        assert!(lines[4].ends_with(" record 17: of another"), "{shown}");
        assert!(lines[5].ends_with(" ValueError: no depth"), "{shown}");
    }
}
