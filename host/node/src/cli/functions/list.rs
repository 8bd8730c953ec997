//! `shardmill functions list`: what is there.

use std::io::{self, Write};

use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::client::{Function, Seams};

/// List the functions of the account and region
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions list
  shardmill functions list --json | jq -r '.[].FunctionName'")]
pub(super) struct Args {
    /// Print an array of what Lambda calls configurations
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them by name.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let mut functions = client.functions().await?;
    functions.sort_by(|one, other| one.function_name.cmp(&other.function_name));
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&functions)?)?;
    } else if functions.is_empty() {
        writeln!(io::stderr(), "no functions; `shardmill functions deploy` makes one")?;
    } else {
        write!(out, "{}", table(&functions, Style::stdout()))?;
    }
    Ok(())
}

fn table(functions: &[Function], style: Style) -> Table {
    let headings = ["function", "state", "changed", "code", "memory", "timeout"];
    let mut table = Table::new(style, &headings).words(3);
    for function in functions {
        table.row([
            function.function_name.clone(),
            function.state.clone().unwrap_or_else(|| "-".to_owned()),
            seconds(&function.last_modified),
            progress::size(function.code_size),
            format!("{} MiB", function.memory_size),
            format!("{} s", function.timeout),
        ]);
    }
    table
}

/// `2026-11-01T12:00:00.000+0000` to the second; anything else as it came.
pub(super) fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((head, rest)) if rest.ends_with("+0000") || rest.ends_with('Z') => {
            format!("{head}Z")
        }
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_stand_one_a_line() {
        let function = serde_json::from_value(json!({
            "FunctionName": "quakes", "FunctionArn": "a", "State": "Active", "CodeSize": 61_440,
            "MemorySize": 128, "Timeout": 3, "LastModified": "2026-11-01T12:00:00.123+0000"
        }));
        let shown = table(&[function.unwrap()], Style::plain()).to_string();
        let line = "  quakes    Active  2026-11-01T12:00:00Z  60.0 KiB  128 MiB      3 s";
        assert_eq!(shown.lines().nth(1), Some(line), "{shown}");
    }

    #[test]
    fn times_lose_their_fraction_only_if_they_are_of_the_known_form() {
        assert_eq!(seconds("2026-11-01T12:00:00.000+0000"), "2026-11-01T12:00:00Z");
        assert_eq!(seconds("2026-11-01T12:00:00.000+0100"), "2026-11-01T12:00:00.000+0100");
        assert_eq!(seconds(""), "");
    }
}
