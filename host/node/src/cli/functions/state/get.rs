//! `shardmill functions state get`: what is kept for a partition key.

use std::io::{self, Write};

use anyhow::Context as _;

use super::{Of, value};
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::tail::moment;
use crate::cli::target::Target;
use crate::client::{KeyState, Seams};

/// Show what a function keeps for a partition key: values by name, and timers that wait
///
/// Values that are text are shown as text, others in hexadecimal; --json has all of each in base64.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions state get counts us
  shardmill functions state get orders customer-7 --prefix basket/
  shardmill functions state get counts us --json | jq -r '.[].Values[].Value' | base64 -d")]
pub(super) struct Args {
    #[command(flatten)]
    of: Of,

    /// The partition key
    #[arg(value_name = "KEY")]
    key: String,

    /// Only names that begin like this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,

    /// Print an array with what each mapping keeps for the key
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints it, mapping by mapping.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let mut all: Vec<(String, KeyState)> = Vec::new();
    for uuid in args.of.mappings(&client).await? {
        let state = client.state(&uuid, &args.key, &args.prefix).await?;
        if !state.values.is_empty() || !state.timers.is_empty() {
            all.push((uuid, state));
        }
    }
    let mut out = io::stdout().lock();
    if args.json {
        let shown: Result<Vec<_>, _> =
            all.iter().map(|(uuid, state)| json(uuid, &args.key, state)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&shown?)?)?;
    } else if all.is_empty() {
        writeln!(io::stderr(), "nothing is kept for this key")?;
    } else {
        write!(out, "{}", table(&all, Style::stdout())?)?;
    }
    Ok(())
}

fn json(uuid: &str, key: &str, state: &KeyState) -> serde_json::Result<serde_json::Value> {
    let mut value = serde_json::to_value(state)?;
    value["UUID"] = uuid.into();
    value["PartitionKey"] = key.into();
    Ok(value)
}

fn table(all: &[(String, KeyState)], style: Style) -> anyhow::Result<Table> {
    let headings = ["mapping", "kind", "name", "size", "value"];
    let mut table = Table::new(style, &headings).words(5);
    for (uuid, state) in all {
        for it in &state.values {
            let bytes = base64_simd::STANDARD.decode_to_vec(&it.value);
            let bytes = bytes.context("the server sent a value that is no base64")?;
            let (size, shown) = (progress::size(bytes.len() as u64), value::shown(&bytes));
            table.row([uuid.clone(), "value".to_owned(), name(&it.name), size, shown]);
        }
        for it in &state.timers {
            let due = format!("due {}", moment(it.due_time));
            table.row([uuid.clone(), "timer".to_owned(), name(&it.name), "-".to_owned(), due]);
        }
    }
    Ok(table)
}

fn name(name: &str) -> String {
    if name.is_empty() { "-".to_owned() } else { name.escape_debug().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{StateTimer, StateValue};

    #[test]
    fn values_are_shown_with_their_sizes_and_timers_with_their_times() {
        let encode = |value: &[u8]| base64_simd::STANDARD.encode_to_string(value);
        let value =
            |name: &str, value: &[u8]| StateValue { name: name.to_owned(), value: encode(value) };
        let timers = vec![StateTimer { name: "quiet".to_owned(), due_time: 1_790_068_000.5 }];
        let state = KeyState { values: vec![value("n", b"{}"), value("", &[0, 1])], timers };
        let shown = table(&[("u".to_owned(), state)], Style::plain()).unwrap().to_string();
        let lines: Vec<Vec<&str>> =
            shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["u", "value", "n", "2", "B", "{}"], "{shown}");
        assert_eq!(lines[2], ["u", "value", "-", "2", "B", "0x0001"], "{shown}");
        let due = moment(1_790_068_000.5);
        assert_eq!(lines[3], ["u", "timer", "quiet", "-", "due", &due], "{shown}");
        let broken = KeyState {
            values: vec![StateValue { name: String::new(), value: "?".to_owned() }],
            ..KeyState::default()
        };
        assert!(table(&[("u".to_owned(), broken)], Style::plain()).is_err());
    }
}
