//! `shardmill functions state list`: the partition keys for which something is kept.

use std::io::{self, Write};

use super::Of;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::tail::moment;
use crate::cli::target::Target;
use crate::client::{Client, Seams, StateKey};

/// Keys asked for at once.
const PAGE: usize = 500;

/// List the partition keys for which a function keeps something, with how much that is
///
/// Keys come in the order of their hashes. Of a key with very many values the first 1,000 are counted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions state list counts
  shardmill functions state list counts --prefix us --max 20
  shardmill functions state list counts --max 1000000 --json | jq -r '.[].PartitionKey'")]
pub(super) struct Args {
    #[command(flatten)]
    of: Of,

    /// Only keys that begin like this; all keys are looked through for it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,

    /// Keys at most
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    max: usize,

    /// Print an array of keys, each with its mapping
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them, mapping by mapping.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let (mut all, mut has_more) = (Vec::new(), false);
    for uuid in args.of.mappings(&client).await? {
        has_more |= keys(&client, &uuid, &args, &mut all).await?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        let shown: Result<Vec<_>, _> = all.iter().map(|(uuid, key)| json(uuid, key)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&shown?)?)?;
    } else if all.is_empty() {
        writeln!(io::stderr(), "nothing is kept")?;
    } else {
        write!(out, "{}", table(&all, Style::stdout()))?;
    }
    if has_more {
        writeln!(io::stderr(), "there are more keys than {}: see --max and --prefix", args.max)?;
    }
    Ok(())
}

/// Adds the keys of a mapping; whether there are more than are wanted.
async fn keys(
    client: &Client,
    uuid: &str,
    args: &Args,
    all: &mut Vec<(String, StateKey)>,
) -> anyhow::Result<bool> {
    let mut token: Option<String> = None;
    loop {
        // One more than is wanted tells that there are more.
        let room = args.max.saturating_sub(all.len()).saturating_add(1);
        let limit = room.min(PAGE);
        let page = client.state_keys(uuid, &args.prefix, limit, token.as_deref()).await?;
        all.extend(page.keys.into_iter().map(|key| (uuid.to_owned(), key)));
        if all.len() > args.max {
            all.truncate(args.max);
            return Ok(true);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(false);
        }
    }
}

fn json(uuid: &str, key: &StateKey) -> serde_json::Result<serde_json::Value> {
    let mut value = serde_json::to_value(key)?;
    value["UUID"] = uuid.into();
    Ok(value)
}

fn table(all: &[(String, StateKey)], style: Style) -> Table {
    let headings = ["mapping", "key", "values", "size", "timers", "first due"];
    let mut table = Table::new(style, &headings).words(2);
    for (uuid, key) in all {
        let least = if key.has_more { ">" } else { "" };
        table.row([
            uuid.clone(),
            key.partition_key.escape_debug().to_string(),
            format!("{least}{}", progress::grouped(key.values)),
            progress::size(key.value_bytes),
            progress::grouped(key.timers),
            key.first_due_time.map_or_else(|| "-".to_owned(), moment),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_its_end_says_so() {
        let key = |partition_key: &str, has_more, first_due_time| StateKey {
            partition_key: partition_key.to_owned(),
            values: 1000,
            value_bytes: 2048,
            timers: 0,
            first_due_time,
            has_more,
        };
        let all = [
            ("u".to_owned(), key("a\n", true, None)),
            ("u".to_owned(), key("b", false, Some(1_790_068_000.5))),
        ];
        let shown = table(&all, Style::plain()).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 3, "{shown}");
        assert!(lines[1].contains("a\\n") && lines[1].contains(" >1,000  2.0 KiB"), "{shown}");
        assert!(lines[1].ends_with(" -") && lines[2].contains("  1,000"), "{shown}");
        assert!(lines[2].ends_with(&moment(1_790_068_000.5)), "{shown}");
    }
}
